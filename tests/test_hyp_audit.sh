#!/usr/bin/env bash
# hyp_audit keeps its bounds, explains itself, and refuses what it does not know. Argument: the folder of
# the programs.
program=${1:-.}/hyp_audit
. "$(dirname "$0")/program_checks.sh"

keeps_bounds() {
    local text
    text=$("$program") && [[ $text == "How to read"* && $text == *"All errors are within what is allowed."* && $text != *EXCEEDED* ]]
}

explains() {
    local text
    text=$("$program" --help) && [[ $text == "usage: hyp_audit"* && $text == *"no digit"*"allowed"* ]]
}

# Of every formula in both number types, 19 depths; the errors here are below the allowed ones, and of
# the usual code above them.
tells_apart() {
    "$program" --csv | awk -F, '
        NR == 1 { if ($0 != "formula,precision,depth,place,usual_value,usual_gradient,value,gradient,allowed") exit 1; next }
        NF != 9 { exit 1 }
        { depths[$1 $2]++; deepest[$1 $2] = $3 }
        $4 == "bounded" && (!($7 <= $9) || !($8 <= $9)) { exit 1 }
        $4 == "bounded" && !($6 <= $9) { caught[$1]++ }
        END {
            for (name in depths) { tables++; if (depths[name] != 19 || deepest[name] != 20) exit 1 }
            exit !(tables == 18 && caught["distance"] && caught["hyperplane"] && caught["exp_map_zero"] && caught["hyperplane_by_c"] &&
                caught["exp_map_zero_by_c"])
        }'
}

picks() {
    local text
    text=$("$program" --formula distance --precision=double --csv) &&
        [ "$(cut -d, -f1,2 <<<"$text" | sort -u | tr '\n' ' ')" = "distance,double formula,precision " ]
}

# Every chart of every formula, the ray and the steps; numbers alone, and nothing from outside.
draws() {
    "$program" --out "$work/new/folder" >/dev/null && cd "$work/new/folder" &&
        [ "$(grep -c "role='img'" audit.html)" = 38 ] && ! grep -qiE 'https?:|<script|[ ,.](nan|inf)[ ,.]' audit.html &&
        [ "$(grep -c "class='line1'" audit.html)" -ge 36 ]
}

# A picture for each section of the page, with every line's colour in it: more than 16 of them.
draws_pictures() {
    local name
    for name in $(grep -o '<h2>[a-z_]*</h2>' audit.html | sed 's/<[^>]*>//g') ray steps; do
        [ "$(head -c 4 "$name.png" | tail -c 3)" = PNG ] && [ "$(wc -c <"$name.png")" -gt 4000 ] || return
    done
    [ "$(ls | wc -l)" = 12 ]
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
check "every error is within what is allowed" keeps_bounds
check "--help says how to use it and what the columns mean" explains
check "the usual code loses digits, and the library does not" tells_apart
check "one formula in one number type" picks
check "an unknown argument is refused in one line, with status 2" refuses "unexpected argument '--depth'" --depth
check "so is an unknown formula" refuses "no formula 'distances'" --formula distances
check "and one that is not named" refuses "no formula ''" --formula
check "and a number type" refuses "no precision 'half'" --precision half
check "so is a file that cannot be compared with" refuses "$0: a header of" --compare "$0"
check "and one that is not there" refuses "no/such: cannot open" --compare no/such
program=$(realpath "$program")
check "the page is drawn" draws
check "so are its charts, as pictures" draws_pictures
: >"$work/file"
check "not where a file is" refuses "$work/file" --out "$work/file"
check "nor nowhere" refuses "no folder ''" --out
finish

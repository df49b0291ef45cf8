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
            exit !(tables == 14 && caught["distance"] && caught["hyperplane"] && caught["exp_map_zero"])
        }'
}

picks() {
    local text
    text=$("$program" --formula distance --precision=double --csv) &&
        [ "$(cut -d, -f1,2 <<<"$text" | sort -u | tr '\n' ' ')" = "distance,double formula,precision " ]
}

# Every chart of every formula, the ray and the steps; numbers alone, and nothing from outside.
draws() {
    "$program" --out "$work/new" >/dev/null && [ "$(grep -c "role='img'" "$work/new/audit.html")" = 30 ] &&
        ! grep -qiE 'https?:|<script|[ ,.](nan|inf)[ ,.]' "$work/new/audit.html" &&
        [ "$(ls "$work/new")" = audit.html ] && [ "$(grep -c "class='line1'" "$work/new/audit.html")" -ge 28 ]
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
check "the page is drawn" draws
: >"$work/file"
check "not where a file is" refuses "$work/file" --out "$work/file"
check "nor nowhere" refuses "no folder ''" --out
finish

#!/usr/bin/env bash
# Who may include, and call, whom: the arrows between rooms, and no circles between files.
#
#     tensor <- autograd <- nn <- hyp <- hadnet,    data <- hadnet
#
# A room is a folder with C files that is not named below. One that the arrows do not name may build on
# the rooms under hadnet/, and they not on it. cuda/ implements what ops declare and is included by
# nobody; bench/, programs/, examples/, lessons/ and tests/ use all rooms and are used by none.
# Usage: test_arrows.sh FOLDER_OF_PROGRAMS
here=$(realpath "$(dirname "$0")")
folder=$(realpath "${1:-.}")
program=arrows
. "$here/program_checks.sh"
cd "$here/.." || exit 1

mapfile -t files < <(find . -path ./build -prune -o -path './.*' -prune -o \
    \( -name '*.c' -o -name '*.h' -o -name '*.cu' -o -name '*.def' \) -printf '%P\n' | LC_ALL=C sort)

# "FILE INCLUDED" for every #include "..." of a file that is here.
includes() {
    awk '/^#include "/ { split($0, part, "\""); print FILENAME, part[2] }' "${files[@]}"
}

# Print lines that start with what is wrong, and fail if there are any.
none() { # COMMAND...
    local found
    found=$("$@")
    [ -z "$found" ] || { echo "$found" >&2; false; }
}

# ---- Rooms ----

against_arrows() {
    includes | awk '
        function room(file) { sub(/\/.*/, "", file); return file }
        BEGIN {
            below["tensor"] = " "
            below["autograd"] = " tensor "
            below["nn"] = " tensor autograd "
            below["hyp"] = " tensor autograd nn "
            below["data"] = " tensor "
            split("bench programs examples lessons tests", list)
            for (i in list) uses_all[list[i]] = 1
        }
        {
            from = room($1); to = room($2)
            if (from == to || from in uses_all) next
            if (to in uses_all || to == "cuda" && from != "cuda") wrong = 1
            else if (from in below) wrong = !index(below[from], " " to " ")
            else wrong = to == "hadnet" && from != "cuda"
            if (wrong) print $1 ": includes " $2
        }'
}

# Rooms that the arrows do not name must have an order too.
circles_of_rooms() {
    includes | awk '{ sub(/\/.*/, "", $1); sub(/\/.*/, "", $2) } $1 != $2 && $1 !~ /^(tests|bench)$/' |
        sort -u | tsort 2>&1 >/dev/null
}

# The names of the libraries are in the mouth of every room, and a file that is a program has flags.
words_from_above() {
    local file below=()
    for file in "${files[@]}"; do
        case $file in
            hadnet/* | cuda/* | bench/* | programs/* | examples/* | lessons/* | tests/*) ;;
            *) grep -q '^PUBLIC int [a-z_]*_main(' "$file" || below+=("$file") ;;
        esac
    done
    awk '{
        line = $0
        gsub(/libhadnet[a-z_-]*|hadnet_real_is_[a-z]+|hadnet\/hadnet\.h/, "", line)
        if (tolower(line) ~ /hadnet/) print FILENAME ":" FNR ": knows hadnet: " $0
        if (line ~ /(^|[ "(])--[a-z][a-z-]+/) print FILENAME ":" FNR ": knows a flag: " $0
    }' "${below[@]}"
}

check "no room includes what lies above it" none against_arrows
check "the rooms have an order" none circles_of_rooms
check "nothing below hadnet/ knows hadnet, a flag or a program" none words_from_above

# ---- Files ----

# A file is a name, with its .h and its .c or .cu: two of them include each other where their sources do
# or their headers do. (That a source includes a header which in turn includes the source's own, as
# types come first, is no circle.)
circles_of_includes() {
    includes | awk '
        { kind = $1 ~ /\.(c|cu)$/ ? "sources" : "headers"; sub(/\.[a-z]+$/, "", $1); sub(/\.[a-z]+$/, "", $2) }
        $1 != $2 {
            seen[kind, $1, $2] = 1
            if ((kind, $2, $1) in seen) print $1 " and " $2 ": their " kind " include each other"
        }'
}

# The same for calls, which includes do not show where several files share a header: two objects of
# the library of which each needs a name that the other defines.
circles_of_calls() {
    [ -e "$folder/lib/libhadnet.a" ] || echo "no $folder/lib/libhadnet.a to look into"
    nm "$folder/lib/libhadnet.a" 2>/dev/null | awk '
        /\.o:$/ { object = ++objects; name[object] = substr($1, 1, length($1) - 1) }
        $2 ~ /^[TDRBVW]$/ { defines[$3] = object }
        $1 == "U" { needs[object, $2] = 1 }
        END {
            for (pair in needs) {
                split(pair, part, SUBSEP)
                from = part[1]; to = defines[part[2]]
                if (to && to != from) edge[from, to] = edge[from, to] " " part[2]
            }
            for (pair in edge) {
                split(pair, part, SUBSEP)
                if (part[1] < part[2] && ((part[2], part[1]) in edge))
                    print name[part[1]] " and " name[part[2]] ": call each other:" edge[pair] " and" edge[part[2], part[1]]
            }
        }'
}

check "no two files include each other" none circles_of_includes
check "no two files call each other" none circles_of_calls

# ---- Pages of ops ----

# OP(...) lines of an ops.def that no comment stands above.
without_contract() {
    awk '/^OP\(/ && before !~ /\*\/$/ { print FILENAME ":" FNR ": no contract above " $0 } { before = $0 }' */ops.def
}

check "every line of an ops.def has its contract above it" none without_contract
finish

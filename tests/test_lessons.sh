#!/usr/bin/env bash
# The lessons: every page has its program, and prints what the program prints. Usage: test_lessons.sh
root=$(realpath "$(dirname "$0")/..")
program=lessons
# shellcheck source=tests/program_checks.sh
. "$root/tests/program_checks.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# A level whose objects are there already, or else this machine's.
level() {
    local folder
    folder=$(find "$root/build/${CC%% *}" -maxdepth 1 -name "emulated-float-*" ! -name '*-warp*' 2>/dev/null | head -n 1)
    echo "--level=${folder:+${folder##*-}}" | sed 's/=$/=native/'
}

# The blocks of output of a page, in their order.
blocks() { awk '/^```text$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$1"; }
# The same of a program's output: without empty lines and the line that begins the answers.
plain() { grep -vE '^(answers)?$'; }

run_program() { # FILE.c
    "$root/build.sh" run --gpu=none "$(level)" "$1" >out 2>log || { tail -n 3 log; false; }
}

for page in "$root"/lessons/[0-9]*.md; do
    name=$(basename "${page%.md}")
    check "$name has a program" test -e "${page%.md}.c"
    check "$name runs" run_program "${page%.md}.c"
    blocks "$page" | plain >expected
    plain <out >printed
    check "$name prints what its page says" cmp expected printed
    check "$name has exercises" grep -q "^## Exercises" "$page"
    check "$name has answers" grep -q "^answers$" out
done
check "there are lessons" test -n "$name"
finish

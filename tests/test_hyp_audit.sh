#!/usr/bin/env bash
# hyp_audit keeps its bounds, explains itself, and refuses what it does not know. Argument: the folder of
# the programs.
program=${1:-.}/hyp_audit
. "$(dirname "$0")/program_checks.sh"

keeps_bounds() {
    local text
    text=$("$program") && [[ $text == *"All errors are within what is allowed."* && $text != *EXCEEDED* ]]
}

explains() {
    local text
    text=$("$program" --help) && [[ $text == "usage: hyp_audit"* ]]
}

check "every error is within what is allowed" keeps_bounds
check "--help says how to use it" explains
check "an unknown argument is refused in one line, with status 2" refuses "unexpected argument '--depth'" --depth
finish

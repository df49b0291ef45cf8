#!/usr/bin/env bash
# hyp_audit keeps its bounds, explains itself, and refuses what it does not know. Argument: the folder of
# the programs.
audit=${1:-.}/hyp_audit
passed=0 failed=0

check() { # DESCRIPTION COMMAND...
    local what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED hyp_audit: $what"
    fi
}

keeps_bounds() {
    local text
    text=$("$audit") && [[ $text == *"All errors are within what is allowed."* && $text != *EXCEEDED* ]]
}

explains() {
    local text
    text=$("$audit" --help) && [[ $text == "usage: hyp_audit"* ]]
}

refuses() {
    local text status=0
    text=$("$audit" --depth 2>&1) || status=$?
    [[ $status == 2 && $text == "hyp_audit: unexpected argument '--depth'"* && $text != *$'\n'* ]]
}

check "every error is within what is allowed" keeps_bounds
check "--help says how to use it" explains
check "an unknown argument is refused in one line, with status 2" refuses
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

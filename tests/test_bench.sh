#!/usr/bin/env bash
# hadnet_bench lists its sections, measures, and refuses what it does not know. Argument: the folder of
# the programs.
bench=${1:-.}/hadnet_bench
passed=0 failed=0

check() { # DESCRIPTION COMMAND...
    local what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED hadnet_bench: $what"
    fi
}

lists() {
    local text
    text=$("$bench" --list) && [[ $text == "peak "*$'\n'"ladder "* ]]
}

measures() {
    local text
    text=$("$bench" peak hyp --filter "exp map" --json --seconds 0.001) &&
        [[ $text == '{"machine": {"model": "'*'"rows": ['*'"exp map at 0 [8,64,64,64] forward"'*']}' ]]
}

refuses() { # TEXT ARGUMENT...
    local wanted=$1 text status=0
    shift
    text=$("$bench" "$@" 2>&1) || status=$?
    [[ $status == 2 && $text == "hadnet_bench: $wanted"* && $text != *$'\n'* ]]
}

check "--list names the sections" lists
check "one row is measured" measures
check "an unknown option is refused in one line, with status 2" refuses "unknown option --secnds" --secnds 3
check "so is an unknown section" refuses "no section 'gem'" gem
check "so is no time" refuses "--seconds" --seconds 0
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

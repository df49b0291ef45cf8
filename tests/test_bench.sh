#!/usr/bin/env bash
# hadnet_bench lists its sections, measures, and refuses what it does not know. Argument: the folder of
# the programs.
program=${1:-.}/hadnet_bench
. "$(dirname "$0")/program_checks.sh"

lists() {
    local text
    text=$("$program" --list) && [[ $text == "peak "*$'\n'"ladder "* ]]
}

measures() {
    local text
    text=$("$program" peak hyp --filter "exp map" --json --seconds 0.001) &&
        [[ $text == '{"machine": {"model": "'*'"rows": ['*'"exp map at 0 [8,64,64,64] forward"'*']}' ]]
}

check "--list names the sections" lists
check "one row is measured" measures
check "an unknown option is refused in one line, with status 2" refuses "unknown option --secnds" --secnds 3
check "so is an unknown section" refuses "no section 'gem'" gem
check "so is no time" refuses "--seconds" --seconds 0
finish

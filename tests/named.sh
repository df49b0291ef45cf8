# shellcheck shell=bash disable=SC2034,SC2154 # it shares variables with build.sh
# named.sh - `./build.sh test NAME...`: the tests, ops and shell tests of these names alone. build.sh
# sources it.

# scripts_named NAME: the shell tests whose names contain it.
scripts_named() {
    local script
    for script in tests/test_*.sh; do
        [[ ${script##*/} == *"${1%.sh}"* ]] && echo "$script"
    done
    return 0
}

# build_for_scripts SCRIPT...: the programs, and what else the scripts are given and use.
build_for_scripts() {
    local library emulated
    build_programs
    if grep -qE '"\$\{?2' "$@"; then
        mapfile -t library < <(sources_of_library)
        compile_emulated float "${levels[0]}"
        build_emulated_training "${levels[0]}"
    fi
    if grep -qE '"\$\{?3' "$@"; then
        build_double
        install_for_tests
    fi
}

# add_words PROGRAM: of the words those that name something in this program, to matched; the program
# with them, to tests.
add_words() {
    local word known=()
    for word in "${words[@]}"; do "$1" --has "$word" && known+=("$word"); done
    matched+=("${known[@]}")
    [ ${#known[@]} = 0 ] || tests+=("$1 ${known[*]}")
}

test_named() {
    local name script scripts=() words=() matched=() tests=()
    for name in "$@"; do
        mapfile -t -O ${#scripts[@]} scripts < <(scripts_named "$name")
        [ -z "$(scripts_named "$name")" ] || matched+=("$name")
        [[ $name == *.sh ]] || words+=("$name")
    done
    if [ ${#words[@]} -gt 0 ]; then
        build_tests
        for name in "float-${levels[0]}" "double-${levels[0]}" ${gpu_answers:+float-$gpu double-$gpu}; do
            add_words "$build/tests-$name$([[ $name != *"${levels[0]}" ]] || echo "$warp")"
        done
    fi
    [ ${#scripts[@]} = 0 ] || build_for_scripts "${scripts[@]}"
    for script in "${scripts[@]}"; do tests+=("$(with_arguments "$script")"); done
    for name in "$@"; do
        [[ " ${matched[*]} " == *" $name "* ]] || tests+=("no_such_test $name")
    done
    run_all "${tests[@]}"
}

# no_such_test NAME: in the place of a test.
no_such_test() {
    echo "FAILED: no test, op or shell test is named '$1'"
    echo "0 passed, 1 failed"
    return 1
}
export -f no_such_test

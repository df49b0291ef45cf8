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

# run_words PROGRAM: of the words those that name something in this program; adds them to matched.
run_words() {
    local word known=()
    for word in "${words[@]}"; do "$1" --has "$word" && known+=("$word"); done
    matched+=("${known[@]}")
    [ ${#known[@]} = 0 ] || run_one "$1" "${known[@]}"
}

test_named() {
    local name script scripts=() words=() matched=() passed=0 failed=0 line log=$build/test.log
    for name in "$@"; do
        mapfile -t -O ${#scripts[@]} scripts < <(scripts_named "$name")
        [ -z "$(scripts_named "$name")" ] || matched+=("$name")
        [[ $name == *.sh ]] || words+=("$name")
    done
    if [ ${#words[@]} -gt 0 ]; then
        build_tests
        for name in "float-${levels[0]}" "double-${levels[0]}" ${gpu_answers:+float-$gpu double-$gpu}; do
            run_words "$build/tests-$name$([[ $name != *"${levels[0]}" ]] || echo "$warp")"
        done
    fi
    [ ${#scripts[@]} = 0 ] || build_for_scripts "${scripts[@]}"
    for script in "${scripts[@]}"; do
        CC="$compiler $sanitizers" run_one bash "$script" "$programs_at" "$build/hadnet_train-emulated$warp" "$build/installed"
    done
    for name in "$@"; do
        [[ " ${matched[*]} " == *" $name "* ]] && continue
        echo "FAILED: no test, op or shell test is named '$name'"
        failed=$((failed + 1))
    done
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}

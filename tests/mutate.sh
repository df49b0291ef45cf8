# mutate.sh - break the code in one place after the other, and see that a test fails; build.sh sources this.
#
# tests/mutations.txt lists the places: a file, an expression for sed that breaks it, and the tests that must
# notice (double:NAME for tests of that build alone). The tree is copied to build/mutated and broken there. A
# mutation that no test notices is a hole: write the test. One that changes nothing, or does not compile, is out of
# date: mend the list.

# One test program for this machine, in the copy.
build_mutated() { (cd "$mutated" && ./build.sh --gpu=emu --level=native tests); }

# passes TYPE FILTER: whether there are such tests in the copy, and they pass.
passes() { timeout 600 "$mutated/$build/tests-$1-native" "$2" >"$mutated/log" 2>&1; }

# try_mutation FILE EXPRESSION FILTER
try_mutation() {
    local file=$1 expression=$2 filter=${3#double:} verdict=noticed type types=()
    for type in float double; do
        [ "$type:$3" = "float:double:$filter" ] || ! passes "$type" "$filter" || types+=("$type")
    done
    cp "$file" "$mutated/$file"
    sed -i -E "$expression" "$mutated/$file"
    if cmp -s "$file" "$mutated/$file"; then
        verdict="OUT OF DATE, it changes nothing"
    elif ! build_mutated >"$mutated/log" 2>&1; then
        verdict="OUT OF DATE, it does not compile"
    elif [ ${#types[@]} = 0 ]; then
        verdict="OUT OF DATE, no test '$filter' passes as it is"
    else
        verdict="SURVIVED '$filter'"
        for type in "${types[@]}"; do passes "$type" "$filter" || verdict=noticed; done
    fi
    cp "$file" "$mutated/$file" # newer than what was built of it
    build_mutated >"$mutated/log" 2>&1
    printf '%-60s %s\n' "$file: $expression" "$verdict"
    [ "$verdict" = noticed ]
}

# mutate [WORD]: all mutations, or those with WORD in their line.
mutate() {
    local word=${1:-} passed=0 failed=0 file expression filter mutated=build/mutated
    rm -rf "$mutated/tests" && mkdir -p "$mutated"
    git ls-files -z --cached --others --exclude-standard | grep -zv '^lib/' |
        xargs -0 cp -u --parents -t "$mutated"
    build_mutated || die "the tree does not build"
    while IFS=$'\t' read -r file expression filter; do
        case $file in '' | '#'*) continue ;; esac
        [[ "$file $expression $filter" == *"$word"* ]] || continue
        if try_mutation "$file" "$expression" "$filter"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    done <tests/mutations.txt
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}

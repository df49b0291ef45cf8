# program_checks.sh - checks of one program, for the scripts that source this. They set program, its
# path, before, and end with finish.
passed=0 failed=0

check() { # DESCRIPTION COMMAND...
    local what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED ${program##*/}: $what"
    fi
}

refuses() { # TEXT ARGUMENT...: status 2 and one line that begins so
    local wanted=$1 text status=0
    shift
    text=$("$program" "$@" 2>&1) || status=$?
    [[ $status == 2 && $text == "${program##*/}: $wanted"* && $text != *$'\n'* ]]
}

finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ]
}

# shellcheck shell=bash disable=SC2034,SC2154 # it shares variables with build.sh
# run_all.sh - run test programs side by side; build.sh sources it.

# run_all COMMAND...: run the commands, as many at once as there are processors but at most 4. Their
# outputs are shown one after the other, in this order. Each command ends with "N passed, N failed";
# the last line here is the sum. A command that dies without that line counts as one failure.
run_all() {
    local logs=$build/test-logs number=0 command viewer line passed=0 failed=0
    rm -rf "$logs" && mkdir -p "$logs"
    # As threads_wait_politely does for programs: waiting threads do not take the core from working ones.
    export GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-10000} KMP_BLOCKTIME=${KMP_BLOCKTIME:-0}
    export CC="$compiler $sanitizers"
    show_logs "$logs" "$@" &
    viewer=$!
    # The tests are in the foreground, so Ctrl-C reaches them; the viewer ends with this shell.
    trap 'kill "$viewer" 2>/dev/null' EXIT
    for command in "$@"; do
        printf '%s\0' "$command >$logs/$number.log 2>&1; echo \$? >$logs/$number.status"
        number=$((number + 1))
    done | xargs -0 -r -n 1 -P $((jobs < 4 ? jobs : 4)) bash -c
    wait "$viewer"
    trap - EXIT
    for number in $(seq 0 $(($# - 1))); do
        line=$(tail -n 1 "$logs/$number.log")
        if [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
            passed=$((passed + BASH_REMATCH[1]))
            failed=$((failed + BASH_REMATCH[2]))
            [ "$(cat "$logs/$number.status")" = 0 ] || [ "${BASH_REMATCH[2]}" != 0 ] || failed=$((failed + 1))
        else
            failed=$((failed + 1))
        fi
    done
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}

# show_logs FOLDER COMMAND...: the output of each command as it grows, then how it ended.
show_logs() {
    local logs=$1 number=0 command status
    shift
    for command in "$@"; do
        echo "== $command"
        until [ -e "$logs/$number.log" ]; do sleep 0.1; done
        exec 3<"$logs/$number.log"
        status=
        while [ -z "$status" ]; do
            status=$(cat "$logs/$number.status" 2>/dev/null || true)
            cat <&3
            [ -n "$status" ] || sleep 0.2
        done
        exec 3<&-
        tail -n 1 "$logs/$number.log" | grep -Eqx '[0-9]+ passed, [0-9]+ failed' ||
            echo "FAILED: $command ended with status $status and without a count"
        number=$((number + 1))
    done
}

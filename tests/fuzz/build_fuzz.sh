# build_fuzz.sh - the fuzz targets, built with clang's libFuzzer and sanitizers, and run. Part of build.sh.
#
# ./build.sh fuzz [SECONDS] runs every target for so long (60), as many at a time as there are
# processors, from the seeds that `seeds` writes and from what earlier runs added to build/fuzz/corpus.
# Findings go to build/fuzz/findings; the status is 1 when there is one.

fuzz_limits=(-rss_limit_mb=3072 -malloc_limit_mb=1536 -timeout=30 -max_len=65536)

need_libfuzzer() {
    command -v clang >/dev/null && echo 'int LLVMFuzzerTestOneInput(const char *b, unsigned long n) { return !b && n; }' |
        clang -x c - -fsanitize=fuzzer,address -o /dev/null 2>/dev/null && return
    die "fuzzing needs clang with libFuzzer; on Debian: apt-get install clang libclang-rt-14-dev"
}

build_fuzz() {
    local compiler=clang target library parts common shared=(tests/fuzz/fuzz.c tests/fuzz/checksum.c tests/fuzz/right_metadata.c tests/fuzz/undrawn_weights.c)
    local sanitizers="-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
    local link_flags="$link_flags $sanitizers"
    mapfile -t library < <(sources_of_library | grep -v '^nn/initialise.c$')
    # Sanitized loops are not vectorised; clang would say so of each.
    compile build/fuzz/objects "$compiler ${flags/-O3/-O1} $(level_flags native) $sanitizers -Wno-pass-failed -fsanitize=fuzzer-no-link" \
        "${library[@]}" tests/fuzz/*.c
    mapfile -t common < <(objects_in build/fuzz/objects "${library[@]}" "${shared[@]}")
    mapfile -t parts < <(objects_in build/fuzz/objects tests/fuzz/seeds.c tests/fuzz/seed_images.c)
    link build/fuzz/seeds "${parts[@]}" "${common[@]}"
    link_flags="$link_flags -fsanitize=fuzzer"
    for target in tests/fuzz/fuzz_*.c; do
        mapfile -t parts < <(objects_in build/fuzz/objects "$target")
        link "build/fuzz/$(basename "$target" .c)" "${parts[@]}" "${common[@]}"
    done
}

# One target, its log beside it. What a reader prints is not wanted.
fuzz_one() { # NAME SECONDS
    mkdir -p "build/fuzz/corpus/$1" build/fuzz/findings
    OMP_NUM_THREADS=1 "build/fuzz/fuzz_$1" "build/fuzz/corpus/$1" "build/fuzz/inputs/$1" "${fuzz_limits[@]}" \
        -max_total_time="$2" -print_final_stats=1 -artifact_prefix="build/fuzz/findings/$1-" -close_fd_mask=1 \
        >"build/fuzz/$1.log" 2>&1 || echo "status $?" >>"build/fuzz/$1.log"
}

run_fuzz() { # SECONDS
    local name passed=0 failed=0 names=() running=()
    [[ $1 =~ ^[0-9]+$ && $1 -gt 0 ]] || die "fuzz '$1': expected a number of seconds"
    build/fuzz/seeds build/fuzz/inputs
    for name in tests/fuzz/fuzz_*.c; do name=${name##*/fuzz_}; names+=("${name%.c}"); done
    for name in "${names[@]}"; do
        fuzz_one "$name" "$1" &
        running+=($!)
        [ ${#running[@]} -lt "$jobs" ] || { wait "${running[0]}"; running=("${running[@]:1}"); }
    done
    wait
    for name in "${names[@]}"; do
        printf '%-10s %10s inputs  %5s in the corpus' "$name" \
            "$(sed -n 's/^stat::number_of_executed_units: *//p' "build/fuzz/$name.log")" \
            "$(find "build/fuzz/corpus/$name" -type f | wc -l)"
        if tail -n 1 "build/fuzz/$name.log" | grep -q '^status'; then
            failed=$((failed + 1))
            echo "  FINDING: see build/fuzz/$name.log"
            grep -m 3 -E 'broken promise|runtime error|ERROR: |SUMMARY' "build/fuzz/$name.log" | sed 's/^/    /'
        else
            passed=$((passed + 1))
            echo "  no finding"
        fi
    done
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ]
}

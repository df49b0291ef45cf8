#!/usr/bin/env bash
# faults.sh - the programs where things fail: killed at any moment, memory refused, the disk full,
# addresses or threads scarce.
#
#     tests/faults.sh [FOLDER_OF_PROGRAMS [SECONDS [SEED]]]
#
# Rounds of drawn faults, until the seconds are over; one round with 0. After each fault a program has
# ended well, or with status 2 and one line; it left no unfinished file; and a training that is
# resumed, or begun again where nothing was saved, ends with the very weights of the unbroken run.
# The same seed draws the same faults. The last line is "N passed, N failed".
set -u
here=$(cd "$(dirname "$0")" && pwd)
bin=$(cd "${1:-.}" && pwd)
budget=${2:-600}
RANDOM=${3:-1}
work=$(mktemp -d)
mounted=
trap '[ -z "$mounted" ] || umount "$work/disk"; rm -rf "$work"' EXIT
cd "$work" || exit 1
export CUDA_VISIBLE_DEVICES='' HIP_VISIBLE_DEVICES=''
passed=0 failed=0

pass() { passed=$((passed + 1)); }
fail() { # WHAT
    failed=$((failed + 1))
    echo "FAILED $1"
    tail -n 3 err 2>/dev/null | sed 's/^/    /'
}

# ---- What is run: a training of a second or two, its weights judged on files, an image searched ----
train=("$bin/hadnet_train" --size 32 --synth-images 12 --batch 4 --afss-batches 2 --epochs 2 --seed 3 --threads 2)
search=("$bin/hadnet_predict" --weights whole/best.safetensors)
predict=("${search[@]}" --threads 2 --out found)
evaluate=("$bin/hadnet_eval" --weights whole/best.safetensors --threads 2 --dataset folder --data own --json found/numbers.json)

began=$(date +%s%N)
"${train[@]}" --out whole >/dev/null 2>err || { fail "the unbroken training"; echo "0 passed, 1 failed"; exit 1; }
took=$((($(date +%s%N) - began) / 1000000)) # milliseconds

# Ten pictures and their masks, as a program of ours made them.
mkdir -p found picture own/images own/masks
"${search[@]}" --out picture whole/overlays.png >/dev/null 2>err || fail "the unbroken search"
printf '%s\n' background inclusion patches scratches >own/classes.txt
for i in 0 1 2 3 4 5 6 7 8 9; do
    cp whole/overlays.png own/images/$i.png
    cp picture/overlays_mask.png own/masks/$i.png
done
"${evaluate[@]}" >/dev/null 2>err || fail "the unbroken evaluation"

# All but the seconds, which are the last column.
results() { sed 's/,[^,]*$//' "$1/metrics.csv" && cat "$1/best.safetensors" "$1/last.safetensors"; }

# ---- Judging ----
unfinished() { find . -name '*.new' | grep . ; }

# Success, or status 2 and one line of the program's (or of OpenMP's, where it gives up itself) at the
# end of what it said; nothing half-written.
ended_well() { # WHAT STATUS
    local lines
    lines=$(grep -E '^(hadnet_[a-z]+|libgomp): ' err | grep -vc '^hadnet_[a-z]*: warning: ')
    if [ "$2" != 0 ] && ! { [ "$2" = 2 ] && [ "$lines" = 1 ] && tail -n 1 err | grep -qE '^(hadnet_[a-z]+|libgomp): '; }; then
        fail "$1: status $2 and $lines lines of its own"
    elif unfinished >leftovers; then
        fail "$1: left $(head -n 1 leftovers)"
    else
        pass
    fi
    find . -name '*.new' -delete
}

# Go on from what a fault left in a folder, and compare.
recovers() { # WHAT FOLDER
    if [ -e "$2/resume.safetensors" ]; then
        "${train[0]}" --resume "$2" --threads 2 >out 2>err || { fail "$1: cannot be resumed"; return; }
    else
        rm -rf "$2"
        "${train[@]}" --out "$2" >out 2>err || { fail "$1: cannot be begun again"; return; }
    fi
    if cmp -s <(results whole) <(results "$2"); then pass; else fail "$1: other results than unbroken"; fi
    rm -rf "$2"
}

draw() { # LOW HIGH
    echo $(($1 + (RANDOM * 32768 + RANDOM) % ($2 - $1 + 1)))
}

# ---- Killed ----
killed() {
    local after pid
    after=$(draw 0 "$took")
    "${train[@]}" --out cut >/dev/null 2>&1 &
    pid=$!
    sleep "$(printf '%d.%03d' $((after / 1000)) $((after % 1000)))"
    kill -KILL $pid 2>/dev/null
    wait $pid 2>/dev/null
    recovers "killed after $after ms" cut
    find . -name '*.new' -delete
}

# ---- Memory refused ----
# AddressSanitizer has a malloc of its own and needs all addresses.
plain=yes
grep -q __asan_init "$bin/hadnet_train" && plain=no
shim=
if [ $plain = yes ]; then
    ${CC:-cc} -O1 -shared -fPIC -o refuse.so "$here/faults/failing_malloc.c" -ldl 2>/dev/null && shim=$work/refuse.so
fi

requests_of() { # COMMAND...: how often it asks for memory
    env GOMP_SPINCOUNT=10000 FAIL_COUNT=count LD_PRELOAD="$shim" "$@" >/dev/null 2>&1
    cat count 2>/dev/null || echo 1000
}
if [ "$shim" ]; then
    train_requests=$(requests_of "${train[@]}" --out counted)
    predict_requests=$(requests_of "${predict[@]}" own/images/0.png)
    evaluate_requests=$(requests_of "${evaluate[@]}")
    rm -rf counted
fi

refused() { # MOST COMMAND...: one request, or all from one on
    local at on status=0
    at=$(draw 1 "$1") on=$(draw 0 1)
    shift
    timeout -s KILL 120 env FAIL_AT="$at" FAIL_ON="$on" LD_PRELOAD="$shim" "$@" >out 2>err || status=$?
    ended_well "FAIL_AT=$at FAIL_ON=$on ${*##*/}" $status
}

memory_refused() {
    [ "$shim" ] || return
    refused "$predict_requests" "${predict[@]}" own/images/0.png
    refused "$evaluate_requests" "${evaluate[@]}"
    refused "$train_requests" "${train[@]}" --out starved
    recovers "memory refused" starved
}

# ---- The disk full ----
mkdir disk
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=1m tmpfs disk 2>/dev/null; then mounted=yes; fi

disk_full() {
    local kilobytes status=0 size
    size=$(($(stat -c %s whole/resume.safetensors) / 1024))
    kilobytes=$(draw 4 $((size * 6 / 5)))
    (ulimit -f "$kilobytes" && exec "${train[@]}" --out crowded) >out 2>err || status=$?
    ended_well "files of at most $kilobytes KB: ${train[*]##*/}" $status
    recovers "files of at most $kilobytes KB" crowded
    if [ "$mounted" ]; then
        kilobytes=$(draw 4 $((size * 3))) status=0
        mount -o remount,size="${kilobytes}k" disk
        "${train[@]}" --out disk/run >out 2>err || status=$?
        ended_well "a disk of $kilobytes KB: ${train[*]##*/}" $status
        mount -o remount,size=$((size * 8))k disk
        recovers "a disk of $kilobytes KB" disk/run
        rm -rf disk/*
    fi
    kilobytes=$(draw 1 300) status=0
    (ulimit -f "$kilobytes" && exec "${predict[@]}" own/images/0.png) >out 2>err || status=$?
    ended_well "files of at most $kilobytes KB: ${predict[*]##*/}" $status
    status=0
    "${predict[@]}" own/images/0.png >/dev/full 2>err || status=$?
    [ $status = 2 ] || fail "/dev/full: status $status"
    ended_well "/dev/full" $status
}

# ---- Addresses and threads scarce ----
scarce() { # KILOBYTES COMMAND...
    local kilobytes=$1 status=0
    shift
    # Where the system's loader cannot even start the program there is nothing to judge.
    (ulimit -v "$kilobytes" && exec "$bin/hadnet_train" --help) >/dev/null 2>&1 || return
    (ulimit -v "$kilobytes" && exec timeout -s KILL 120 "$@") >out 2>err || status=$?
    ended_well "addresses of at most $kilobytes KB: ${*##*/}" $status
}

addresses_scarce() {
    [ $plain = yes ] || return
    scarce "$(draw 16000 300000)" "${predict[@]}" own/images/0.png
    scarce "$(draw 16000 300000)" "${evaluate[@]}"
    scarce "$(draw 16000 300000)" "$bin/hadnet_bench" --seconds 0.01 gemm # its arrays take more
    scarce "$(draw 16000 600000)" "${train[@]}" --out cramped
    recovers "addresses scarce" cramped
    scarce 400000 "${search[@]}" --threads 4096 --out found own/images/0.png
    grep -q "4096 threads cannot be started" err || fail "4096 threads are refused"
}

# ---- A picture that cannot be written ends no training ----
unwritable_pictures() {
    local status=0 pid
    "${train[@]}" --out plain >out 2>err &
    pid=$!
    while [ ! -e plain/settings.txt ] && kill -0 $pid 2>/dev/null; do sleep 0.01; done
    mkdir plain/curves.png plain/overlays.png # in the place of files that are to come
    wait $pid || status=$?
    ended_well "pictures that cannot be written" $status
    grep -q 'curves.png: cannot write.*the training goes on' err || fail "a picture that cannot be written is told of"
    if [ $status = 0 ] && cmp -s <(results whole) <(results plain); then pass; else fail "pictures that cannot be written"; fi
    rm -rf plain
}

unwritable_pictures
end=$(($(date +%s) + budget))
while :; do
    killed
    memory_refused
    disk_full
    addresses_scarce
    [ "$(date +%s)" -lt $end ] || break
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

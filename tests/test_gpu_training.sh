#!/usr/bin/env bash
# A whole training run on the emulated GPU: all three stages, validation, the table; the same bits
# when it is interrupted and resumed; and losses that are the CPU's but for the rounding of tf32.
# Usage: test_gpu_training.sh FOLDER_OF_PROGRAMS HADNET_TRAIN_WITH_AN_EMULATED_GPU
set -u
train=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
passed=0
failed=0

check() { # NAME COMMAND...: the command succeeds
    local name=$1
    shift
    if "$@" >out 2>err; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED $name"
        head -5 err | sed 's/^/    /'
    fi
}

small=("$train" --size 48 --synth-images 12 --batch 4 --afss-batches 2 --seed 5 --epochs 2)

check "train on the emulated GPU" "${small[@]}" --device gpu --out gpu
cp out printed
check "the opening line names it" grep -q 'emulated GPU' printed
check "the table is printed" grep -q "mIoU, defects" printed

"${small[@]}" --device gpu --out cut >out 2>err &
pid=$!
while kill -0 $pid 2>/dev/null && [ "$(cat cut/metrics.csv 2>/dev/null | wc -l)" -lt 2 ]; do sleep 0.05; done
kill -TERM $pid 2>/dev/null
wait $pid
check "the run was interrupted" test $? = 130
check "resume to the end" "$train" --resume cut
check "resumed equals uninterrupted" cmp gpu/last.safetensors cut/last.safetensors

check "train on the CPU" "${small[@]}" --device cpu --out cpu
losses_agree() {
    paste -d, gpu/metrics.csv cpu/metrics.csv | awk -F, 'NR > 1 {
        rows++
        off = $3 / $(NF / 2 + 3) - 1
        if (!(off < 0.02 && off > -0.02)) bad++
    } END { exit !(rows == 2 && !bad) }'
}
check "both stages lose what they lose on the CPU, within 2%" losses_agree

echo "$passed passed, $failed failed"
[ $failed = 0 ]

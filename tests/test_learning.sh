#!/usr/bin/env bash
# What hadnet_train itself writes of how its parts learn, and what it refuses before it begins because nothing could
# be learnt. Usage: test_learning.sh FOLDER_OF_PROGRAMS
set -u
program=$(cd "$1" && pwd)/hadnet_train
. "$(dirname "$0")/program_checks.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export CUDA_VISIBLE_DEVICES='' HIP_VISIBLE_DEVICES=''

# cell COLUMN EPOCH: of run/metrics.csv; empty where the stage has no such number.
cell() {
    awk -F, -v column="$1" -v epoch="$2" '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) at = i; if (!at) exit 1 }
        $1 == epoch { print $at }' "${run:-run}/metrics.csv"
}
below() { awk "BEGIN { exit !(\"$1\" != \"\" && $1 < $2) }"; }
train=("$program" --size 64 --batch 4 --epochs 2 --seed 3)

check "a run on the program's own metal" "${train[@]}" --out run >out 2>err
for term in cross_entropy dice; do
    for epoch in 1 2; do check "$term of epoch $epoch" below 0.01 "$(cell $term $epoch)"; done
done
for level in 1 2 3 4; do
    check "level $level is not rebuilt in stage 1" test -z "$(cell reconstruction_$level 1)"
    check "level $level has a loss in stage 3" below 0.01 "$(cell reconstruction_$level 2)"
    ratio=$(cell mse_over_variance_normal_$level 2)
    check "an epoch explains a tenth of level $level or more: MSE / variance $ratio" below "$ratio" 0.9
done
check "the ratios are printed" grep -q "MSE / variance per level: normal metal 0\." out
sum=$(awk -F, 'NR == 3 { s = 0; for (i = 4; i <= 11; i++) s += $i; print s - $3 }' run/metrics.csv)
check "the terms add up to the loss" awk "BEGIN { exit !($sum < 1e-5 && $sum > -1e-5) }"
check "no term is called zero" test "$(grep -c 'is zero' err)" = 0

# Without the residuals the answer of stage 3 is another one.
check "a run with zeros for the residuals" "${train[@]}" --ard zero --out zero >/dev/null 2>&1
whole=$(cell val_pixel_auroc 2)
without=$(run=zero cell val_pixel_auroc 2)
check "the residuals change the result: $whole, $without" test "$whole" != "$without"

# The correlation that stage 2 prints, where it is known: with the masks for a target it is 1.
"$program" --size 48 --synth-images 24 --batch 4 --afss-batches 3 --epochs 2 --afss-target mask --out masks >/dev/null 2>err
check "the masks agree with themselves" grep -q "correlation of the target map with the masks 1.000" err

# A network that gives background everywhere has an IoU of 0 over the defects. This run gave 0.22.
"$program" --size 96 --synth-images 120 --epochs 16 --batch 8 --seed 1 --decoder top-down --ard mask \
    --optimiser adamw --schedule one-cycle --lr 0.004 --average 0.95 --class-weight-power 0.25 --lovasz 0.5 \
    --stage-shares 7:1 --out learns >/dev/null 2>&1
found=$(run=learns cell val_miou_defects 16)
check "a run of sixteen epochs finds defects: mIoU $found" below 0.1 "$found"

# ---- Nothing could be learnt ----
refuses_to() { # NAME TEXT ARGUMENT...: and leaves no folder
    local name=$1
    shift
    check "$name" refuses "$@" --out none
    check "$name: no folder" test ! -e none
}
refuses_to "one value per channel in stage 1" "--batch 1 and --size 16 leave one value per channel" \
    --size 16 --batch 1
refuses_to "one value per channel in stage 3" "--batch 1 and --size 128 leave one value per channel" \
    --size 128 --batch 1
"$program" --size 64 --synth-images 20 --batch 4 --epochs 2 --lr 1e6 --out wild >/dev/null 2>err
check "a run that diverges ends" test $? = 2
check "and says so" grep -q "training diverges: loss .* in step .* try a --lr below 1e+06" err
check "and leaves no best weights" test ! -e wild/best.safetensors
"$program" --size 16 --synth-images 10 --batch 2 --limit 8 --out few >few.txt 2>err &
pid=$!
for _ in $(seq 600); do [ -s few.txt ] && break; sleep 0.1; done
kill -INT $pid
wait $pid
check "a small set is shown several times an epoch" grep -q "^8 training images are few: an epoch shows each 5 times" few.txt

finish

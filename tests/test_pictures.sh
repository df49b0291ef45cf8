#!/usr/bin/env bash
# Pictures that cannot be written do not end a training. Usage: test_pictures.sh FOLDER_OF_PROGRAMS
set -u
program=$(cd "$1" && pwd)/hadnet_train
. "$(dirname "$0")/program_checks.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export CUDA_VISIBLE_DEVICES='' HIP_VISIBLE_DEVICES=''

# Interrupted after the first epoch; then folders stand where the pictures go.
"$program" --size 32 --synth-images 16 --batch 4 --afss-batches 1 --epochs 4 --threads 1 --out run >out 2>err &
run=$!
while kill -0 $run 2>/dev/null && ! [ -s run/curves.png ]; do sleep 0.02; done
kill -TERM $run 2>/dev/null
wait $run
rm -f run/curves.png run/overlays.png
mkdir run/curves.png run/overlays.png
status=0
"$program" --resume run --threads 1 >out 2>err || status=$?
check "the training goes on to its end" test $status = 0
check "... through all epochs" test "$(wc -l <run/metrics.csv)" = 5
check "... to the table" grep -q "mIoU, defects" out
check "... to the best weights" test -s run/best.safetensors
check "curves.png is missed once" test "$(grep -c '^hadnet_train: warning: run/curves.png: cannot write: .*; the training goes on$' err)" = 1
check "overlays.png is missed once" test "$(grep -c '^hadnet_train: run/overlays.png: cannot write: ' err)" = 1
finish

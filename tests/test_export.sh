#!/usr/bin/env bash
# hadnet_export as a user meets it: what it writes, and what it refuses. Usage: test_export.sh FOLDER_OF_PROGRAMS
set -u
bin=$(cd "$1" && pwd)
# shellcheck source=tests/program_checks.sh
. "$(dirname "$0")/program_checks.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
program=$bin/hadnet_export
export CUDA_VISIBLE_DEVICES='' HIP_VISIBLE_DEVICES=''

"$bin/hadnet_train" --size 32 --synth-images 12 --batch 4 --epochs 2 --afss-batches 1 --out run >out 2>err || cat err
weights=run/best.safetensors
same() { cmp -s "$1" "$2"; }
holds() { grep -qaF "$2" "$1"; }
has_no() { [ ! -e "$1" ]; }

check "ONNX" "$program" --weights $weights --out model.onnx
check "... names its classes" holds model.onnx scratches
check "... names its outputs" holds model.onnx probabilities
cp model.onnx before.onnx
check "the same file again" "$program" --weights $weights --out model.onnx
check "... has the same bytes" same model.onnx before.onnx
check "PyTorch" "$program" --weights $weights --format torch --out model.safetensors
check "... names its channels" holds model.safetensors selected.0

# ---- What is refused leaves the old file whole ----
head -c 5000 $weights >cut.safetensors
printf old >old.onnx && cp old.onnx kept.onnx
check "no weights" refuses "--weights FILE is needed" --out old.onnx
check "no file to write" refuses "--out FILE is needed" --weights $weights
check "weights that are not there" refuses "none.safetensors" --weights none.safetensors --out old.onnx
check "weights that are cut" refuses "cut.safetensors" --weights cut.safetensors --out old.onnx
check "an image" refuses "run/curves.png" --weights run/curves.png --out old.onnx
check "the weight file itself" refuses "run/../$weights: the weight file itself" --weights $weights --out run/../$weights
check "another format" refuses "--format" --weights $weights --format tflite --out old.onnx
check "a folder that is not there" refuses "none/model.onnx" --weights $weights --out none/model.onnx
check "a folder" refuses "run" --weights $weights --out run
check "an operand" refuses "" --weights $weights --out old.onnx more
check "the old file is whole" same old.onnx kept.onnx
check "nothing half-written" has_no "$(echo ./*.new)"
full_disk() { (ulimit -f 100 && refuses "old.onnx" --weights $weights --out old.onnx); }
check "a full disk" full_disk
check "... leaves the old file whole" same old.onnx kept.onnx
check "... and nothing half-written" has_no "$(echo ./*.new)"
finish

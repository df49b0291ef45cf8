#!/usr/bin/env bash
# The programs as a user meets them: a run from start to table, the same bits again, interrupted and
# resumed, and every kind of bad input. Usage: test_programs.sh FOLDER_OF_PROGRAMS
set -u
bin=$(cd "$1" && pwd)
# shellcheck source=tests/bitmaps.sh
. "$(dirname "$0")/bitmaps.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
# The CPU computes, but in the part that says otherwise.
on_gpu=(env -u CUDA_VISIBLE_DEVICES ${CUDA_VISIBLE_DEVICES+CUDA_VISIBLE_DEVICES="$CUDA_VISIBLE_DEVICES"})
export CUDA_VISIBLE_DEVICES='' HIP_VISIBLE_DEVICES=''
passed=0
failed=0

pass() { passed=$((passed + 1)); }
fail() {
    failed=$((failed + 1))
    echo "FAILED $1"
    [ -s "$work/err" ] && sed 's/^/    /' "$work/err" | head -5
}
check() { # NAME COMMAND...: the command succeeds
    local name=$1
    shift
    if "$@" >"$work/out" 2>"$work/err"; then pass; else fail "$name"; fi
}
refuse() { # NAME PATTERN COMMAND...: status 2, one line on standard error that matches
    local name=$1 pattern=$2 status=0
    shift 2
    "$@" >"$work/out" 2>"$work/err" || status=$?
    if [ $status = 2 ] && [ "$(wc -l <"$work/err")" = 1 ] && grep -qiE -- "$pattern" "$work/err"; then
        pass
    else
        fail "$name: status $status, wanted 2 and one line with '$pattern'"
    fi
}

# A run small enough for a test: 24 synthetic pictures of 48 x 48 pixels.
small=("$bin/hadnet_train" --size 48 --synth-images 24 --batch 4 --afss-batches 3 --seed 5)
train=("${small[@]}" --epochs 4)

# ---- From start to table ----
check "train" "${train[@]}" --out one --threads 1
cp out table && cp err remark
"$bin/hadnet_train" --device gpu --summary >gpu.out 2>gpu.err && gpu=emulated || gpu=silent
grep -q "built without" gpu.err && gpu=none
check "the CPU computes without a word" test "$(grep -cE "CPU|GPU" remark)" = 0
grep -q "mIoU, defects" table || fail "the table is printed"
for file in settings.txt metrics.csv curves.png overlays.png last.safetensors best.safetensors \
    resume.safetensors; do
    check "a run leaves $file" test -s one/$file
done
check "four epochs are recorded" test "$(wc -l <one/metrics.csv)" = 5
check "summary" "$bin/hadnet_train" --summary
parameters=$(awk '/^parameters/ { print $2 }' out)
work_in_g=$(awk '/^multiply-adds/ { print $2 }' out)
check "compact has at most 11.352 M parameters" awk "BEGIN { exit !($parameters <= 11.352) }"
check "compact has at most 1.113 G multiply-adds" awk "BEGIN { exit !($work_in_g <= 1.113) }"

check "summary, top-down" "$bin/hadnet_train" --decoder top-down --ard mask --summary
parameters=$(awk '/^parameters/ { print $2 }' out)
work_in_g=$(awk '/^multiply-adds/ { print $2 }' out)
check "top-down compact has at most 11.352 M parameters" awk "BEGIN { exit !($parameters <= 11.352) }"
check "top-down compact has at most 1.113 G multiply-adds" awk "BEGIN { exit !($work_in_g <= 1.113) }"

# ---- The same bits ----
check "train with two threads" "${train[@]}" --out two --threads 2
check "one and two threads give the same weights" cmp one/last.safetensors two/last.safetensors
check "... and the same best weights" cmp one/best.safetensors two/best.safetensors

rows() { cat "$1/metrics.csv" 2>/dev/null | wc -l; }
interrupted=0
interrupt_after_row() { # ROWS COMMAND...: a signal as soon as metrics.csv of `cut` has so many rows
    local wanted=$1 status=0
    shift
    "$@" >out 2>err &
    local pid=$!
    while kill -0 $pid 2>/dev/null && { [ ! -e cut/settings.txt ] || [ "$(rows cut)" -lt "$wanted" ]; }; do sleep 0.02; done
    kill -TERM $pid 2>/dev/null
    wait $pid || status=$?
    [ $status = 130 ] && interrupted=$((interrupted + 1))
}
interrupt_after_row 0 "${train[@]}" --out cut
interrupt_after_row 2 "$bin/hadnet_train" --resume cut
interrupt_after_row 3 "$bin/hadnet_train" --resume cut
check "the run was interrupted" test $interrupted -ge 1
check "resume to the end" "$bin/hadnet_train" --resume cut
check "resumed equals uninterrupted" cmp one/last.safetensors cut/last.safetensors
check "... in its best weights too" cmp one/best.safetensors cut/best.safetensors
check "... and in its losses" cmp <(cut -d, -f1-6 one/metrics.csv) <(cut -d, -f1-6 cut/metrics.csv)
check "a finished run can be resumed" "$bin/hadnet_train" --resume cut

# ---- The moving average of weights ----
averaged=("${small[@]}" --epochs 4 --average 0.9)
check "train with a moving average" "${averaged[@]}" --out mean
check "it changes the weights" test "$(cmp -s one/last.safetensors mean/last.safetensors; echo $?)" = 1
check "... but not the losses of stage 1" \
    cmp <(cut -d, -f1-3 one/metrics.csv | head -3) <(cut -d, -f1-3 mean/metrics.csv | head -3)
mv cut cut_before && interrupted=0
interrupt_after_row 0 "${averaged[@]}" --out cut
interrupt_after_row 2 "$bin/hadnet_train" --resume cut
interrupt_after_row 3 "$bin/hadnet_train" --resume cut
check "the averaged run was interrupted" test $interrupted -ge 1
check "resume to the end, averaged" "$bin/hadnet_train" --resume cut
check "resumed equals uninterrupted, averaged" cmp mean/last.safetensors cut/last.safetensors
check "... in its best weights, averaged" cmp mean/best.safetensors cut/best.safetensors
rm -r cut && mv cut_before cut

cp -r one old && sed -i '/^exact/d; s/^device = auto/device = cpu/' old/settings.txt
check "a run of the time before --exact can be resumed" "$bin/hadnet_train" --resume old
cp err remark
check "... on the CPU without a word, as it was told" test "$(grep -c "CPU" remark)" = 0

# ---- Variants ----
for variant in "--space euclidean" "--reduce rdr --no-ard" "--reduce rlpr" "--afss-target mask" \
    "--curvature 0.5 --schedule cosine --optimiser adamw --weight-decay 0.01" \
    "--schedule one-cycle --rise 0.4 --class-weight-power 0" "--stage-shares 1:0" "--decoder top-down" "--ard mask" "--learn-curvature --temperature --clip 1" "--scale 0.5" "--lovasz 1 --lovasz-from 0.3 --auxiliary 0.4"; do
    # shellcheck disable=SC2086
    check "train $variant" "${small[@]}" --epochs 2 $variant --out "v$variant"
done 2>/dev/null

# ---- Evaluate and predict ----
weights=one/best.safetensors
check "eval" "$bin/hadnet_eval" --weights $weights --synth-images 24 --seed 5 --json eval.json
check "eval writes JSON" grep -q '"miou_all"' eval.json
check "predict" "$bin/hadnet_predict" --weights $weights --out found one/overlays.png one/curves.png
check "eval of eight turns" "$bin/hadnet_eval" --weights $weights --synth-images 24 --seed 5 --turns 8
check "predict with eight turns" "$bin/hadnet_predict" --weights $weights --turns 8 --out turned one/curves.png
check "... answers otherwise" test "$(cmp -s found/curves_score.png turned/curves_score.png; echo $?)" = 1
check "predict" "$bin/hadnet_predict" --weights $weights --out found one/overlays.png one/curves.png
check "a line per image" test "$(wc -l <out)" = 2
for what in mask overlay score; do check "predict leaves $what" test -s found/curves_$what.png; done
check "stage 1 alone leaves its best weights" "$bin/hadnet_eval" --weights "v--stage-shares 1:0/best.safetensors" --synth-images 24 --seed 5
check "stage 3 alone, from them" "${small[@]}" --epochs 2 --stage-shares 0:1 \
    --pretrained "v--stage-shares 1:0/best.safetensors" --out alone
check "pretrained weights of its own" "${small[@]}" --epochs 2 --pretrained $weights --out warm

# ---- Flags ----
refuse "unknown flag" "epochz.*epochs" "${train[@]}" --epochz 3
refuse "curvature 0" "curvature.*0" "$bin/hadnet_train" --curvature 0
refuse "curvature -1" "curvature.*-1" "$bin/hadnet_train" --curvature -1
refuse "a curvature beyond float" "curvature.*1e\+300" "${train[@]}" --curvature 1e300 --out gpu
refuse "a word for a number" "epochs.*many" "$bin/hadnet_train" --epochs many
refuse "dataset without data" "data" "$bin/hadnet_train" --dataset neu-seg
refuse "no weights" "weights" "$bin/hadnet_eval"
refuse "no image" "image" "$bin/hadnet_predict" --weights $weights
refuse "a run in the way" "one" "${train[@]}" --out one
refuse "resume of nothing" "nowhere" "$bin/hadnet_train" --resume nowhere
refuse "resume with another seed" "seed" "$bin/hadnet_train" --resume one --seed 6
[ "$gpu" = emulated ] || refuse "a GPU that is not there" "gpu" "${train[@]}" --device gpu --out gpu
refuse "a device of no kind" "device.*tpu.*auto, cpu, gpu" "${train[@]}" --device tpu --out gpu
mkdir bare && : >bare/settings.txt
refuse "the folder of a run that saved nothing" "bare.*saved nothing" "${train[@]}" --out bare
refuse "... holds nothing to resume" "bare.*resume.safetensors" "$bin/hadnet_train" --resume bare
cp -r one edited && sed -i 's/hyperbolic/euclidean/' edited/settings.txt
refuse "resume with edited settings" "edited/resume.safetensors.*settings" "$bin/hadnet_train" --resume edited
cp -r one earlier && sed -i '/^stage-shares/d' earlier/settings.txt
refuse "resume of a run whose epochs were each stage's" "earlier/settings.txt.*each stage" "$bin/hadnet_train" --resume earlier
refuse "weight decay without its optimiser" "adamw" "${train[@]}" --weight-decay 0.1 --out gpu
check "a refused run leaves no folder" test ! -e gpu

# ---- Weight files ----
head -c 1000 $weights >short.safetensors
refuse "truncated weights" "short.safetensors" "$bin/hadnet_predict" --weights short.safetensors one/curves.png
printf '\377\377\377\377\377\377\377\177{}' >lying.safetensors
refuse "lying header" "lying.safetensors" "$bin/hadnet_eval" --weights lying.safetensors
head -c -4 $weights >cut.safetensors
refuse "weights cut at the end" "cut.safetensors" "$bin/hadnet_eval" --weights cut.safetensors
refuse "no such weights" "none.safetensors" "$bin/hadnet_eval" --weights none.safetensors
refuse "an image as weights" "curves.png" "$bin/hadnet_train" --pretrained one/curves.png --out bad
{ head -c -4 $weights && printf '\0\0\300\177'; } >nan.safetensors
refuse "weights that are not numbers" "nan.safetensors.*finite" "$bin/hadnet_predict" --weights nan.safetensors one/curves.png
printf '\2\0\0\0\0\0\0\0{}' >empty.safetensors
refuse "weights of nothing" "empty.safetensors" "$bin/hadnet_eval" --weights empty.safetensors

# ---- Images and masks ----
folder() { # a fresh dataset of the user's own with two good images
    rm -rf mine && mkdir -p mine/images mine/masks
    for name in a b c d e f g h i j k l; do
        cp one/curves.png mine/images/$name.png
        cp found/curves_mask.png mine/masks/$name.png
    done
}
mine=("$bin/hadnet_train" --dataset folder --data mine --size 48 --batch 2 --epochs 2 --afss-batches 1 --out mine_run)
mkdir -p nothing
refuse "an empty folder" "nothing" "$bin/hadnet_train" --dataset folder --data nothing
refuse "no such folder" "missing" "$bin/hadnet_train" --dataset neu-seg --data missing
folder && rm mine/masks/b.png
refuse "a missing mask" "b.png" "${mine[@]}"
folder && head -c 300 one/curves.png >mine/images/c.png
refuse "a truncated image" "c.png" "${mine[@]}"
folder && cp found/overlays_mask.png mine/masks/d.png
refuse "a mask of another size" "d.png" "${mine[@]}"
folder && : >mine/images/e.png
refuse "an empty image" "e.png" "${mine[@]}"
folder && picture mine/images/m.bmp && mask mine/masks/m.bmp 0 1 2 && printf 'metal\nscratch\n' >mine/classes.txt
refuse "a label out of range" "masks/.*label" "${mine[@]}"
rm mine/classes.txt mine/*/m.bmp && for mask in mine/masks/*; do cp one/curves.png "$mask"; done
refuse "masks in colour" "masks/a.png.*colour" "${mine[@]}"
folder && printf 'a\nb\nc\nd\ne\n' >mine/classes.txt
cp -r one other && sed -i 's/^dataset = synth/dataset = folder\ndata = mine/' other/settings.txt
refuse "resume on data with other classes" "4 classes.*mine has 5" "$bin/hadnet_train" --resume other
check "refused data leaves no run" test ! -e mine_run
head -c 300 one/curves.png >half.png
refuse "predict on a truncated image" "half.png" "$bin/hadnet_predict" --weights $weights half.png
refuse "predict: two of one name" "curves" "$bin/hadnet_predict" --weights $weights one/curves.png two/curves.png

name=$(printf 'two\nlines')
cp one/curves.png "$name.png"
check "predict on a name of two lines" "$bin/hadnet_predict" --weights $weights --out found "$name.png"
check "... prints one line" test "$(wc -l <out)" = 1

# ---- A full disk: no file may grow beyond a limit ----
limited() { # KIB COMMAND...: its status, with the last line on standard error
    local limit=$1 status=0
    shift
    (ulimit -f "$limit" && exec "$@") 2>&1 >/dev/null | tail -n 1 >&2
    status=${PIPESTATUS[0]}
    return "$status"
}
refuse "a full disk while training" "(best|last).safetensors.*(space|large)" limited 64 "${train[@]}" --out full
check "no half-written weights" test -z "$(ls full | grep safetensors)"
cp eval.json before.json
refuse "a full disk while judging" "eval.json.*(space|large)" \
    limited 0 "$bin/hadnet_eval" --weights $weights --synth-images 24 --seed 5 --json eval.json
check "old results are whole" cmp eval.json before.json

onto_full() { "$@" >/dev/full; }
refuse "a full disk under the help" "standard output.*space" onto_full "$bin/hadnet_train" --help
refuse "... under a prediction" "standard output.*space" \
    onto_full "$bin/hadnet_predict" --device cpu --weights $weights --out found one/curves.png
judge_quietly() { onto_full "$bin/hadnet_eval" --weights $weights --synth-images 24 2>&1 | tail -n 1 >&2; return "${PIPESTATUS[0]}"; }
refuse "... under a judgement" "standard output.*space" judge_quietly

# ---- On a GPU, where one answers ----
if [ "$gpu" = silent ] && "${on_gpu[@]}" "$bin/hadnet_train" --device gpu --summary >out 2>err; then
    for run in gpu gpu_again; do check "train on a GPU" "${on_gpu[@]}" "${train[@]}" --out $run; done
    cp out table
    check "the opening line names it" grep -q '; on ' table
    check "the same bits again" cmp gpu/last.safetensors gpu_again/last.safetensors
    check "train on a GPU, exactly" "${on_gpu[@]}" "${train[@]}" --exact --out gpu_exact
    check "eval on a GPU" "${on_gpu[@]}" "$bin/hadnet_eval" --device gpu --weights $weights --synth-images 24
    check "predict on a GPU" "${on_gpu[@]}" "$bin/hadnet_predict" --device gpu --weights $weights --out found one/curves.png
fi

echo "$passed passed, $failed failed"
[ $failed = 0 ]

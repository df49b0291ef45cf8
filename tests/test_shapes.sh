#!/usr/bin/env bash
# The programs on masks that are no images of labels. Usage: test_shapes.sh FOLDER_OF_PROGRAMS
set -u
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export CUDA_VISIBLE_DEVICES='' HIP_VISIBLE_DEVICES=''
program=$bin/hadnet_train
# shellcheck source=tests/program_checks.sh
. "$here/program_checks.sh"
# shellcheck source=tests/bitmaps.sh
. "$here/bitmaps.sh"

runs() { timeout 120 "$@" >out 2>err || { echo "    $(head -c 600 err)"; return 1; }; }
refuses_with() { # PATTERN COMMAND...: status 2 and one line that matches, soon
    local pattern=$1 status=0
    shift
    timeout 60 "$@" >out 2>err || status=$?
    [ $status = 2 ] && [ "$(wc -l <err)" = 1 ] && grep -qE -- "$pattern" err && return
    echo "    status $status: $(head -c 600 err)"
    return 1
}
train() { runs "$program" --dataset folder --data "$1" --size 48 --batch 4 --epochs 2 --afss-batches 1 --out "run_$1"; }
eval=("$bin/hadnet_eval" --weights)
same_numbers() { [ -s "$1/metrics.csv" ] && cmp -s <(tail -n +2 "$1/metrics.csv" | cut -d, -f1-6) <(tail -n +2 "$2/metrics.csv" | cut -d, -f1-6); }

# The same masks in every form: a dent in rows 0 to 5, a scratch in rows 40 to 47 of columns 0 to 11.
RANDOM=7
names=(a b c d e f g h i j k l)
mkdir -p labels/images labels/masks
for name in "${names[@]}"; do picture labels/images/"$name".bmp; done
row() { # COUNT LABEL ...: that many pixels of each label
    local i
    for (( ; $#; )); do
        for ((i = 0; i < $1; i++)); do printf '\\x%02x\\x%02x\\x%02x' "$2" "$2" "$2"; done
        shift 2
    done
}
{
    for _ in {1..8}; do row 12 2 36 0; done # a BMP begins at the bottom
    for _ in {1..34}; do row 48 0; done
    for _ in {1..6}; do row 48 1; done
} | bmp mask.bmp
for name in "${names[@]}"; do cp mask.bmp labels/masks/"$name".bmp; done
check "train on labels" train labels
check "... an eighth, and 96 pixels" grep -q '^labels: 0 background 83.3%, 1 class 1 12.5%, 2 class 2 4.17% of' out

# ---- LabelMe ----
mkdir -p labelme/masks && cp -r labels/images labelme/images
shape() { printf '{"label":"%s","shape_type":"%s","points":%s}' "$@"; }
for name in "${names[@]}"; do
    printf '{"version":"5.4.1","imageWidth":48,"imageHeight":48,"imageData":null,"shapes":[%s,%s]}' \
        "$(shape scratch polygon '[[0,40],[12,40],[12,48],[0,48]]')" \
        "$(shape dent rectangle '[[48,6],[0,0]]')" >labelme/masks/"$name".json
done
check "train on shapes of LabelMe" train labelme
check "... that are said to be so" grep -q \
    "^labels: 0 background 83.3%, 1 dent 12.5%, 2 scratch 4.17% of the pixels; 24 shapes of 12 images from LabelMe files, " out
check "... are the same as labels" same_numbers run_labels run_labelme
check "judge by weights that know the names" runs "${eval[@]}" run_labelme/best.safetensors --dataset folder --data labelme
check "... not by weights that do not" refuses_with "the class 'scratch'; expected background, class 1, class 2, by the weights" \
    "${eval[@]}" run_labels/best.safetensors --dataset folder --data labelme
cp labelme/masks/c.json good.json
sed 's/\[12,40\]/[12]/' good.json >labelme/masks/c.json
check "a point without y" refuses_with '^hadnet_train: labelme/masks/c.json: shape 1: byte [0-9]+: a point of 1 number' \
    "$program" --dataset folder --data labelme --out no
head -c 100 good.json >labelme/masks/d.json
check "two bad files in one line" refuses_with 'labelme: 2 problems: masks/c.json: shape 1.*; masks/d.json: shape 1: byte 100' \
    "$program" --dataset folder --data labelme --out no
check "... which are left out where all are counted" runs "$bin/hadnet_data" --dataset folder --data labelme
check "... and named" grep -q '^  .*masks/d.json: shape 1: ' out
check "refused data leaves no run" test ! -e no
rm labelme/masks/d.json && mkfifo labelme/masks/d.json
check "a pipe for shapes" refuses_with 'masks/d.json: .*(regular|pipe)' "$program" --dataset folder --data labelme --out no

# ---- COCO ----
mkdir coco && cp -r labels/images coco/images
annotation() { printf '{"id":1,"image_id":%s,"category_id":%s,"segmentation":%s}' "$@"; }
coco() { # POLYGON
    local i images='' annotations=''
    for i in "${!names[@]}"; do
        images+=$(printf '{"id":%s,"file_name":"%s.bmp","width":48,"height":48},' "$i" "${names[i]}")
        annotations+="$(annotation "$i" 7 "$1"),$(annotation "$i" 2 '{"size":[48,48],"counts":[0,6'"$(printf ',42,6%.0s' {1..47})"',42]}'),"
    done
    printf '{"images":[%s],"annotations":[%s],"categories":[{"id":7,"name":"scratch"},{"id":2,"name":"dent"}]}' \
        "${images%,}" "${annotations%,}" >coco/annotations.json
}
coco '[[0,40,12,40,12,48,0,48]]'
check "train on annotations of COCO" train coco
check "... that are said to be so" grep -q \
    "^labels: 0 background 83.3%, 1 dent 12.5%, 2 scratch 4.17% of the pixels; 24 shapes of 12 images from annotations of COCO, " out
check "... are the same as labels" same_numbers run_labels run_coco
coco '[]'
check "a box without pixels" refuses_with '^hadnet_train: coco/annotations.json: annotation 1: byte [0-9]+: no segmentation' \
    "$program" --dataset folder --data coco --out no

# ---- A mask for each class ----
mkdir -p classes/masks/dent classes/masks/scratch && cp -r labels/images classes/images
{
    for _ in {1..8}; do row 12 255 36 0; done
    for _ in {1..40}; do row 48 0; done
} | bmp scratch.bmp
{
    for _ in {1..42}; do row 48 0; done
    for _ in {1..6}; do row 48 255; done
} | bmp dent.bmp
for name in "${names[@]}"; do cp dent.bmp classes/masks/dent/"$name".bmp; cp scratch.bmp classes/masks/scratch/"$name".bmp; done
check "train on a mask for each class" train classes
check "... that are said to be so" grep -q "24 shapes of 12 images from masks of one class each, " out
check "... are the same as labels" same_numbers run_labels run_classes
finish

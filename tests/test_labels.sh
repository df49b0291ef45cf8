#!/usr/bin/env bash
# What the programs make of a user's masks and class names: what they say before they train, what they
# refuse, and what a weight file is judged on. Usage: test_labels.sh FOLDER_OF_PROGRAMS
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

refuses_with() { # PATTERN COMMAND...: status 2 and one line that matches, soon
    local pattern=$1 status=0
    shift
    timeout 60 "$@" >out 2>err || status=$?
    [ $status = 2 ] && [ "$(wc -l <err)" = 1 ] && grep -qE -- "$pattern" err && return
    echo "    status $status: $(head -c 600 err)"
    return 1
}
runs() { timeout 120 "$@" >out 2>err || { echo "    $(head -c 600 err)"; return 1; }; }

RANDOM=7
mkdir noise others # to train on, and to be judged
for name in a b c d e f g h i j k l; do picture noise/$name.bmp; done
for name in m n o; do picture others/$name.bmp; done
dataset() { # IMAGES VALUE...: a fresh dataset `mine` whose masks all have these bands
    local image images=$1
    shift
    rm -rf mine && mkdir -p mine/masks && cp -r "$images" mine/images
    mask band.bmp "$@"
    for image in "$images"/*; do cp band.bmp "mine/masks/${image##*/}"; done
}
folder() { dataset noise "$@"; }
mine=(--dataset folder --data mine)
train=("$program" "${mine[@]}" --size 48 --batch 4 --epochs 2 --afss-batches 1 --out)
eval=("$bin/hadnet_eval" "${mine[@]}" --weights)

# ---- What was understood ----
folder 0 0 0 0 0 0 1 2
check "train on labels" runs "${train[@]}" three
check "what was understood is said before training" \
    grep -q '^labels: 0 background 75%, 1 class 1 12.5%, 2 class 2 12.5% of the pixels$' <(head -n 1 out)
folder 0 0 0 0 0 0 0 128
check "0 and 128 are a gap" refuses_with \
    'mine/masks/a.bmp holds 2 values: 0 \(87.5%\), 128 \(12.5%\).*classes.txt.*--mask-threshold' "${train[@]}" no
check "a threshold makes one defect" runs "${train[@]}" two --mask-threshold 64
check "... and the line says so" grep -q '^labels: .*1 class 1 12.5%.*values from 64 up' out
check "... and the weights know it" runs "${eval[@]}" two/best.safetensors
check "... so that it holds for what they are judged by" grep -q '^labels: .*values from 64 up' out
check "... unless another one is given" refuses_with 'from 200 up; the largest is 128' \
    "${eval[@]}" two/best.safetensors --mask-threshold 200
folder 0 0 0 0 0 0 0 255 && mask mine/masks/c.bmp 0 0 0 0 0 0 0 1
check "one mask of another convention is named" refuses_with \
    'two conventions.*mine/masks/a.bmp.*mine/masks/c.bmp holds 2 values: 0 \(87.5%\), 1' "${train[@]}" no
check "255 is ignored where the option says so" runs "${train[@]}" ignoring --ignore-label 255
check "... and counts so" grep -q '255 is ignored, 11.5%' out
folder 0 0 0 0 0 0 0 1 && cp noise/b.bmp mine/masks/b.bmp
check "a photograph is no mask" refuses_with 'mine/masks/b.bmp holds .* values' "${train[@]}" no
check "refused data leaves no run" test ! -e no

judge() { # WEIGHTS: the table and the numbers hold no NaN
    runs "${eval[@]}" "$1" --json eval.json && ! grep -iE "\bnan\b" out eval.json
}

# ---- Photographs that are not square ----
put() { printf '%b' "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null; } # FILE AT BYTES
first_rows() { # FILE: of a BMP of 48 x 48, the first 24 rows of the file
    put "$1" 2 '\xb6\x0d'  # bytes of the file
    put "$1" 22 '\x18'     # rows
    put "$1" 34 '\x80\x0d' # bytes of the rows
    truncate -s $((54 + 24 * 144)) "$1"
}
folder 0 0 0 0 1 0 0 0 0 0 0 0 0 0 0 0
for file in mine/*/*.bmp; do first_rows "$file"; done
check "train on images of 48 x 24" runs "${train[@]}" kept
check "... stretched to squares" runs "${train[@]}" stretched --fit stretch
check "the weights know that the aspect is kept" grep -qa '"fit":"letterbox"' kept/last.safetensors
check "... or not" grep -qa '"fit":"stretch"' stretched/last.safetensors
ends_alike() { cmp -s <(tail -c 100000 kept/last.safetensors) <(tail -c 100000 stretched/last.safetensors); }
check "what was learnt differs" test -z "$(ends_alike && echo alike)"
check "the run's page shows them" test -s kept/report.html
check "they are judged by their fit" judge kept/best.safetensors
check "... and predicted" runs "$bin/hadnet_predict" --weights kept/best.safetensors --out found mine/images/a.bmp
cp -r kept turned && sed -i 's/^fit = .*/fit = stretch/' turned/settings.txt
check "a run that goes on keeps its fit" refuses_with 'size or fit than settings.txt' \
    "$program" --resume turned
cp -r stretched older && sed -i '/^fit = /d' older/settings.txt
check "a run from before there was a fit goes on, stretched" runs "$program" --resume older

# ---- Judging by weights that know their classes ----
dataset others 0 0 0 0 0 0 0 1
check "fewer classes than the weights know" judge three/best.safetensors
check "... by the weights' names" grep -q '"name": "class 2"' eval.json
dataset others 0
check "good pictures alone" judge three/best.safetensors
check "... have no AUROC" grep -qE '^image AUROC +-$' out
check "... which is null" grep -q '"image_auroc": null' eval.json
dataset others 0 1 2 3
check "a class that the weights do not know" refuses_with 'label 3 .*expected 0..2, by the weights' \
    "${eval[@]}" three/best.safetensors
dataset others 0 1 && printf 'metal\nclass 2\nclass 1\n' >mine/classes.txt
check "names in another order" refuses_with "classes.txt: class 1 is 'class 2'" "${eval[@]}" three/best.safetensors

# ---- classes.txt ----
folder 0 0 0 1
printf 'bg\nKratzer s\374\337\n' >mine/classes.txt
check "names that are not UTF-8" refuses_with 'mine/classes.txt line 2: .*UTF-8' "${train[@]}" no
printf '\357\273\277metal\nscratch\n' >mine/classes.txt
check "a byte-order mark" runs "${train[@]}" marked
check "... is no part of a name" grep -q '"class.0":"metal","class.1":"scratch"' marked/best.safetensors
printf 'metal\nscratch\033[2J\n' >mine/classes.txt
check "a control character in a name" refuses_with 'classes.txt line 2: .*U\+001B' "${train[@]}" no
sed 's/"class.1":"scratch"/"class.1":"s\\u001b"/' marked/best.safetensors >forged.safetensors
check "... and in the name that weights give" refuses_with "forged.safetensors.*'class.1'.*U\+001B" \
    "$bin/hadnet_predict" --weights forged.safetensors noise/a.bmp

# ---- What blocks whoever opens it ----
folder 0 1 && mkfifo mine/classes.txt
check "a pipe for classes.txt" refuses_with 'classes.txt: .*a pipe' "${train[@]}" no
rm mine/classes.txt && ln -s /dev/zero mine/classes.txt
check "a device for classes.txt" refuses_with 'classes.txt: .*a device' "${train[@]}" no
rm mine/classes.txt
for file in settings.txt metrics.csv resume.safetensors; do
    rm -rf piped && cp -r marked piped && rm piped/$file && mkfifo piped/$file
    check "a pipe for $file" refuses_with "piped/$file: .*(pipe|regular)" "$program" --resume piped
done
check "a pipe for weights" refuses_with 'a pipe' "${eval[@]}" piped/resume.safetensors
check "a pipe for an image" refuses_with 'regular|pipe' \
    "$bin/hadnet_predict" --weights marked/best.safetensors --out found piped/resume.safetensors
rm mine/images/a.bmp && mkfifo mine/images/a.bmp
check "a pipe for an image of the data" refuses_with 'mine/images/a.bmp: .*(regular|pipe)' "${train[@]}" no

# ---- What does not pair ----
folder 0 1 && rm mine/masks/*
check "five problems in one line, and how many more" refuses_with \
    '^hadnet_train: mine: 12 problems: images/a.bmp: no mask; expected masks/a.png.*; and 7 more$' "${train[@]}" no

# ---- The inputs of the reports, where they are at hand ----
cases=$here/../../shared/cases
if [ -d "$cases" ]; then
    rm -rf mine && mkdir -p mine/images mine/masks
    for name in a b c d e f g h i j k l; do cp "$cases/plain.png" mine/images/$name.png; done
    for name in a b c d e f g h i j k l; do cp "$cases/plain_mask_0_255.png" mine/masks/$name.png; done
    check "white on black is one class" runs "${train[@]}" plain
    check "... and said so" grep -q '^labels: .*1 class 1 (value 255)' out
    cp "$cases/mask_blurred.png" mine/masks/b.png
    check "one blurred mask among them" refuses_with 'mine/masks/b.png holds [0-9]* values' "${train[@]}" no
    for name in a b c d e f g h i j k l; do cp "$cases/mask_blurred.png" mine/masks/$name.png; done
    check "a blurred mask" refuses_with 'mine/masks/a.png holds [0-9]* values' "${train[@]}" no
    check "... under a threshold" runs "${train[@]}" threshold --mask-threshold 128
    cp "$cases/classes_latin1.txt" mine/classes.txt
    check "names in Latin-1" refuses_with 'classes.txt line 2: .*UTF-8' "${train[@]}" no --mask-threshold 128
    cp "$cases/classes_bom.txt" mine/classes.txt
    check "names behind a byte-order mark" runs "${train[@]}" bom --mask-threshold 128
    check "... are those names" grep -q ' 0 background .* 1 scratch ' out
fi
finish

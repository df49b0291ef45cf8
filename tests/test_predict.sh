#!/usr/bin/env bash
# hadnet_predict, and what others write, among files that are not theirs. Usage: test_predict.sh FOLDER_OF_PROGRAMS
set -u
bin=$(cd "$1" && pwd)
# shellcheck source=tests/program_checks.sh
. "$(dirname "$0")/program_checks.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
program=$bin/hadnet_predict
export CUDA_VISIBLE_DEVICES='' HIP_VISIBLE_DEVICES=''

"$bin/hadnet_train" --size 32 --synth-images 12 --batch 4 --epochs 2 --afss-batches 1 --out run >out 2>err || cat "$work/err"
weights=(--weights "$work/run/best.safetensors")
predict() { "$program" "${weights[@]}" "$@" >"$work/out" 2>"$work/err"; }
exits() { # STATUS COMMAND...
    local wanted=$1 status=0
    shift
    "$@" || status=$?
    [ "$status" = "$wanted" ]
}
names() { (cd "$1" && echo *); }

# A picture and the mask that someone drew beside it.
mkdir data && cp run/curves.png data/000.png && cp run/overlays.png data/000_mask.png
cp -r data before
same() { diff -r before data; }

# ---- Results have a folder of their own ----
cd data || exit 1
check "predict in the folder of the images" predict 000.png
check "... writes into another" test "$(names .)" = "000.png 000_mask.png predictions"
check "... which holds three pictures" test "$(names predictions)" = "000_mask.png 000_overlay.png 000_score.png"
check "... and may be written again" predict 000.png
rm -r predictions && cd ..
check "the images are as they were" same

# ---- What is not theirs ----
advice='choose another folder with --out, or have files replaced with --overwrite'
check "a mask that someone drew stays" refuses \
    "data/000.png: its mask would replace data/000_mask.png, which hadnet_predict did not write; $advice" \
    "${weights[@]}" --out data data/000.png
check "an image stays" refuses \
    "data/000.png: its mask would replace data/000_mask.png, one of the images; $advice" \
    "${weights[@]}" --out data data/000.png data/../data/000_mask.png
check "nothing was written" same
cp -r data mine
check "unless --overwrite says so" predict --overwrite --out mine mine/000.png
check "... then it is replaced" exits 1 cmp -s mine/000_mask.png data/000_mask.png
cp mine/000_mask.png first && cp data/000.png mine/001.png
check "a second call on all that lies there" predict --out mine mine/*.png
check "... makes nothing of its own pictures" test "$(names mine)" = \
    "000.png 000_mask.png 000_overlay.png 000_score.png 001.png 001_mask.png 001_overlay.png 001_score.png"
check "... and says so" grep -q "^hadnet_predict: 3 of 5 images are results of earlier calls and left out: mine/000_mask.png" "$work/err"
check "... and the same again" cmp mine/000_mask.png first
check "its own pictures alone are refused" refuses \
    "mine/000_mask.png: the result of an earlier call; expected an image" "${weights[@]}" mine/000_mask.png
cp data/000.png mine/000.jpg
check "two images of one name" refuses "mine/000.png and mine/000.jpg would both write 000_mask.png" \
    "${weights[@]}" mine/000.png mine/000.jpg

# ---- Folders and lists ----
mkdir -p tree/sub/deep tree/empty && cp data/000.png tree/a.png && cp data/000.png tree/sub/a.png
cp data/000.png "tree/sub/deep/b c.png" && echo none >tree/broken.png
files() { (cd "$1" && find . -name '*_mask.png' | LC_ALL=C sort | tr '\n' ' '); }
check "a folder's images, one of them broken" exits 2 predict --out flat tree
check "... the others are done" test "$(files flat)" = "./a_mask.png "
check "... the broken one is named, once" test "$(grep -c '^hadnet_predict: tree/broken.png: not an image' err)" = 1
check "... and counted at the end" test "$(tail -n 1 err)" = "hadnet_predict: 1 of 2 images failed"
rm tree/broken.png
check "all within it" predict --recursive --out all tree/
check "... keep their folders" test "$(files all)" = "./a_mask.png ./sub/a_mask.png ./sub/deep/b c_mask.png "
check "... and may be done again" predict --recursive --out all tree
check "the results in a folder are no images" predict --recursive --out all/again tree all
check "... and said so" grep -q "^hadnet_predict: 9 of 12 images are results of earlier calls" err
check "a folder without images" refuses "tree/empty: no images in this folder (--recursive" "${weights[@]}" tree/empty
check "... beside an image, which is done" exits 2 predict --out beside tree/empty data/000.png
check "..." test "$(names beside)" = "000_mask.png 000_overlay.png 000_score.png"
check "a name in two folders" refuses \
    "tree/a.png and tree/sub/a.png would both write a_mask.png; give the folder above them, with --recursive, or call once for each" \
    "${weights[@]}" tree tree/sub
printf '%s\r\n\n%s' data/000.png "tree/sub/deep/b c.png" >list
check "a list on standard input" predict --out listed - <list
check "... is followed" test "$(files listed)" = "./000_mask.png ./b c_mask.png "
printf '%s\0' tree data/000.png >list
check "a list with zero bytes, and a folder in it" predict --out zeros - <list
check "... is followed" test "$(files zeros)" = "./000_mask.png ./a_mask.png "
check "a list of nothing" refuses "the list on standard input names no image" "${weights[@]}" - </dev/null
check "two lists" refuses "- (the list on standard input) is given twice" "${weights[@]}" - - <list

# ---- What is written ----
check "tables alone" predict --write csv,json --out tables tree/a.png tree/sub
check "... are three files" test "$(names tables)" = "images.csv images.jsonl regions.csv"
check "... with a row an image" test "$(cut -d, -f1 tables/images.csv | tr '\n' ' ')" = "image tree/a.png tree/sub/a.png "
check "... and a line" test "$(wc -l <tables/images.jsonl)" = 2
check "... and may be written again" predict --write csv --out tables tree/a.png
check "... as they are now" test "$(wc -l <tables/images.csv)" = 2
check "images that fail" exits 2 predict --write csv,masks --out tables tree/a.png list
check "... have a row" grep -q '^list,,,,,,,,"list: not an image; expected' tables/images.csv
echo mine >tables/regions.csv
check "a table of another's stays" refuses "tables/regions.csv: exists, and hadnet_predict did not write it" \
    "${weights[@]}" --write csv --out tables tree/a.png
check "... unless --overwrite says so" predict --write csv --overwrite --out tables tree/a.png
check "no results" predict --write none --out nothing tree/a.png
check "... no folder" test ! -e nothing
check "an unknown result" refuses "--write masks,tables: 'tables' is unknown" "${weights[@]}" --write masks,tables tree/a.png
check "every pixel a defect" predict --write csv --threshold 1e-9 --out low tree/a.png
check "... in one image" grep -qE ",1,[0-9.]+,[0-9]+,$(awk -F, 'NR == 2 { print $6 * $7 }' low/images.csv)," low/images.csv
check "no region is large enough" predict --write csv --threshold 1e-9 --min-area 100000000 --out high tree/a.png
check "... and none is left" grep -qE '^tree/a.png,0,[0-9.]+,0,0,' high/images.csv
check "a threshold that is none" refuses "--threshold" "${weights[@]}" --threshold 1.5 tree/a.png

# ---- Large images ----
check "tiles" predict --tile 300 --write masks,csv --out tiled tree/a.png
check "... are counted on the line" grep -qE '^tree/a.png  [0-9]+ tiles  score' out
check "... and in the table" grep -qE "^tree/a.png,[01],[0-9.]+,[0-9]+,[0-9]+,[0-9]+,[0-9]+,$(grep -oE '[0-9]+ tiles' out | tr -dc 0-9),$" tiled/images.csv
check "an image no larger than a tile" predict --tile 2048 --write masks --out whole tree/a.png
check "... is whole, and says so" grep -q '^tree/a.png  whole  score' out
check "... as without tiles" cmp whole/a_mask.png all/a_mask.png
check "tiles that are too small" refuses "--tile 5; expected 0 or at least 16" "${weights[@]}" --tile 5 tree/a.png

# ---- The other programs ----
judge() { "$bin/hadnet_eval" "${weights[@]}" --synth-images 12 --limit 1 --json "$@" >"$work/out" 2>"$work/err"; }
cp run/best.safetensors kept.json
check "numbers replace no file of another's" exits 2 judge kept.json
check "... and say so" grep -q '^hadnet_eval: kept.json: exists, and hadnet_eval did not write it' err
check "... which stays" cmp run/best.safetensors kept.json
check "they replace their own" exits 0 judge own.json && check "... again" exits 0 judge own.json
check "... and any with --overwrite" exits 0 judge kept.json --overwrite
mkdir drawn && cp data/000.png drawn/curves.png
program=$bin/hadnet_train
check "a run replaces no picture" refuses "drawn is no run's folder and holds a file curves.png" --out drawn
program=$bin/hadnet_predict

# ---- Every line names the image ----
in_little_space() { (ulimit -f 1 && "$program" "${weights[@]}" --out full data/000.png); }
check "a full disk" exits 2 in_little_space >out 2>err
check "... names image and file" grep -qE '^hadnet_predict: data/000.png: full/000_[a-z]*.png: cannot write' "$work/err"
mkdir -p taken/000_mask.png
check "... and leaves no part of the pictures" test -z "$(ls full)"
check "a folder in the way" exits 2 predict --overwrite --out taken data/000.png
check "... names image and file" grep -qE '^hadnet_predict: data/000.png: taken/000_mask.png: cannot write' "$work/err"

# ---- Many images ----
# A comparison of each with each took 48 s.
mapfile -t many < <(seq -f 'none/%05g.png' 16000)
in_seconds() { (ulimit -t 10 && exits 2 predict "${many[@]}"); }
check "16000 images are looked at in seconds" in_seconds
check "... and each is named" test "$(grep -c '^hadnet_predict: none/.*No such file' "$work/err")" = 16000

# ---- Ctrl-C ----
for i in $(seq 400); do cp data/000.png "many_$i.png"; done
"$program" "${weights[@]}" --out cut many_*.png >out 2>err &
pid=$!
for _ in $(seq 3000); do [ -s cut/many_1_mask.png ] && break; sleep 0.02; done
kill -INT $pid
check "Ctrl-C ends it with 130" exits 130 wait $pid
check "... and one line" grep -qE '^hadnet_predict: interrupted after [0-9]+ of 400 images$' "$work/err"
check "... and leaves no half-written file" test -z "$(find cut -name '*.new*')"
check "... nor all the pictures" test ! -e cut/many_99_score.png

finish

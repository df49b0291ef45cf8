#!/usr/bin/env bash
# hadnet_data as a user meets it. Usage: test_data.sh FOLDER_OF_PROGRAMS
set -u
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
program=$bin/hadnet_data
# shellcheck source=tests/program_checks.sh
. "$here/program_checks.sh"
# shellcheck source=tests/bitmaps.sh
. "$here/bitmaps.sh"
runs() { timeout 60 "$@" >out 2>err || { echo "    $(head -c 600 err)"; return 1; }; }
holds() { grep -qF -- "$2" "$1"; }

RANDOM=7
mkdir -p mine/images mine/masks
mask band.bmp 0 1
mask none.bmp 0
for name in a b c d e f g h i j k l; do
    picture mine/images/$name.bmp
    cp band.bmp mine/masks/$name.bmp
done

check "sound data" runs "$program" --dataset folder --data mine
check "... is called so" holds out "nothing suspicious"
check "... is counted" grep -qE "^all +10 +1 +1$" out
cp none.bmp mine/masks/c.bmp
cp mine/images/a.bmp mine/images/copy.bmp
cp band.bmp mine/masks/copy.bmp
rm mine/masks/d.bmp
head -c 100 mine/images/e.bmp >cut && mv cut mine/images/e.bmp
check "faulty data" runs "$program" --dataset folder --data mine --out sheet.png --write-split split.txt
check "... a mask without a defect" holds out "1 mask without a defect:"
check "... that is named" holds out "  images/c.bmp"
check "... near-copies" holds out "2 images share theirs"
check "... files that cannot be used" holds out "2 files cannot be used:"
check "... the image without its mask" grep -q "^  .*images/d.bmp" out
check "... the damaged image" grep -q "^  .*images/e.bmp" out
check "... a sheet" test -s sheet.png
check "... the split of every image" test "$(wc -l <split.txt)" = 11
check "... in three parts" test "$(cut -d' ' -f1 split.txt | sort -u | tr '\n' ' ')" = "test train val "

cp split.txt before
check "a file that is there" refuses "split.txt: exists" --dataset folder --data mine --write-split split.txt
check "... is whole" cmp -s split.txt before
check "... is replaced when asked" runs "$program" --dataset folder --data mine --split scene --write-split split.txt --overwrite
check "... whole scenes" test "$(grep -E "images/(a|copy).bmp" split.txt | cut -d' ' -f1 | uniq | wc -l)" = 1

cut -d' ' -f2- split.txt | awk '{ print (NR % 3 == 0 ? "val" : NR % 3 == 1 ? "train" : "test"), $0 }' >list.txt
check "a split from a list" runs "$program" --dataset folder --data mine --split file:list.txt --write-split again.txt
check "... is the list's" cmp -s <(sort list.txt) <(sort again.txt)
check "... is named" grep -q "^folder, split file:list.txt, mine$" out
sed 's/^test/exam/' list.txt >bad.txt
check "a list with another word" refuses "bad.txt line 2: 'exam images/" --dataset folder --data mine --split file:bad.txt
grep -v images/a.bmp list.txt >short.txt
check "a list without an image" refuses "short.txt: not the images of mine: 1 not listed (images/a.bmp)" --dataset folder --data mine --split file:short.txt
check "no such list" refuses "none.txt" --dataset folder --data mine --split file:none.txt
check "another split" refuses "--split random: expected official, scene, or file:FILE" --dataset folder --data mine --split random
check "a list without its name" refuses "--split file:: expected official" --dataset folder --data mine --split file:
check "no folder" refuses "--dataset neu-seg needs --data DIR" --dataset neu-seg
check "no such folder" refuses "nowhere: no such folder" --dataset folder --data nowhere
mkdir -p none/images none/masks
check "no images" refuses "none: no images" --dataset folder --data none
check "the program's own metal" runs "$program" --synth-images 20
finish

#!/usr/bin/env bash
# The page that a run leaves: its sections, its tags, and that it needs nothing else. Usage: test_report.sh FOLDER_OF_PROGRAMS
set -u
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export CUDA_VISIBLE_DEVICES='' HIP_VISIBLE_DEVICES=''
program=$bin/hadnet_eval
# shellcheck source=tests/program_checks.sh
. "$here/program_checks.sh"
# shellcheck source=tests/bitmaps.sh
. "$here/bitmaps.sh"
runs() { timeout 120 "$@" >out 2>err || { echo "    $(head -c 600 err)"; return 1; }; }
holds() { grep -qF -- "$2" "$1"; }

# Every tag that opens closes, in order. Prints the first that does not.
balanced() {
    awk '
        BEGIN { RS = "<"; depth = 0 }
        NR == 1 { next }
        /^!/ { next }
        {
            tag = $0; sub(/>.*/, "", tag)
            name = tag; sub(/[ \t\n].*/, "", name)
            if (name ~ /^\//) {
                if (open[depth] != substr(name, 2)) { print "    " open[depth] " ends as " name; wrong = 1; exit }
                depth--
            } else if (tag !~ /\/$/ && name !~ /^(meta|img|br)$/) open[++depth] = name
        }
        END { if (!wrong && depth) print "    " open[depth] " does not end"; exit wrong || depth }' "$1"
}
alone() { # it names no other file: pictures are in the page
    ! grep -oE '(src|href)="[^"]{0,30}' "$1" | grep -qvE '"(data:image/png;base64,|#)' && ! grep -qi "<script" "$1"
}
whole() { # PAGE: the sections that a reader expects
    local id
    for id in summary curves classes confusion thresholds calibration examples channels disk settings; do
        holds "$1" "<section id=\"$id\">" || { echo "    no section $id"; return 1; }
    done
}

RANDOM=7
mkdir -p mine/images mine/masks
mask band.bmp 0 0 1 0
for name in a b c d e f g h i j k l; do
    picture mine/images/$name.bmp
    cp band.bmp mine/masks/$name.bmp
done
printf 'background\n<b>&"\n' >mine/classes.txt
check "a run" runs "$bin/hadnet_train" --dataset folder --data mine --recipe paper --size 48 --batch 4 --epochs 2 --afss-batches 1 --out run
check "... leaves a page" whole run/report.html
check "... whose tags are balanced" balanced run/report.html
check "... that stands alone" alone run/report.html
check "... with the name of the class" holds run/report.html '&lt;b&gt;&amp;&quot;'
check "... and never as a tag" test "$(grep -c '<b>' run/report.html)" = 0
check "... its settings" holds run/report.html "epochs = 2"
check "... the command that makes it again" holds run/report.html "hadnet_train --settings RUN/settings.txt --out AGAIN"
check "... the best epoch" holds run/report.html ">best</text>"
check "... recall of its class over thresholds" holds run/report.html "Recall of each class"
check "... its curves" test "$(grep -c "<figure class=\"chart\">" run/report.html)" = 8
check "... a loss of every channel" test "$(wc -l <run/afss.csv)" = $((1 + 32 + 64 + 128 + 512))
check "... the worst and the best" test "$(grep -cE '<h3>Found (worst|best)</h3>' run/report.html)" = 2
check "... the disk" holds run/report.html "<circle"
check "an evaluation's page" runs "$program" --weights run/last.safetensors --data mine --part val --report page.html
check "... whole" whole page.html
check "... balanced" balanced page.html
check "... of its weights" holds page.html "weights run/last.safetensors"
check "... marks the best epoch too" holds page.html ">best</text>"
check "... is replaced" runs "$program" --weights run/last.safetensors --data mine --report page.html
echo "<!DOCTYPE html>" >mine.html
check "another page is not" refuses "mine.html: exists, and is no page of these programs" --weights run/last.safetensors --data mine --report mine.html
check "... is whole" test "$(cat mine.html)" = "<!DOCTYPE html>"
cp run/last.safetensors alone.safetensors
check "weights without their run" runs "$program" --weights alone.safetensors --data mine --report alone.html
check "... say so" holds alone.html "There is no metrics.csv beside these weights."
check "the Euclidean variant" runs "$bin/hadnet_train" --synth-images 24 --size 48 --batch 4 --epochs 2 --afss-batches 1 --space euclidean --reduce rlpr --out flat
check "... has a page" whole flat/report.html
check "... without a disk" holds flat/report.html "The head of this network is Euclidean."

# ---- The tree of defects ----
fails() { # LINE ARGUMENT...: status 2, and the line on standard error at the end
    local status=0
    "$program" "${@:2}" >out 2>err || status=$?
    [ $status = 2 ] && [ "$(tail -n 1 err)" = "$1" ]
}
check "a tree of one defect" fails "hadnet_eval: a tree needs 2 defects or more, the images have 1" --weights run/best.safetensors --data mine --part val --tree one.png
check "... is not written" test ! -e one.png
check "a tree in the plane" runs "$program" --weights flat/best.safetensors --synth-images 24 --tree flat.png
check "... is a picture" test "$(head -c 4 flat.png | tail -c 3)" = PNG
check "... with its purity" grep -qE '^tree of [0-9]+ defects  purity [01]\.[0-9]{3} by the distance of u, [01]\.[0-9]{3} without a tree$' out
check "a network in the ball" runs "$bin/hadnet_train" --synth-images 24 --size 48 --batch 4 --epochs 2 --afss-batches 1 --stage-shares 1:0 --out ball
check "a tree in the ball" runs "$program" --weights ball/best.safetensors --synth-images 24 --tree ball.png
check "... with both purities" grep -qE '^tree of [0-9]+ defects  purity [01]\.[0-9]{3} by Poincare distance, [01]\.[0-9]{3} by the distance of u, ' out

# ---- Runs compared ----
program=$bin/hadnet_report
check "two runs" runs "$program" run flat --out both.html
check "... are balanced" balanced both.html
check "... stand alone" alone both.html
check "... differ in space" grep -q '<th scope="row">space</th><td>hyperbolic</td><td>euclidean</td>' both.html
check "... and not in size" test "$(grep -c '<th scope="row">size</th>' both.html)" = 0
check "... mark where stage 3 begins" test "$(grep -c '>stage 3</text>' both.html)" = 3
check "... and neither's best epoch" test "$(grep -c '>best</text>' both.html)" = 0
check "... have three charts" test "$(grep -c 'class="chart"' both.html)" = 3
check "a run alone" runs "$program" run
check "... marks its best epoch" test "$(grep -c '>best</text>' runs.html)" = 3
check "... is in runs.html" holds runs.html "<p>None.</p>"
check "no run" refuses "0 runs; expected 1 to 8"
check "too many" refuses "9 runs; expected 1 to 8" run run run run run run run run run
check "no such run" refuses "none/settings.txt" none
check "another file" refuses "mine.html: exists" run --out mine.html
finish

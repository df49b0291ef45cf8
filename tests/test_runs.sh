#!/usr/bin/env bash
# Runs as they are started, stopped, moved and gone on with: one writer for each folder, signals, data
# that have changed, state that was damaged. Usage: test_runs.sh FOLDER_OF_PROGRAMS
set -u
bin=$(cd "$1" && pwd)
. "$(dirname "$0")/program_checks.sh"
. "$(dirname "$0")/bitmaps.sh"
program=runs
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export CUDA_VISIBLE_DEVICES='' HIP_VISIBLE_DEVICES=''

quietly() { "$@" >out 2>err; }
refuse() { # DESCRIPTION PATTERN COMMAND...: status 2, one line on standard error that matches
    local what=$1 pattern=$2 status=0
    shift 2
    "$@" >out 2>err || status=$?
    check "$what (status $status: $(tail -n 1 err))" \
        test "$status $(wc -l <err) $(grep -cE -- "$pattern" err)" = "2 1 1"
}
await() { # COMMAND...: until it succeeds, a minute at most
    for _ in $(seq 3000); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.02
    done
    return 1
}
ended() { # STATUS PID: the process ends, with that status
    local status=0
    wait "$2" || status=$?
    [ "$status" = "$1" ]
}
more_rows_than() { [ "$(wc -l <long/metrics.csv)" -gt "$1" ]; }
takes_signals() { [[ $(sed -n 's/^SigCgt:.*\(.\)$/\1/p' /proc/"$1"/status) = [2367abef] ]]; }
no_leftovers() { [ -z "$(find "$1" -name '*.new')" ]; }

small=("$bin/hadnet_train" --size 32 --synth-images 24 --batch 4 --afss-batches 1 --seed 7)
check "train" quietly "${small[@]}" --epochs 2 --out one

# ---- One writer ----
"${small[@]}" --epochs 1000 --out long >out.long 2>err.long &
long=$!
await test -e long/resume.safetensors
refuse "a second writer of a run" "long: another process is writing this run" "$bin/hadnet_train" --resume long
refuse "... or a run begun over it" "long already holds a run" "${small[@]}" --out long
for n in 1 2 3 4; do "${small[@]}" --epochs 2 >out.$n 2>&1 & starts[n]=$!; done
for n in 1 2 3 4; do check "four starts at once" ended 0 ${starts[n]}; done
check "... leave four runs" test "$(ls -d runs/*/best.safetensors | wc -l)" = 4

# ---- Signals ----
kill -HUP $long
check "HUP saves and stops" ended 130 $long
check "... and says how to go on" grep -q 'interrupted and saved; go on with: .*--resume long' out.long

(trap '' HUP && exec "$bin/hadnet_train" --resume long) >out.nohup 2>&1 &
nohup=$!
await grep -q epoch out.nohup
kill -HUP $nohup
rows=$(wc -l <long/metrics.csv)
check "under nohup HUP is nothing" await more_rows_than $((rows + 1))
kill -QUIT $nohup
check "QUIT saves and stops" ended 130 $nohup

timeout 60 "$bin/hadnet_train" --resume long 2>err | head -n 1 >out
check "nobody reads the output: saved, stopped" test "${PIPESTATUS[0]}" = 130
check "... and said so where somebody may read it" grep -q 'interrupted and saved' err
check "... and nothing is half written" no_leftovers long

"${small[@]}" --epochs 1000 --out closed <&- >&- 2>&- &
closed=$!
await test -e closed/resume.safetensors
check "no file takes the place of a closed output" \
    test "$(readlink /proc/$closed/fd/{0,1,2} | sort -u)" = /dev/null
kill -TERM $closed
check "... and the run is saved and stops" ended 130 $closed

mkfifo pipe
"$bin/hadnet_train" --resume one >pipe 2>err &
last=$!
exec 3<pipe
read -r _ <&3
kill -TERM $last
cat <&3 >out
check "TERM while the best weights are evaluated" ended 130 $last
check "... says how to go on" grep -q 'go on with: .*--resume one' out
check "... and it does" quietly "$bin/hadnet_train" --resume one

mkdir images
for n in $(seq 60); do cp one/curves.png images/$n.png; done
"$bin/hadnet_predict" --weights one/best.safetensors --out found images/*.png >out 2>err &
predict=$!
await test -e found/1_score.png
kill -INT $predict
check "Ctrl-C in predict" ended 130 $predict
check "... is taken at once" test "$(ls found | wc -l)" -lt 180
check "... after a whole image" test "$(($(ls found | wc -l) % 3))" = 0
check "... and leaves nothing half written" no_leftovers found
"$bin/hadnet_eval" --weights one/best.safetensors --synth-images 30000 --json eval.json >out 2>err &
evaluate=$!
await takes_signals $evaluate
kill -INT $evaluate
check "Ctrl-C in eval" ended 130 $evaluate
check "... says so" grep -q '^hadnet_eval: interrupted$' err
check "... and leaves nothing" test -z "$(ls | grep json)"

# ---- The split belongs to the weights ----
mkdir -p mine/images mine/masks elsewhere
RANDOM=7
for n in $(seq 20); do picture mine/images/$n.bmp && mask mine/masks/$n.bmp 0 0 0 0 0 0 0 1; done
check "train on a folder" quietly "$bin/hadnet_train" --dataset folder --data mine --size 32 --batch 4 \
    --epochs 2 --afss-batches 1 --seed 7 --out kept
cp out table
eval=("$bin/hadnet_eval" --weights kept/best.safetensors)
check "evaluated as trained, without a word on it" quietly "${eval[@]}" --data mine
check "... by the images that were kept from it" cmp <(sed -n '/, split/,/ images, [0-9]* pixels$/p' out) <(sed -n '/, split/{s/, weights of.*//;p;:a;n;/weights, curves/q;p;ba}' table | sed '$d')
check "... and nothing to warn of" test "$(grep -c warning err)" = 0
for other in 1 3; do
    refuse "evaluated with seed $other" "kept/best.safetensors was trained on [12] of the images to be evaluated" "${eval[@]}" --data mine --seed $other
done
grep -c '^train ' kept/split.txt >out
check "the run lists its split" test "$(cat out) $(wc -l <kept/split.txt)" = "16 20"


awk '{ print (NR % 4 == 0 ? "test" : NR % 4 == 1 ? "val" : "train"), $2 }' kept/split.txt >list.txt
check "train by a list" quietly "$bin/hadnet_train" --dataset folder --data mine --split file:list.txt --size 32 \
    --batch 4 --epochs 2 --afss-batches 1 --out listed
check "... whose parts are the run's" cmp -s list.txt listed/split.txt
check "... which can be resumed from another folder" \
    quietly env -C elsewhere "$bin/hadnet_train" --resume ../listed
listed=("$bin/hadnet_eval" --weights listed/best.safetensors --data mine)
check "evaluated as trained, by the list beside the weights" quietly "${listed[@]}"
check "... and nothing to warn of" test "$(grep -c warning err)" = 0
refuse "evaluated by another split" "listed/best.safetensors was trained on [1-9] of the images to be evaluated" "${listed[@]}" --split official
mkdir alone && cp listed/best.safetensors alone
refuse "no list beside the weights" "alone/best.safetensors: was trained with a split from a file, and no split.txt is beside it" \
    "$bin/hadnet_eval" --weights alone/best.safetensors --data mine
check "... but elsewhere" quietly "$bin/hadnet_eval" --weights alone/best.safetensors --data mine --split file:list.txt
check "... and nothing to warn of" test "$(grep -c warning err)" = 0

(cd elsewhere && quietly "$bin/hadnet_train" --resume ../kept)
check "resumed from another folder" test $? = 0
mv mine moved
refuse "data that are gone" "mine: no such folder" "$bin/hadnet_train" --resume kept
check "... and where they lie now" quietly "$bin/hadnet_train" --resume kept --data moved
rm moved/*/{3,4}.bmp && for n in x y z; do cp moved/images/1.bmp moved/images/$n.bmp && cp moved/masks/1.bmp moved/masks/$n.bmp; done
refuse "images that were added and removed" "moved: not the images .*: 3 added \(images/x.bmp, images/y.bmp, images/z.bmp\), 2 missing \(images/3.bmp, images/4.bmp\)" \
    "$bin/hadnet_train" --resume kept --data moved
check "evaluated on other images" quietly "${eval[@]}" --data moved
check "... a line warns" test "$(grep -c 'warning: moved has other images than those' err)" = 1

# ---- State and weights that were damaged ----
edit() { LC_ALL=C sed -i "$2" "$1"; } # FILE SCRIPT, which keeps the length of the header
cp -r one damaged
edit damaged/resume.safetensors 's/"resume.stage":"0x1p+2"/"resume.stage":"-0x1p0"/'
refuse "a state of stage -1" "resume.stage' is '-0x1p0'; expected a whole number in 1..4" "$bin/hadnet_train" --resume damaged
cp one/best.safetensors wide.safetensors
edit wide.safetensors 's/"class.1":"inclusion"/"class.1":"inclusi"/; s/"size":"32"/"size":"4096"/'
refuse "weights for images of 4096" "size' is '4096'" "$bin/hadnet_predict" --weights wide.safetensors --out none one/curves.png
sed -i 's/^batch = 4/batch = 8/' long/settings.txt
refuse "a batch that was edited" "long/resume.safetensors: saved in a run of .* steps per epoch" "$bin/hadnet_train" --resume long

# ---- Room on the disk ----
on_small_disk() {
    unshare -rm bash -c 'mkdir -p small && mount -t tmpfs -o size=20m none small && "$@"' - "$@"
}
if quietly on_small_disk true; then
    refuse "a disk that is too small is found at the start" "small/run: the disk has 2.* MB free; the run writes up to" \
        on_small_disk "${small[@]}" --epochs 2 --out small/run
fi

finish

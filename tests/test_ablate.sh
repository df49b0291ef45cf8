#!/usr/bin/env bash
# hadnet_ablate as a user meets it: its table, how it continues, and what it refuses. Usage: test_ablate.sh FOLDER_OF_PROGRAMS
set -u
bin=$(cd "$1" && pwd)
# shellcheck source=tests/program_checks.sh
. "$(dirname "$0")/program_checks.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
program=$bin/hadnet_ablate
export CUDA_VISIBLE_DEVICES='' HIP_VISIBLE_DEVICES=''
training=(--size 32 --synth-images 12 --batch 4 --afss-batches 1 --threads 1)
short=(--table afss-target --epochs 10 --stage-3-epochs 2)
holds() { grep -qF -- "$2" "$1"; }
same() { cmp -s "$1" "$2"; }
rows_of() { [ "$(grep -c ",$2,1,test," "$1")" = "$3" ]; } # CSV SEED COUNT
ends_with() { # STATUS COMMAND...
    local status=0
    "${@:2}" >out 2>err || status=$?
    [ "$status" = "$1" ]
}

check "a table of one seed" ends_with 0 "$program" "${short[@]}" --seeds 1 --out whole -- "${training[@]}"
check "... has a row for each of its rows" rows_of whole/table.csv 1 3
check "... prints what it wrote" holds out "$(sed -n 4p whole/table.txt)"
check "... begins stage 3 with the weights of stage 1" holds whole/seed-1/mask/log.txt "seed-1/stage-1/last.safetensors: "
check "... keeps no state that is not needed" [ ! -e whole/seed-1/mask/resume.safetensors ]
cp whole/seed-1/mask/last.safetensors before
check "a second seed" ends_with 0 "$program" "${short[@]}" --seeds 2 --out whole -- "${training[@]}"
check "... trains the second alone" same before whole/seed-1/mask/last.safetensors
check "... adds its rows" rows_of whole/table.csv 2 3
check "... has an interval" holds whole/table.txt " +- "

prints_last() { # TEXT ARGUMENT...: status 2, and one line on standard error that begins so
    ends_with 2 "$program" "${@:2}" && [[ $(cat err) == "hadnet_ablate: $1"* ]]
}

# ---- Cut off, and continued by the same command ----
cut=("$program" "${short[@]}" --seeds 1 --out cut -- "${training[@]}")
stops_at() { # SIGNAL STATUS: in the middle of the first run
    "${cut[@]}" >out 2>err &
    local pid=$! status=0
    for _ in $(seq 300); do
        [ -e cut/seed-1/stage-1/resume.safetensors ] && break
        sleep 0.1
    done
    kill "-$1" $pid
    wait $pid 2>/dev/null || status=$?
    [ "$status" = "$2" ]
}
ended() { # the run's lock is free
    for _ in $(seq 100); do
        flock -n cut/seed-1/stage-1 true && return
        sleep 0.1
    done
    return 1
}
check "SIGTERM" stops_at TERM 130
check "... says how to go on" holds err "the same command goes on"
check "... leaves no run behind" ended
check "the same command" ends_with 0 "${cut[@]}"
check "... resumes" holds cut/seed-1/stage-1/log.txt "hadnet_train --resume cut/seed-1/stage-1"
check "... gives the same bits" same before cut/seed-1/mask/last.safetensors
rm -r cut/seed-1
check "SIGKILL" stops_at KILL 137
check "... leaves no run behind" ended
rm -f cut/seed-1/stage-1/resume.safetensors # as if it had been killed before the first epoch's end
check "the same command" ends_with 0 "${cut[@]}"
check "... gives the same bits" same before cut/seed-1/mask/last.safetensors

# ---- Refusals ----
check "another table in the folder" refuses "--table curvature differs" --table curvature --out whole -- "${training[@]}"
check "other training options" refuses "--training" "${short[@]}" --out whole -- --size 32
check "what the table decides" refuses "--seed behind --" "${short[@]}" --out other -- --seed 3
check "an unknown training option" refuses "unknown option --siz; did you mean --size" "${short[@]}" -- --siz 32
check "a dataset without its folder" refuses "--dataset neu-seg needs --data" "${short[@]}" -- --dataset neu-seg
check "a training option before --" refuses "unknown option --size" "${short[@]}" --size 32
check "a run that fails" prints_last "hadnet_train failed" "${short[@]}" --out failed -- "${training[@]}" --lr 1e30
check "... names its log" [ -s failed/seed-1/stage-1/log.txt ]
printf '{"miou_all": x}' >whole/seed-1/hst/test.json
check "a damaged evaluation" refuses "whole/seed-1/hst/test.json: byte" "${short[@]}" --seeds 2 --out whole -- "${training[@]}"
finish

#!/usr/bin/env bash
# What programs print about themselves, and settings from a file. Usage: test_help.sh FOLDER_OF_PROGRAMS
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
runs() { timeout 120 "$@" >out 2>err || { echo "    $(head -c 600 err)"; return 1; }; }
holds() { grep -qF -- "$2" "$1"; }
completes() { # SCRIPT EXPECTED WORD...: bash offers that for the last word
    local script=$1 expected=$2 name=${1##*/}
    shift 2
    local offered
    # shellcheck disable=SC2016
    offered=$(bash --norc -c 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); "_$1"; echo "${COMPREPLY[*]}"' \
        bash "$script" "$name" "$@" 2>&1)
    [ "$offered" = "$expected" ] || { echo "    offered: $offered"; return 1; }
}

for name in hadnet_train hadnet_eval hadnet_predict hadnet_export hadnet_data hadnet_report hadnet_ablate; do
    check "$name --help" runs "$bin/$name" --help
    check "... lists the exit statuses" holds out "Exit status:"
    grep -oE '^  --[a-z0-9-]+' out | sed 's/^  //' | grep -vE '^--(help|version|completion|man)$' >options
    check "... and options" test -s options
    check "$name --version" runs "$bin/$name" --version
    check "... is of HADNet" grep -qE "^$name, HADNet [0-9.]+$" out
    check "$name --man" runs "$bin/$name" --man
    sed 's/\\-/-/g; s/\\fB//; s/\\fR.*//' out | grep -oE '^--[a-z0-9-]+$' >manual
    check "... has the same options" cmp -s options manual
    check "$name --completion bash" runs "$bin/$name" --completion bash
    cp out "$name"
    check "... is a script" bash -n "$name"
    check "... completes every option" completes "$name" "$(tr '\n' ' ' <options)--help --version" ""
    check "$name --completion zsh" runs "$bin/$name" --completion zsh
    check "... has every option" test "$(grep -cF "'--" out)" -ge "$(wc -l <options)"
done
check "a choice is completed" completes hadnet_train "hyperbolic" --space hyp
check "a number is not" completes hadnet_train "" --epochs 1
check "another shell" refuses "unknown option --completion" --completion fish
check "no shell" refuses "unknown option --completion" --completion
check "options are grouped" grep -qE "^(Network|Training):$" <("$program" --help)

# ---- Settings from a file ----
small=(--size 48 --synth-images 24 --batch 4 --afss-batches 3 --seed 5 --epochs 2 --space euclidean --threads 1)
check "a run" runs "$program" "${small[@]}" --out one
check "the same from its settings" runs "$program" --settings one/settings.txt --out two
check "... gives the same bits" cmp -s one/last.safetensors two/last.safetensors
check "another seed" runs "$program" --settings one/settings.txt --seed 6 --space hyperbolic --out three
check "... is taken" grep -qx "seed = 6" three/settings.txt
check "... against the file" grep -qx "space = hyperbolic" three/settings.txt
check "... which gives the rest" grep -qx "size = 48" three/settings.txt
printf 'size = 48\nspeed = 3\n' >bad.txt
check "an unknown setting" refuses "bad.txt line 2: unknown setting 'speed'" --settings bad.txt
check "no such file" refuses "none.txt" --settings none.txt
check "with --resume" refuses "--settings and --resume exclude each other" --settings one/settings.txt --resume one
finish

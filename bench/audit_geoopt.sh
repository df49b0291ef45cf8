#!/usr/bin/env bash
# audit_geoopt.sh - makes hyp/audit/geoopt_errors.csv: formula, precision, depth, errors of value and
# gradient (1: no digit) of PyTorch with geoopt, from the digits of hyp_audit --compare, with one
# decimal. Needs Python with torch, geoopt, numpy, safetensors, and ./hyp_audit built.
cd "$(dirname "$0")/.." || exit 1
results=$(mktemp)
trap 'rm -f "$results"' EXIT
python3 bench/audit_geoopt.py "$results" || exit
./hyp_audit --compare "$results" >"$results.txt"
awk -F'[ ,/]+' '
    /^[a-z_]+\/(float|double), / { formula = $1; type = $2 }
    $6 ~ /^[0-9.]+$/ && $2 ~ /^[0-9]+$/ { # not rows of vague points; the sum of x and x is twice as deep
        printf "\"%s\",\"%s\",%g,%.1e,%.1e,\n", formula, type, $3 * (formula == "mobius_gap" ? 2 : 1), 10 ^ -$4, 10 ^ -$5
    }' "$results.txt" >hyp/audit/geoopt_errors.csv
rm -f "$results.txt"

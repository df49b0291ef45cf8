#!/usr/bin/env bash
# `./build.sh run`, and with it examples/own_op.c: an op from outside the library, with a GPU kernel, that
# op_check passes; and what op_check says of its copies with one thing wrong in each.
# Usage: test_own_op.sh
root=$(realpath "$(dirname "$0")/..")
program=own_op
# shellcheck source=tests/program_checks.sh
. "$root/tests/program_checks.sh"
work=$(mktemp -d)
trap 'rm -rf "$work" "$root"/build/*/run/objects/*/"$work"' EXIT
cd "$work" || exit 1

# A level at which this type's objects are there already, or else this machine's.
level_of() { # float|double
    local folder
    folder=$(find "$root/build/${CC%% *}" -maxdepth 1 -name "emulated-$1-*" ! -name '*-warp*' 2>/dev/null | head -n 1)
    echo "--level=${folder:+${folder##*-}}" | sed 's/=$/=native/'
}

run() { # [OPTION...] FILE ARGUMENT...
    "$root/build.sh" run "$(level_of float)" "$@" >out 2>log
}

run_double() {
    "$root/build.sh" run "$(level_of double)" --double "$@" >out 2>log
}

says() { # WORDS COMMAND...: status 0 and a line with these words
    "${@:2}" && grep -q "$1" out || { tail -n 3 out log >&2; false; }
}

finds() { # WORDS COMMAND...: status 1 and a line with these words
    local status=0
    "${@:2}" || status=$?
    [ $status = 1 ] && grep -q "$1" out || { tail -n 3 out log >&2; false; }
}

with() { # EXPRESSION NAME: a copy of the example that sed has changed
    sed "$1" "$root/examples/own_op.c" >"$2" && ! cmp -s "$root/examples/own_op.c" "$2"
}

check "own_op.c has at most 80 lines" test "$(wc -l <"$root/examples/own_op.c")" -le 80
check "own_op.c passes in float, and says that gradients need double" \
    says 'op swish: 0 of [1-9][0-9]* checks failed.*gradients (they need.*values of the GPU' run "$root/examples/own_op.c"
check "own_op.c passes in double, with its gradients" \
    says 'op swish: 0 of [1-9][0-9]* checks failed.* [1-9][0-9]* slopes of gradients.*values of the GPU' run_double "$root/examples/own_op.c"
if nvidia-smi -L >/dev/null 2>&1; then
    check "own_op.c passes on the emulated GPU" says 'emulated GPU' run --gpu=none "$root/examples/own_op.c"
fi

check "a copy with a wrong derivative" with 's/x \* s \* (1 - s)/x * s * (1 - s * s)/' derivative.c
check "is found, with op, case, input and element" \
    finds '^op swish, odd, gradient: inputs 0x1: gradient of input 0, element 0: found .*, expected ' run_double --gpu=none derivative.c
check "a copy whose kernel leaves one element out" with 's/if (i < a->n)/if (i + 1 < a->n)/' kernel.c
check "is found" finds '^op swish, odd, the GPU against the CPU: forward, element 104: found -*nan' run --gpu=none kernel.c
check "a copy that overwrites gradients" with 's/gradient_store(work->to, i, \(.*\));/work->to.data[i] = \1;/' overwrite.c
check "is found in float too" finds '^op swish, odd, gradients accumulate: gradient of input 0' run --gpu=none overwrite.c
check "a copy with a wrong value" with 's/: x \* s)/: s)/' value.c
check "is found by its oracle" finds '^op swish, odd, forward against the oracle: element 0: found' run --gpu=none value.c
check "a copy without probe" with 's/, .probe = .*$/,/' probe.c
check "is refused" finds '^op swish has no probe' run --gpu=none probe.c

cat >plain.c <<'END'
#include "tensor/tensor.h"
#include <stdio.h>
int main(int count, char **arguments) {
    const Shape shape = shape_2(3, 5);
    return count != 3 ? 3 : printf("%s %s %lld\n", arguments[1], arguments[2], (long long)shape_elements(&shape)) < 0;
}
END
check "a file is run where build.sh was called, with its own arguments" says '^--gpu=cuda a b 15$' run --gpu=none plain.c --gpu=cuda 'a b'
check "a file that is not there is refused" eval '! run absent.c && grep -q "run: no file .absent.c." log'
finish

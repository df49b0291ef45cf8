#!/usr/bin/env bash
# Every program in examples/, built as a user builds it, against an installation: whether it ends with
# status 0 and says what it claims. One with kernels of a GPU needs the source tree: test_own_op.sh. Usage: test_examples.sh FOLDER_OF_PROGRAMS - INSTALLATION
here=$(realpath "$(dirname "$0")")
bin=$(realpath "$1")
installed=$(realpath -m "$3") # seen from every folder
program=examples
# shellcheck source=tests/program_checks.sh
. "$here/program_checks.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
# Threads that wait leave the cores to others; a user's machine has nothing else to do.
export GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-100} KMP_BLOCKTIME=${KMP_BLOCKTIME:-0}
[ -d "$installed" ] || { echo "0 passed, 0 failed"; exit 0; }

# As pkg-config says them.
package=$installed/lib/pkgconfig/hadnet.pc
read -r -d '' -a flags < <(sed -n 's/^\(Cflags\|Libs\): //p' "$package" |
    sed "s,\${libdir},$installed/lib,g; s,\${includedir},$installed/include/hadnet,g"; printf '\0')

compiles() { # NAME
    # shellcheck disable=SC2086
    ${CC:-cc} -O2 -Wall -Wextra -Werror "$here/../examples/$1.c" "${flags[@]}" -o "$1" 2>log || { cat log >&2; false; }
}

claims() { # EXPRESSION NAME ARGUMENT...: status 0, and a last line that is so
    local name=$2
    "./$name" "${@:3}" >"$name.out" 2>"$name.err" && tail -n 1 "$name.out" | grep -qxE "$1" ||
        { tail -n 3 "$name.out" "$name.err" >&2; false; }
}

# Whether each picture of the example has the values of the top left part of the program's, which has a
# palette and may have a scale below.
cat >same_values.c <<'END'
#include "data/data.h"
#include <stdio.h>
#include <string.h>
int main(int argc, char **argv) {
    Error error;
    Image ours, theirs;
    if (argc < 3 || !image_read_labels(argv[1], &ours, &error) || !image_read_labels(argv[2], &theirs, &error))
        return puts(error.text), 1;
    if (ours.width > theirs.width || ours.height > theirs.height) return 1;
    for (size_t y = 0; y < (size_t)ours.height; y++)
        if (memcmp(ours.pixels + y * (size_t)ours.width, theirs.pixels + y * (size_t)theirs.width, (size_t)ours.width))
            return 1;
    return 0;
}
END
${CC:-cc} same_values.c "${flags[@]}" -o same_values

# What each says, and the arguments it is given: a weight file, an image.
declare -A says=(
    [mlp]='(99|100)\.[0-9]% of the points are on their spiral, at least 99% expected'
    [poincare_embedding]='mean average precision 0\.[0-9]* in the plane, (0\.[89]|1\.0)[0-9]* in the ball'
    [image_classifier]='(9[5-9]|100)\.[0-9]% right, the same answers'
    [own_formula]='the usual form is caught, the other keeps its digits to depth 20'
    [embed_predict]='[0-9]+ regions are the defects of the mask'
)
declare -A arguments=([embed_predict]="run/best.safetensors image.png")

"$bin/hadnet_train" --device cpu --size 32 --synth-images 12 --batch 4 --epochs 2 --afss-batches 1 --out run >log 2>&1 || cat log
cp run/overlays.png image.png
for source in "$here"/../examples/*.c; do
    name=$(basename "$source" .c)
    check "$name.c has at most 80 lines" test "$(wc -l <"$source")" -le 80
    ! grep -q '#include "cuda/' "$source" || continue
    check "$name.c compiles" compiles "$name"
    # shellcheck disable=SC2086
    check "$name does what it claims" claims "${says[$name]:-.*}" "$name" ${arguments[$name]:-}
done

check "hadnet_predict answers for the same image" "$bin/hadnet_predict" --device cpu --weights run/best.safetensors --out . image.png >log
check "with the same mask, byte for byte" ./same_values mask.png image_mask.png
check "and the same scores" ./same_values score.png image_score.png
check "which are not those of the mask" eval '! ./same_values mask.png image_score.png'
check "the ball is drawn" test -s poincare_embedding.png

# The claims can fail.
check "a weight file that is none is refused" eval '! ./embed_predict image.png >out && grep -q "^image.png: " out'
sed 's/STEPS = 600/STEPS = 6/' "$here/../examples/mlp.c" >hasty.c
check "a perceptron that has hardly learned" eval '${CC:-cc} hasty.c "${flags[@]}" -o hasty && ! ./hasty >out'
finish

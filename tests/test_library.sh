#!/usr/bin/env bash
# The library as programs and users meet it: which names it exports, which level the loader takes, when
# kernels of a GPU are loaded, what links with it, and README's example on an installation.
# Usage: test_library.sh FOLDER_OF_PROGRAMS HADNET_TRAIN_WITH_AN_EMULATED_GPU INSTALLATION
here=$(realpath "$(dirname "$0")")
folder=$(realpath "${1:-.}")
emulated=$(realpath -m "$2")
installed=$(realpath -m "$3") # seen from every folder
program=$folder/hadnet_train
. "$here/program_checks.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
small=(--device cpu --size 32 --synth-images 12 --batch 4 --afss-batches 2 --epochs 2 --seed 5)

# ---- Names ----

exports_what_is_listed() { # LIBRARY
    nm -D --defined-only "$1" | awk '$3 !~ /^_/ { print $3 }' | LC_ALL=C sort |
        diff "$here/exported_names.txt" - >&2
}

for library in "$folder"/lib/libhadnet.so "$folder"/lib/glibc-hwcaps/*/libhadnet.so; do
    [ -e "$library" ] || continue
    check "${library#"$folder"/} exports the names of tests/exported_names.txt" exports_what_is_listed "$library"
done

# ---- Where programs are started ----

says_usage() {
    local text
    text=$("$@" --help) && [[ $text == *"usage: hadnet_train"* ]]
}

link_elsewhere() {
    ln -s "$program" "$work/train" && (cd "$work" && says_usage ./train)
}

check "a program starts from another folder" says_usage env -C "$work" "$program"
check "a program starts by a symbolic link" link_elsewhere

# ---- Levels ----

library_of() { # [NAME=VALUE...] COMMAND...: the library that the loader takes
    env LD_TRACE_LOADED_OBJECTS=1 "$@" | awk '$1 == "libhadnet.so" { print $3 }'
}

takes() { # LEVEL [NAME=VALUE...] COMMAND...: the level's library, or the common one for an empty level
    local level=$1
    shift
    [ "$(library_of "$@")" = "$folder/lib${level:+/glibc-hwcaps/$level}/libhadnet.so" ]
}

trains() { # NAME [NAME=VALUE...] COMMAND...
    local name=$1
    shift
    env "$@" "${small[@]}" --out "$work/$name" >"$work/out" 2>&1 || { tail -n 3 "$work/out" >&2; false; }
}

same_weights() {
    cmp "$work/$1/last.safetensors" "$work/$2/last.safetensors"
}

check_level() { # LEVEL TUNABLES MASK
    local level=${1:-x86-64} loader
    loader=$(ls /lib64/ld-linux-x86-64.so.2)
    local by_environment=("GLIBC_TUNABLES=glibc.cpu.hwcaps=$2" "$program")
    local by_loader=("$loader" --glibc-hwcaps-mask "$3" "$program")
    check "$level is taken where the environment asks for it" takes "$1" "${by_environment[@]}"
    check "$level is taken where the loader is asked for it" takes "$1" "${by_loader[@]}"
    check "a training at $level" trains "$level" "${by_environment[@]}"
    check "a training at $level, started by the loader" trains "$level-again" "${by_loader[@]}"
    check "both have the same weights" same_weights "$level" "$level-again"
}

if [ -d "$folder/lib/glibc-hwcaps" ]; then
    searched=$(/lib64/ld-linux-x86-64.so.2 --help | grep 'x86-64-v.*supported')
    check_level "" -AVX512F,-AVX2 none
    [[ $searched != *x86-64-v3* ]] || check_level x86-64-v3 -AVX512F x86-64-v3
    [[ $searched != *x86-64-v4* ]] || check_level x86-64-v4 -none x86-64-v3:x86-64-v4
fi

# ---- The GPU's kernels ----

loads_kernels() { # PROGRAM ARGUMENT...
    LD_DEBUG=files "$@" 2>&1 >/dev/null | grep -q 'calling init.*libhadnet_gpu.so'
}

loads_none() {
    ! loads_kernels "$@"
}

without_its_kernels() {
    mkdir -p "$work/bare/lib" && cp "$emulated" "$work/bare/hadnet_train" &&
        cp "$(dirname "$(realpath "$emulated")")/lib/libhadnet.so" "$work/bare/lib" &&
        program=$work/bare/hadnet_train refuses "device gpu: this program was built without GPU support" --device gpu --summary
}

check "kernels are loaded for --device gpu" loads_kernels "$emulated" --device gpu --summary
check "no kernels are loaded for --device cpu" loads_none "$emulated" --device cpu --summary
check "without their library --device gpu is refused in one line" without_its_kernels
if readelf -d "$folder/lib/libhadnet_gpu.so" 2>/dev/null | grep -q 'NEEDED.*libcuda' &&
    [[ $("$program" --device gpu --summary 2>&1) == *libcuda* ]]; then
    check "no kernels are loaded where there is no driver" loads_none "$program" --summary
fi

# ---- What links ----

# The first block of C in README.md.
sed -n '/^```c$/,/^```$/ { /^```/d; p }' "$here/../README.md" >"$work/mine.c"

flags_for() { # PACKAGE: as pkg-config says them
    local file=$installed/lib/pkgconfig/$1.pc prefix
    prefix=$(sed -n 's/^prefix=//p' "$file")
    sed -n 's/^\(Cflags\|Libs\): //p' "$file" | sed "s,\${libdir},$prefix/lib,g; s,\${includedir},$prefix/include/hadnet,g"
}

compiles() { # OUTPUT FLAGS...
    compiles_file mine.c "$@"
}

compiles_file() { # FILE OUTPUT FLAGS...
    # shellcheck disable=SC2086
    (cd "$work" && ${CC:-cc} "$1" "${@:3}" -o "$2" 2>"$work/log")
}

answers() { # COMMAND...
    "$@" 2>&1 | tail -n 1 | grep -qxE '(99|100)\.[0-9]% of the points are on their spiral, at least 99% expected'
}

refused_for() { # SYMBOL FLAGS...
    ! compiles mixed "${@:2}" && grep -q "undefined.*$1" "$work/log"
}

if [ -d "$installed" ]; then
    read -r -d '' -a float < <(flags_for hadnet; printf '\0')
    read -r -d '' -a double < <(flags_for hadnet-double; printf '\0')
    headers=-I$installed/include/hadnet
    check "README shows examples/mlp.c whole" cmp "$work/mine.c" "$here/../examples/mlp.c"
    check "README's example compiles with the flags of hadnet.pc" compiles float "${float[@]}"
    check "and computes what README says" answers "$work/float"
    check "the same in double" compiles double "${double[@]}"
    check "and that computes it too" answers "$work/double"
    check "the same with the library in it" compiles static "$headers" "$installed/lib/libhadnet.a" -fopenmp -lm -ldl
    check "and that computes it as well" answers "$work/static"
    check "double objects do not link with the float library" refused_for hadnet_real_is_double -DREAL_IS_DOUBLE "${float[@]}"
    check "nor with the archive" refused_for hadnet_real_is_double -DREAL_IS_DOUBLE "$headers" "$installed/lib/libhadnet.a" -fopenmp -lm -ldl
    check "float objects do not link with the double library" refused_for hadnet_real_is_float "${double[@]}" -UREAL_IS_DOUBLE
    check "an installed program starts" says_usage "$installed/bin/hadnet_train"

    # ---- The public headers, one for each room ----

    # Every exported name by its address, but for the programs and what the kernels of a GPU call.
    uses_all_names() {
        local header kernels
        kernels=$(cd "$here/.." && cat */*.h */*/*.h | sed -n 's/^FOR_GPU_KERNELS .*[ *]\([a-z0-9_]*\)(.*/\1/p')
        for header in "${rooms[@]}"; do echo "#include \"$header\""; done
        echo 'int main(void) { const void *const names[] = {'
        grep -vE '^(hadnet_[a-z]+|hyp_audit)_main$' "$here/exported_names.txt" | grep -vxF "$kernels" |
            sed 's/.*/(const void *)\&&,/'
        echo '}; for (unsigned i = 0; i < sizeof names / sizeof *names; i++) if (!names[i]) return 1; return 0; }'
    }

    example_of() { # HEADER: the program in its first comment
        sed -n '1,/\*\/$/ s,^ \*     ,,p' "$installed/include/hadnet/$1"
    }

    runs_example() { # HEADER TEXT
        example_of "$1" >"$work/example.c"
        compiles_file example.c example -Wall -Wextra -Werror "${float[@]}" && [ "$("$work/example" 2>&1)" = "$2" ] ||
            { cat "$work/log" >&2; false; }
    }

    is_installed_alone() { # HEADER
        echo "#include \"$1\"" >"$work/alone.c"
        compiles_file alone.c alone.o -c -std=c11 -Wall -Wextra -Werror "$headers" || { cat "$work/log" >&2; false; }
    }

    mapfile -t rooms < <(cd "$installed/include/hadnet" && for header in */*.h; do
        [ "${header%/*}.h" != "${header#*/}" ] || echo "$header"
    done)
    uses_all_names >"$work/all.c"
    check "the headers of the rooms declare every exported name" compiles_file all.c all -Wall -Werror "${float[@]}"
    check "and the library has them all" "$work/all"
    for header in $(cd "$installed/include/hadnet" && find . -name '*.h' -printf '%P\n' | LC_ALL=C sort); do
        check "$header is installed with all it includes" is_installed_alone "$header"
    done
    check "the program in tensor.h" runs_example tensor/tensor.h '[1,1,2,3]: 1 ... 6'
    check "the program in autograd.h" runs_example autograd/autograd.h '0.666667 1.33333 2'
    check "the program in nn.h" runs_example nn/nn.h 'loss below 1e-4: yes'
    check "the program in hyp.h" runs_example hyp/hyp.h $'distance 2.1972\ngradient 2.6667 0.0000'
    check "the program in data.h" runs_example data/data.h '8 images of 64 x 64, 4 classes'
    check "the program in hadnet.h" runs_example hadnet/hadnet.h 'best.safetensors: cannot open: No such file or directory'
    printf '#include "hadnet/hadnet.h"\n' >"$work/alone.cpp"
    if command -v g++ >/dev/null; then
        check "hadnet.h is for C++ too" env -C "$work" g++ -Wall -Wextra -Werror "$headers" -c alone.cpp
    fi
fi
finish

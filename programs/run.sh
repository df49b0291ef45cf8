# shellcheck shell=bash disable=SC2154 # it shares variables with build.sh
# run.sh - `./build.sh run FILE.c [ARGUMENT...]`: one file, compiled against the library and run where
# build.sh was called. build.sh sources it.

# A file that includes the porting layer has kernels of its own: those of the library are linked into the
# program with them.
has_kernels() { # FILE
    grep -q '^#include "cuda/port/gpu.h"' "$1"
}

# kernels_for FOLDER FILE: compiles the file, and the library's kernels, for the GPU that answers, else
# for the emulated one; sets kernels to the library's objects.
kernels_for() {
    local folder=$1 file=$2 type=float extra='' emulated
    [ -z "$double" ] || { type=double; extra=-DREAL_IS_DOUBLE; }
    case ${gpu_answers:+$gpu} in
        cuda)
            compile_kernels $type "$flags"
            compile "$folder" "$nvcc ${nvcc_flags/-Werror all-warnings/} $architectures $extra -Xcompiler -fopenmp,-Wno-missing-field-initializers -x cu" "$file" ;;
        hip)
            compile_kernels $type "$flags"
            compile "$folder" "hipcc ${hip_flags/-Werror/} $architectures $extra -fopenmp" "$file" ;;
        *)
            compile_emulated $type "${levels[0]}"
            mapfile -t kernels < <(objects_in "$build/emulated-$type-${levels[0]}$warp" "${emulated[@]}")
            compile "$folder" "$compiler ${flags/-Werror/} $extra ${GPU_WARP:+-DGPU_WARP=$GPU_WARP} $(level_flags "${levels[0]}")" "$file" ;;
    esac
}

run_file() {
    local file name folder library=$lib/libhadnet$double.so kernels=()
    [ $# -gt 0 ] || die "run needs a file: ./build.sh run FILE.c [ARGUMENT...]"
    file=$(cd "$called_from" && realpath -e "$1" 2>/dev/null) || die "run: no file '$1'"
    name=$(basename "$file" .c)$double
    folder=$build/run/objects/$name
    shift
    if [ -n "$double" ]; then build_double; else build_libraries; fi
    if has_kernels "$file"; then
        kernels_for "$folder" "$file"
    else
        compile "$folder" "$compiler ${flags/-Werror/} ${double:+-DREAL_IS_DOUBLE} $(level_flags "${levels[0]}")" "$file"
    fi
    local link_flags="-Wl,-rpath,$PWD/$lib $link_flags $gpu_libraries"
    link "$build/run/$name" "$folder/${file%.*}.o" "${kernels[@]}" "$library"
    file=$PWD/$build/run/$name
    cd "$called_from" || die "run: no folder $called_from"
    # Threads that wait leave the cores to others, as in the programs (threads_wait_politely).
    export GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-10000} KMP_BLOCKTIME=${KMP_BLOCKTIME:-0}
    exec "$file" "$@"
}

#!/usr/bin/env bash
# build.sh - the whole build.
#
#   ./build.sh            build the libraries in lib/ and every program at the repository root
#   ./build.sh install --prefix DIR    programs, libraries, headers and hadnet.pc; /usr/local by default
#   ./build.sh run [--double] FILE.c [ARGUMENT...]    compile one file against the library, at one
#                         instruction-set level, and run it; a file with GPU kernels of its own for
#                         the GPU that answers, or the emulated one
#   ./build.sh test       build and run every test; ends with "N passed, N failed"
#   ./build.sh test NAME...    only the tests with NAME in their names, built at one level, in seconds:
#                         tests in C, in float, double and on the emulated GPU; the op of that name, by
#                         op_check; test files. For instance relu, conv2d, op_check, test_graph, test_labels.sh
#   ./build.sh tests      build the test programs alone, in build/
#   ./build.sh debug      the tests and programs under Address-, UndefinedBehavior- and LeakSanitizer,
#                         in build/; `./build.sh debug test` runs the tests so
#   ./build.sh mutate     break the code in one place at a time; ends with how many breaks a test detected
#   ./build.sh gpu-report registers, spills, shared memory and occupancy of every GPU kernel
#   ./build.sh fuzz [SECONDS]   every fuzz target under clang's libFuzzer for so long (60)
#   ./build.sh clean      remove what was built
#
#   --gpu=cuda|hip|emu|none    the GPU that programs can use: NVIDIA's (the default where nvcc is
#                              found), AMD's, the emulated one, or none
#   --cudart=static|shared     how programs are linked with CUDA's runtime (static is the default)
#   --level=baseline|avx2|avx512|native    build for one instruction-set level alone, while working on the code
#   CC=clang ./build.sh        another compiler (gcc is the default, then clang, then cc)
#   GPU_WARP=64 ./build.sh test    emulate a GPU of 64 threads a warp in the tests
#
# Objects are rebuilt when a file they include changed (dependency files) or when a flag changed,
# programs when an input of their link changed.
# Each program is a main() linked with lib/libhadnet.so. That library is built for every x86-64
# machine, and also for AVX2 and for AVX-512, in folders from which the system's loader takes the best
# one for the machine. Where the loader does not choose, and on other machines, there is one library,
# for the machine that builds it. GPU kernels are a separate library, opened when a program asks for a
# GPU. Test programs are linked from objects, with the emulated GPU; where a GPU answers, the tests of
# kernels run on it too.
set -euo pipefail
called_from=$PWD
cd "$(dirname "$0")"

programs=(hadnet_train hadnet_eval hadnet_predict hadnet_export hadnet_data hadnet_report hadnet_ablate hyp_audit hadnet_bench)
jobs=$(nproc 2>/dev/null || echo 2)

die() {
    echo "build.sh: $*" >&2
    exit 2
}

# shellcheck source=cuda/build_gpu.sh
. cuda/build_gpu.sh
# shellcheck source=cuda/report/gpu_report.sh
. cuda/report/gpu_report.sh
# shellcheck source=programs/install.sh
. programs/install.sh
# shellcheck source=programs/run.sh
. programs/run.sh
# shellcheck source=tests/run_all.sh
. tests/run_all.sh
# shellcheck source=tests/named.sh
. tests/named.sh
# shellcheck source=tests/mutate.sh
. tests/mutate.sh
# shellcheck source=tests/fuzz/build_fuzz.sh
. tests/fuzz/build_fuzz.sh

find_compiler() {
    local candidate
    for candidate in ${CC:-gcc clang cc}; do
        command -v "$candidate" >/dev/null && { echo "$candidate"; return; }
    done
    die "no C compiler found; on Debian: apt-get install gcc libc6-dev"
}

need_stb() {
    echo '#include <stb/stb_image.h>' | "$compiler" -E -x c - >/dev/null 2>&1 && return
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "build.sh: installing libstb-dev (stb_image.h)" >&2
        { apt-get install -y -qq libstb-dev || { apt-get update -qq && apt-get install -y -qq libstb-dev; }; } \
            >/dev/null 2>&1 && return
    fi
    die "stb_image.h not found; run: sudo apt-get install libstb-dev"
}

# The flags of one instruction-set level.
level_flags() {
    case $1 in
        baseline) echo "-march=x86-64" ;;
        avx2) echo "-march=x86-64-v3" ;;
        avx512) echo "-march=x86-64-v4 -mprefer-vector-width=512" ;;
        native) [ "$(uname -m)" = x86_64 ] && echo "-march=native" || echo "-mcpu=native" ;;
    esac
}

# Whether this machine can run a level (as the loader decides).
can_run() {
    case $1 in
        avx2) grep -qw avx2 /proc/cpuinfo && grep -qw fma /proc/cpuinfo ;;
        avx512) can_run avx2 && grep -qw avx512bw /proc/cpuinfo && grep -qw avx512dq /proc/cpuinfo &&
            grep -qw avx512vl /proc/cpuinfo ;;
        *) true ;;
    esac
}

# Every C file of a room: of a folder here that is none of these.
sources_of_library() {
    find . -name '*.c' -not -path './build/*' -not -path './cuda/*' -not -path './tests/*' \
        -not -path './programs/*' -not -path './examples/*' -not -path './lessons/*' -not -path './.*/*' |
        sed 's,^\./,,' | LC_ALL=C sort
}

# stale OBJECT: whether it must be rebuilt, by the dependency file the compiler left beside it.
stale() {
    local object=$1 words word
    [ -e "$object" ] && [ -e "${object%.o}.d" ] || return 0
    words=$(<"${object%.o}.d")
    words=${words#*:}
    for word in ${words//\\/ }; do
        [ "$word" -nt "$object" ] && return 0
        [ -e "$word" ] || return 0
    done
    return 1
}

# compile FOLDER "COMMAND" SOURCE...: every stale object of the sources, in parallel.
compile() {
    local folder=$1 command source object
    command=$(tr -s ' ' <<<"$2") # an option left out leaves no trace
    shift 2
    mkdir -p "$folder"
    if [ "$(cat "$folder/flags" 2>/dev/null)" != "$command" ]; then
        rm -rf "$folder"
        mkdir -p "$folder"
        echo "$command" >"$folder/flags"
    fi
    for source in "$@"; do
        object=$folder/${source%.*}.o
        stale "$object" || continue
        mkdir -p "${object%/*}"
        printf '%s\0' "$command -MMD -MF ${object%.o}.d -c $source -o $object.new && mv $object.new $object"
    done | xargs -0 -r -n 1 -P "$jobs" sh -c
}

objects_in() { # FOLDER SOURCE...
    local folder=$1 source
    shift
    for source in "$@"; do echo "$folder/${source%.*}.o"; done
}

# made OUTPUT "COMMAND" PART...: whether OUTPUT is up to date with COMMAND and the parts.
made() {
    local output=$1 command=$2 part
    shift 2
    [ -e "$output" ] && [ "$(cat "$(record_of "$output")" 2>/dev/null)" = "$command" ] || return
    for part in "$@"; do [ "$part" -nt "$output" ] && return 1; done
    return 0
}

# The file that records the command which made OUTPUT.
record_of() {
    echo "build/made-by/${1//\//_}"
}

# keep OUTPUT "COMMAND": rename the complete OUTPUT.new to OUTPUT.
keep() {
    mkdir -p build/made-by
    mv "$1.new" "$1"
    echo "$2" >"$(record_of "$1")"
}

# link OUTPUT PART...: unless it is made.
link() {
    local output=$1 command
    shift
    command="$compiler $* $link_flags"
    made "$output" "$command" "$@" && return
    # shellcheck disable=SC2086
    "$compiler" "$@" -o "$output.new" $link_flags
    keep "$output" "$command"
}

# link_shared OUTPUT PART...: a shared library.
link_shared() {
    local output=$1
    local link_flags="-shared -Wl,-soname,${output##*/} -Wl,-Bsymbolic-functions $link_flags"
    shift
    mkdir -p "${output%/*}"
    link "$output" "$@"
}

# link_program OUTPUT RUN_PATH LIBRARY: a main() linked with the library, which the program looks for
# in the folder RUN_PATH, relative to its own.
link_program() {
    local output=$1 library=$3 name=${1##*/}
    local folder=$build/main/$name link_flags="-Wl,--enable-new-dtags,-rpath,\$ORIGIN/$2 $link_flags"
    compile "$folder" "$compiler $flags $(level_flags "${levels[0]}") -DPROGRAM_MAIN=${name}_main" programs/main.c
    mkdir -p "${output%/*}"
    link "$output" "$folder/programs/main.o" "$library"
}

# Where in lib/ the library of a level lies, for the loader to find: the first level serves every
# machine, a better one lies where glibc looks before.
level_folder() {
    case $1 in
        "${levels[0]}") ;;
        avx2) echo /glibc-hwcaps/x86-64-v3 ;;
        avx512) echo /glibc-hwcaps/x86-64-v4 ;;
    esac
}

# Whether the system's loader chooses among levels: glibc's does from 2.33 on.
loader_chooses() {
    local version
    version=$(getconf GNU_LIBC_VERSION 2>/dev/null) || return
    version=${version#glibc }
    [ "${version%%.*}" -gt 2 ] || [ "${version#*.}" -ge 33 ]
}

build_libraries() {
    local level best sources parts kernels
    mapfile -t sources < <(sources_of_library)
    best=$(best_level float)
    for level in "${levels[@]}"; do
        compile "$build/float-$level" "$compiler $flags $(level_flags "$level")" "${sources[@]}"
        mapfile -t parts < <(objects_in "$build/float-$level" "${sources[@]}")
        link_shared "$lib$(level_folder "$level")/libhadnet.so" "${parts[@]}"
        [ "$level" != "$best" ] || archive "$lib/libhadnet.a" "${parts[@]}"
    done
    forget_other_levels
    compile_kernels float "$flags $(level_flags "${levels[0]}")"
    link_kernels "$lib" "${kernels[@]}"
}

# Otherwise the loader would prefer a library that an earlier build made for another level.
forget_other_levels() {
    local level kept=' '
    for level in "${levels[@]}"; do kept+="$lib$(level_folder "$level")/libhadnet.so "; done
    for level in "$lib"/glibc-hwcaps/*/libhadnet.so; do
        case $kept in *" $level "*) ;; *) rm -f "$level" ;; esac
    done
}

# link_kernels FOLDER OBJECT...: the library that a program opens when a GPU is asked for; none without
# objects. It names the driver as a dependency, so the loader refuses it where there is no driver.
link_kernels() {
    local folder=$1 link_flags="-Wl,--exclude-libs,ALL $link_flags $gpu_libraries $driver"
    shift
    [ $# -gt 0 ] || { rm -f "$folder/libhadnet_gpu.so"; return; }
    [ "$debug" = yes ] || link_flags+=" -Wl,-z,defs" # what they call must be exported
    link_shared "$folder/libhadnet_gpu.so" "$@" "$folder/libhadnet.so"
}

# archive OUTPUT PART...: a static library.
archive() {
    local output=$1
    shift
    made "$output" "$*" "$@" && return
    rm -f "$output.new"
    ar rcs "$output.new" "$@"
    keep "$output" "$*"
}

# The library of the other number type, for checking gradients.
build_double() {
    local sources parts folder=$build/double-${levels[0]}
    mapfile -t sources < <(sources_of_library)
    compile "$folder" "$compiler $flags -DREAL_IS_DOUBLE $(level_flags "${levels[0]}")" "${sources[@]}"
    mapfile -t parts < <(objects_in "$folder" "${sources[@]}")
    link_shared "$lib/libhadnet-double.so" "${parts[@]}"
}

build_programs() {
    local program
    build_libraries
    for program in "${programs[@]}"; do link_program "$programs_at/$program" lib "$lib/libhadnet.so"; done
}

# One test program per number type and level: build/.../tests-float-avx2. They contain the emulated
# GPU. Where a GPU answers, the same tests are also linked with its kernels.
build_tests() {
    local type level folder parts library tests=() file extra emulated
    mapfile -t library < <(sources_of_library)
    for type in float double; do
        extra=
        [ $type = double ] && extra=-DREAL_IS_DOUBLE
        for level in $(test_levels $type); do
            tests=()
            for file in tests/*.c; do
                case $type/$level/$file in
                    float/*_double.c | double/*_float.c) ;;
                    */test_gpu_*) [ "$level" = "$(best_level $type)" ] && tests+=("$file") ;;
                    *) tests+=("$file") ;;
                esac
            done
            folder=$build/$type-$level
            compile "$folder" "$compiler $flags $extra $(level_flags "$level")" "${library[@]}"
            compile "$folder-tests$warp" "$compiler $flags $extra ${GPU_WARP:+-DGPU_WARP=$GPU_WARP} $(level_flags "$level")" "${tests[@]}"
            mapfile -t parts < <(objects_in "$folder" "${library[@]}"; objects_in "$folder-tests$warp" "${tests[@]}")
            if [ "$level" = "$(best_level $type)" ]; then
                [ -z "$gpu_answers" ] || build_gpu_tests $type "${parts[@]}"
                compile_emulated "$type" "$level"
                mapfile -t -O ${#parts[@]} parts < <(objects_in "$build/emulated-$type-$level$warp" "${emulated[@]}")
                [ $type = double ] || build_emulated_training "$level"
            fi
            link "$build/tests-$type-$level$warp" "${parts[@]}"
        done
    done
}

# The kernels for the emulated GPU; sets emulated to their sources.
compile_emulated() { # TYPE LEVEL
    local extra=
    [ "$1" = float ] || extra=-DREAL_IS_DOUBLE
    mapfile -t emulated < <(sources_of_kernels; ls cuda/port/emulated/*.c)
    compile "$build/emulated-$1-$2$warp" "$compiler -x c $flags $extra ${GPU_WARP:+-DGPU_WARP=$GPU_WARP} $(level_flags "$2")" "${emulated[@]}"
}

# $build/hadnet_train-emulated, for tests/test_gpu_training.sh: a link to a program with the library of
# its kernels beside it.
build_emulated_training() { # LEVEL
    local parts name=emulated$warp
    mapfile -t parts < <(objects_in "$build/float-$1" "${library[@]}")
    link_shared "$build/$name/lib/libhadnet.so" "${parts[@]}"
    mapfile -t parts < <(objects_in "$build/emulated-float-$1$warp" "${emulated[@]}")
    local gpu_libraries='' driver=''
    link_kernels "$build/$name/lib" "${parts[@]}"
    link_program "$build/$name/hadnet_train" lib "$build/$name/lib/libhadnet.so"
    ln -sfn "$name/hadnet_train" "$build/hadnet_train-emulated$warp"
}

build_gpu_tests() { # TYPE PART...: for the GPU that answers, without the tests of the emulator
    local type=$1 kernels part parts=() link_flags="$link_flags $gpu_libraries"
    shift
    for part in "$@"; do [[ $part == */test_gpu_emulated.o ]] || parts+=("$part"); done
    compile_kernels "$type" "$flags"
    link "$build/tests-$type-$gpu" "${parts[@]}" "${kernels[@]}"
}

# Float tests run at every level this machine has; double ones at the lowest alone.
test_levels() {
    local level
    for level in "${levels[@]}"; do
        can_run "$level" && echo "$level"
        [ "$1" = float ] || break
    done
}

best_level() {
    test_levels "$1" | tail -n 1
}

# An installation of what was built, for tests/test_library.sh.
install_for_tests() {
    local prefix=$PWD/$build/installed
    install_all
}

run_tests() {
    local tests best level script
    best=$(best_level float)
    tests=("$build/tests-double-${levels[0]}$warp" "$build/tests-float-$best$warp") # the longest first
    for level in $(test_levels float); do # the other levels differ in the kernels alone
        [ "$level" = "$best" ] || tests+=("$build/tests-float-$level$warp kernel")
    done
    for script in tests/test_*.sh; do tests+=("$(with_arguments "$script")"); done
    # What a real GPU computes.
    [ -z "$gpu_answers" ] || tests+=("$build/tests-float-$gpu gpu_" "$build/tests-double-$gpu gpu_")
    run_all "${tests[@]}"
}

# with_arguments SCRIPT: the command that runs a shell test.
with_arguments() {
    echo "bash $1 $programs_at $build/hadnet_train-emulated$warp $build/installed"
}

compiler=$(find_compiler)
flags="-std=c11 -D_GNU_SOURCE -I. -O3 -g1 -Wall -Wextra -Wno-missing-field-initializers -Werror -fopenmp -ffp-contract=fast -fno-math-errno -fno-trapping-math -ffunction-sections"
flags+=" -fPIC -fvisibility=hidden -fno-semantic-interposition"
link_flags="-fopenmp -pthread -lm -ldl -Wl,--gc-sections"
build=build/${compiler##*/}
programs_at=.
lib=lib
levels=(native)
[ "$(uname -m)" != x86_64 ] || ! loader_chooses || levels=(baseline avx2 avx512)

gpu_wish=
level_wish=
cudart=static
warp=${GPU_WARP:+-warp$GPU_WARP} # in the names of tests of such a GPU
prefix=/usr/local
double= # -double where that library is asked for
words=()
while [ $# -gt 0 ]; do
    [ "${words[*]:0:1}" != run ] || [ ${#words[@]} -lt 2 ] || { words+=("$@"); break; } # the program's own
    case $1 in
        --gpu=*) gpu_wish=${1#*=} ;;
        --cudart=static | --cudart=shared) cudart=${1#*=} ;;
        --level=baseline | --level=avx2 | --level=avx512 | --level=native) level_wish=${1#*=} levels=("${1#*=}") ;;
        --double) double=-double ;;
        --prefix=*) prefix=$(realpath -m "${1#*=}") ;;
        --prefix) [ $# -gt 1 ] || die "--prefix needs a folder"; prefix=$(realpath -m "$2"); shift ;;
        -*) die "unknown option '$1'; expected --gpu=none|cuda|hip|emu, --level=baseline|avx2|avx512|native, --cudart=static|shared, --double or --prefix DIR" ;;
        *) words+=("$1") ;;
    esac
    shift
done
set -- "${words[@]}"
case ${GPU_WARP:-32} in 32 | 64) ;; *) die "GPU_WARP=$GPU_WARP: a warp has 32 or 64 threads" ;; esac

mode=${1:-programs}
debug=no
sanitizers=
if [ "$mode" = debug ]; then
    debug=yes
    sanitizers="-fsanitize=address,undefined -fno-sanitize-recover=all"
    flags="${flags/-O3 -g1/-O1 -g} $sanitizers -fno-omit-frame-pointer"
    link_flags="$link_flags $sanitizers"
    build=build/${compiler##*/}-debug
    programs_at=$build
    lib=$build/lib
    levels=(native)
    mode=${2:-programs}
    # The OpenMP runtime keeps its thread pool for the life of the process; that is no leak.
    export LSAN_OPTIONS=suppressions=tests/leaks.txt:print_suppressions=0
    # Memory that cannot be had is refused, as without the sanitizer.
    export ASAN_OPTIONS=allocator_may_return_null=1
fi

names=()
if [ "$mode" = test ]; then
    names=("${@:2}")
    [ "$debug" = no ] || names=("${@:3}")
    [ ${#names[@]} = 0 ] || mode=test-named
fi
if [ "$mode" = test-named ] || [ "$mode" = run ]; then
    [ -n "$level_wish" ] || levels=(native)
    programs_at=$build/one-level # what ./build.sh has built stays as it is
    lib=$programs_at/lib
fi
# The emulated GPU is built all the same; the kernels of a real one take long to compile.
[ "$mode" != test-named ] || : "${gpu_wish:=none}"
[ "$mode" != run ] || [ -n "$(list_gpus)" ] || : "${gpu_wish:=none}"

case $mode in
    programs | install | run | test | test-named | tests | gpu-report)
        choose_gpu "$gpu_wish"
        need_stb ;;
esac
case $mode in
    programs | install | test | tests) echo "$gpu_line" ;;
esac
case $mode in
    programs) build_programs ;;
    install) build_programs; build_double; install_all; echo "installed in ${DESTDIR:-}$prefix: programs in bin, libraries in lib, headers in include/hadnet" ;;
    test) build_programs; build_double; build_tests; install_for_tests; run_tests ;;
    run) run_file "${@:2}" ;;
    test-named) test_named "${names[@]}" ;;
    tests) build_tests ;;
    mutate) need_stb; mutate "${2:-}" ;;
    gpu-report) gpu_report ;;
    fuzz) need_stb; need_libfuzzer; build_fuzz; run_fuzz "${2:-60}" ;;
    clean) rm -rf build lib; rm -f "${programs[@]}" ;;
    *) die "unknown word '$mode'; expected nothing, install, run, test, tests, mutate, debug, gpu-report, fuzz or clean" ;;
esac

#!/usr/bin/env bash
# build.sh - the whole build.
#
#   ./build.sh            build every program at the repository root
#   ./build.sh test       build and run every test; ends with "N passed, N failed"
#   ./build.sh debug      the tests and programs under Address-, UndefinedBehavior- and LeakSanitizer,
#                         in build/; `./build.sh debug test` runs the tests so
#   ./build.sh clean      remove what was built
#
#   CC=clang ./build.sh   another compiler (gcc is the default, then clang, then cc)
#
# Objects are rebuilt when a file they include changed (dependency files) or when a flag changed.
# On x86-64 every program holds one copy of itself per instruction-set level; tensor/launch.c
# chooses at start. Other machines get one copy, for the machine that builds it.
set -euo pipefail
cd "$(dirname "$0")"

rooms=(tensor autograd nn hyp data hadnet)
programs=(hadnet/hadnet_train hadnet/hadnet_eval hadnet/hadnet_predict hyp/hyp_audit)
jobs=$(nproc 2>/dev/null || echo 2)

die() {
    echo "build.sh: $*" >&2
    exit 2
}

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

# Whether this machine can run a level (as tensor/launch.c decides).
can_run() {
    case $1 in
        avx2) grep -qw avx2 /proc/cpuinfo && grep -qw fma /proc/cpuinfo ;;
        avx512) can_run avx2 && grep -qw avx512bw /proc/cpuinfo && grep -qw avx512dq /proc/cpuinfo &&
            grep -qw avx512vl /proc/cpuinfo ;;
        *) true ;;
    esac
}

sources_of_library() {
    local room file
    for room in "${rooms[@]}"; do
        for file in "$room"/*.c; do
            [ -e "$file" ] || continue
            case " ${programs[*]} tensor/launch " in *" ${file%.c} "*) ;; *) echo "$file" ;; esac
        done
    done
}

# stale OBJECT: whether it must be rebuilt, by the dependency file the compiler left beside it.
stale() {
    local object=$1 words word
    [ -e "$object" ] && [ -e "${object%.o}.d" ] || return 0
    words=$(<"${object%.o}.d")
    for word in ${words//\\/ }; do
        case $word in *:) continue ;; esac
        [ "$word" -nt "$object" ] && return 0
        [ -e "$word" ] || return 0
    done
    return 1
}

# compile FOLDER "FLAGS" SOURCE...: every stale object of the sources, in parallel.
compile() {
    local folder=$1 flags=$2 source object language
    shift 2
    mkdir -p "$folder"
    if [ "$(cat "$folder/flags" 2>/dev/null)" != "$compiler $flags" ]; then
        rm -rf "$folder"
        mkdir -p "$folder"
        echo "$compiler $flags" >"$folder/flags"
    fi
    for source in "$@"; do
        object=$folder/${source%.*}.o
        stale "$object" || continue
        mkdir -p "${object%/*}"
        case $source in *.cu) language="-x c" ;; *) language= ;; esac
        printf '%s\0' "$compiler $flags -MMD -MF ${object%.o}.d $language -c $source -o $object.new && mv $object.new $object"
    done | xargs -0 -r -n 1 -P "$jobs" sh -c
}

objects_in() { # FOLDER SOURCE...
    local folder=$1 source
    shift
    for source in "$@"; do echo "$folder/${source%.*}.o"; done
}

# link OUTPUT ARGUMENT...: only when an argument is newer than the output.
link() {
    local output=$1 argument
    shift
    for argument in "$@"; do
        if [ ! -e "$output" ] || [ "$argument" -nt "$output" ]; then
            "$compiler" "$@" -o "$output.new" $link_flags
            mv "$output.new" "$output"
            return
        fi
    done
}

# isolate OBJECT SYMBOL PART...: one relocatable object whose only visible symbol is SYMBOL.
isolate() {
    local object=$1 symbol=$2 part
    shift 2
    for part in "$@"; do
        if [ ! -e "$object" ] || [ "$part" -nt "$object" ]; then
            ld -r -o "$object.new" "$@"
            objcopy --redefine-sym "main=$symbol" --keep-global-symbol="$symbol" "$object.new"
            mv "$object.new" "$object"
            return
        fi
    done
}

build_programs() {
    local level program name parts copies mains=() library
    mapfile -t library < <(sources_of_library)
    for program in "${programs[@]}"; do [ -e "$program.c" ] && mains+=("$program.c"); done
    for level in "${levels[@]}"; do
        compile "$build/float-$level" "$flags $(level_flags "$level")" "${library[@]}" "${mains[@]}"
    done
    [ "$debug" = yes ] || compile "$build/launch" "$flags $(level_flags "${levels[0]}")" tensor/launch.c
    for program in "${mains[@]%.c}"; do
        name=${program##*/}
        if [ "$debug" = yes ]; then
            mapfile -t parts < <(objects_in "$build/float-${levels[0]}" "$program.c" "${library[@]}")
            link "$programs_at/$name" "${parts[@]}"
            continue
        fi
        copies=("$build/launch/tensor/launch.o")
        for level in "${levels[@]}"; do
            mapfile -t parts < <(objects_in "$build/float-$level" "$program.c" "${library[@]}")
            isolate "$build/$name-$level.o" "program_main_$level" "${parts[@]}"
            copies+=("$build/$name-$level.o")
        done
        link "$programs_at/$name" "${copies[@]}"
    done
}

# The kernels of cuda/ for the emulated GPU, compiled as C: into $build/emulated-TYPE.
compile_emulated() { # TYPE "FLAGS"
    compile "$build/emulated-$1" "$2" cuda/*.cu cuda/emulated/*.c
}

# One test program per number type and level: build/.../tests-float-avx2. Those that run whole have
# the emulated GPU.
build_tests() {
    local type level folder parts library tests=() file extra
    mapfile -t library < <(sources_of_library)
    for type in float double; do
        extra=
        [ $type = double ] && extra=-DREAL_IS_DOUBLE
        for level in $(test_levels $type); do
            tests=()
            for file in tests/*.c; do
                case $type/$level/$file in
                    float/*_double.c | double/*_float.c) ;;
                    */test_gpu_*) [ "$level" = "$(test_levels $type | tail -n 1)" ] && tests+=("$file") ;;
                    *) tests+=("$file") ;;
                esac
            done
            folder=$build/$type-$level
            compile "$folder" "$flags $extra $(level_flags "$level")" "${library[@]}"
            compile "$folder-tests" "$flags $extra $(level_flags "$level")" "${tests[@]}"
            mapfile -t parts < <(objects_in "$folder" "${library[@]}"; objects_in "$folder-tests" "${tests[@]}")
            if [ "$level" = "$(test_levels $type | tail -n 1)" ]; then
                compile_emulated $type "$flags $extra $(level_flags "$level")"
                mapfile -t -O ${#parts[@]} parts < <(objects_in "$build/emulated-$type" cuda/*.cu cuda/emulated/*.c)
            fi
            link "$build/tests-$type-$level" "${parts[@]}"
        done
    done
}

# Float tests run at every level this machine has; double ones at the lowest alone.
test_levels() {
    local level
    for level in "${levels[@]}"; do
        can_run "$level" && echo "$level"
        [ "$1" = float ] || break
    done
}

run_tests() {
    # As tensor/launch.c does for programs: threads that wait do not take the core from one that works.
    export GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-1000} KMP_BLOCKTIME=${KMP_BLOCKTIME:-0}
    local passed=0 failed=0 program line best log=$build/test.log script
    best=$(test_levels float | tail -n 1)
    for program in "$build/tests-float-$best" "$build/tests-double-${levels[0]}" kernels tests/test_*.sh; do
        case $program in
            kernels) # the other levels differ in the kernels alone
                for level in $(test_levels float); do
                    [ "$level" = "$best" ] && continue
                    run_one "$build/tests-float-$level" kernel
                done ;;
            *.sh) [ -e "$program" ] && run_one bash "$program" "$programs_at" ;;
            *) run_one "$program" ;;
        esac
    done
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}

# run_one COMMAND...: show its output, add its "N passed, N failed" to the sums. A command that
# dies without that line counts as one failure.
run_one() {
    echo "== $*"
    local status=0
    "$@" 2>&1 | tee "$log" | sed '$ { /^[0-9]* passed, [0-9]* failed$/d }' || status=$?
    line=$(tail -n 1 "$log")
    if [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        echo "   $line"
        passed=$((passed + BASH_REMATCH[1]))
        failed=$((failed + BASH_REMATCH[2]))
        [ "$status" = 0 ] || [ "${BASH_REMATCH[2]}" != 0 ] || failed=$((failed + 1))
    else
        echo "FAILED: $* ended with status $status and without a count"
        failed=$((failed + 1))
    fi
}

compiler=$(find_compiler)
flags="-std=c11 -D_GNU_SOURCE -I. -O3 -g1 -Wall -Wextra -Werror -fopenmp -ffp-contract=fast -fno-math-errno -fno-trapping-math -ffunction-sections"
link_flags="-fopenmp -pthread -lm -Wl,--gc-sections"
build=build/$compiler
programs_at=.
if [ "$(uname -m)" = x86_64 ]; then levels=(baseline avx2 avx512); else levels=(native); fi

mode=${1:-programs}
debug=no
if [ "$mode" = debug ]; then
    debug=yes
    flags="${flags/-O3 -g1/-O1 -g} -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
    link_flags="$link_flags -fsanitize=address,undefined"
    build=build/$compiler-debug
    programs_at=$build
    levels=(native)
    mode=${2:-programs}
    # The OpenMP runtime keeps its thread pool for the life of the process; that is no leak.
    export LSAN_OPTIONS=suppressions=tests/leaks.txt:print_suppressions=0
fi

case $mode in
    programs) need_stb; build_programs ;;
    test) need_stb; build_programs; build_tests; run_tests ;;
    tests) need_stb; build_tests ;;
    clean) rm -rf build; for program in "${programs[@]}"; do rm -f "${program##*/}"; done ;;
    *) die "unknown word '$mode'; expected nothing, test, debug or clean" ;;
esac

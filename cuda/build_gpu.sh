# shellcheck shell=bash disable=SC2034,SC2154 # it shares variables with build.sh
# build_gpu.sh - the GPU half of build.sh, which sources it: which GPU the programs are for, how the
# kernels of cuda/ are compiled for it, and what programs are then linked with.
#
# choose_gpu sets
#     gpu              none, cuda, hip or emu
#     gpu_line         one line that says what was found and chosen
#     gpu_answers      cuda, hip: the name of the GPU that is here; empty when there is none
#     architectures    cuda, hip: the compiler's flags for the machine code and PTX to make
#     gpu_libraries    what a program with its kernels is linked with
#     driver           cuda: what their library is linked with besides
#     nvcc             its path; empty without a CUDA Toolkit

# No exceptions, no run-time types and no guards around local statics: with these the host half of a
# kernel file needs nothing of a C++ library, and programs are linked as C.
nvcc_flags="-std=c++20 -I. -O3 -Werror all-warnings -Xcompiler -Wall,-Wextra,-fno-exceptions,-fno-rtti,-fno-threadsafe-statics,-fPIC,-fvisibility=hidden"
hip_flags="-x hip -std=c++20 -I. -O3 -Wall -Wextra -Werror -fPIC -fvisibility=hidden -fno-exceptions -fno-rtti"

# Machine code for these where no GPU says what it is. 8.0 serves 8.6 and 8.9 too, 9.0 is Hopper,
# 12.0 the consumer's Blackwell.
usual_capabilities=(80 90 120)
# PTX of the least capability is always there, and of the first that has tensor cores for tf32 and
# asynchronous copies: the driver of any other GPU compiles the best that fits at the start.
least_capability=75
tensor_capability=80

find_nvcc() {
    command -v nvcc && return
    [ -x /usr/local/cuda/bin/nvcc ] && echo /usr/local/cuda/bin/nvcc
}

cuda_version() {
    "$nvcc" --version | sed -n 's/.*release \([0-9.]*\).*/\1/p'
}

# Whether nvcc can build at all: it may be older than C++20, lack a host compiler or the libraries.
# Asked once.
nvcc_works() {
    local seal=build/nvcc-works
    [ "$seal" -nt "$nvcc" ] && return
    mkdir -p build
    echo 'int main() { return 0; }' >build/probe.cu
    # shellcheck disable=SC2086
    "$nvcc" $nvcc_flags build/probe.cu -o build/probe >/dev/null 2>&1 && touch "$seal"
}

# "90 NVIDIA H100" for every GPU that the driver lists and the kernels can run on.
list_gpus() {
    local line
    nvidia-smi --query-gpu=compute_cap,name --format=csv,noheader 2>/dev/null | while read -r line; do
        [[ $line =~ ^([0-9]+)\.([0-9]),\ *(.*)$ ]] || continue
        [ "${BASH_REMATCH[1]}${BASH_REMATCH[2]}" -ge $least_capability ] || continue
        echo "${BASH_REMATCH[1]}${BASH_REMATCH[2]} ${BASH_REMATCH[3]}"
    done || true
}

# Which machine code to make: of the GPUs that are here, or the usual ones. All of it comes from the PTX
# that is made anyway: kernels ask for no more than tensor cores, and every further PTX costs its time.
choose_architectures() {
    local known capability capabilities list='' plain=compute_$least_capability tensor=compute_$tensor_capability
    known=$("$nvcc" --list-gpu-code)
    mapfile -t capabilities < <(list_gpus | cut -d' ' -f1 | sort -un)
    gpu_answers=$(list_gpus | head -n 1 | cut -d' ' -f2-)
    [ -n "$gpu_answers" ] || capabilities=("${usual_capabilities[@]}")
    for capability in "${capabilities[@]}"; do
        grep -qw "sm_$capability" <<<"$known" || continue
        if [ "$capability" -ge $tensor_capability ]; then tensor+=,sm_$capability; else plain+=,sm_$capability; fi
        list+="sm_$capability, "
    done
    architectures="-gencode arch=compute_$least_capability,code=[$plain]"
    architectures+=" -gencode arch=compute_$tensor_capability,code=[$tensor]"
    gpu_line="GPU: CUDA $(cuda_version)"
    if [ -n "$gpu_answers" ]; then
        gpu_line+=", ${list}PTX for sm_$least_capability and sm_$tensor_capability ($gpu_answers)"
    else
        gpu_line+=", no GPU answers: ${list}PTX for sm_$least_capability and sm_$tensor_capability"
    fi
}

# The kernels' library names the driver as what it needs, though it calls CUDA's runtime alone: where
# there is no driver the system's loader refuses it, and nothing of the runtime starts. An empty library
# of that name stands for the driver at link time.
need_driver() {
    local stub=build/driver/libcuda.so
    mkdir -p build/driver
    [ -e $stub ] || "$compiler" -shared -nostdlib -Wl,-soname,libcuda.so.1 -x c /dev/null -o $stub
    driver="-Wl,--push-state,--no-as-needed $stub -Wl,--pop-state"
}

# choose_gpu WISH: none, cuda, hip, emu, or empty for cuda where it can be had.
choose_gpu() {
    local root
    gpu=$1
    gpu_answers=
    architectures=
    gpu_libraries=
    driver=
    nvcc=$(find_nvcc) || nvcc=
    if [ -n "$gpu" ]; then
        gpu_line="GPU: none, as asked"
    elif [ "$debug" = yes ]; then
        gpu=none
        gpu_line="GPU: none in debug programs unless asked (--gpu=emu)"
    elif [ -z "$nvcc" ]; then
        gpu=none
        gpu_line="GPU: none (no nvcc); the programs run on the CPU"
    elif ! nvcc_works; then
        gpu=none
        gpu_line="GPU: none ($nvcc cannot build here; --gpu=cuda shows why)"
    else
        gpu=cuda
    fi
    case $gpu in
        none) ;;
        cuda)
            [ -n "$nvcc" ] || die "--gpu=cuda needs nvcc of the CUDA Toolkit, on PATH or in /usr/local/cuda/bin"
            choose_architectures
            root=$(dirname "$(dirname "$(realpath "$nvcc")")")
            gpu_libraries="-L$root/lib64 -L$root/lib"
            case $cudart in
                static) gpu_libraries+=" -lcudart_static -ldl -lrt" ;;
                shared) gpu_libraries+=" -Wl,-rpath,$root/lib64:$root/lib -lcudart" ;;
            esac
            need_driver ;;
        hip)
            command -v hipcc >/dev/null || die "--gpu=hip needs hipcc on PATH; on Debian: apt-get install hipcc"
            root=$(hipconfig --rocmpath)
            gpu_libraries="-L$root/lib -Wl,-rpath,$root/lib -lamdhip64"
            gpu_answers=$(rocm_agent_enumerator 2>/dev/null | grep '^gfx' | grep -vx gfx000 | sort -u | head -n 1) || true
            architectures="--offload-arch=${gpu_answers:-gfx90a --offload-arch=gfx1030}"
            gpu_line="GPU: HIP, ${gpu_answers:-no GPU answers: gfx90a and gfx1030}" ;;
        emu) gpu_line="GPU: emulated" ;;
        *) die "unknown --gpu=$gpu; expected none, cuda, hip or emu" ;;
    esac
}

# Every kernel of a GPU.
sources_of_kernels() {
    find cuda -name '*.cu' | LC_ALL=C sort
}

# compile_kernels TYPE "FLAGS": every kernel for the chosen GPU; sets kernels to the objects. FLAGS are
# the C compiler's, for the emulated GPU. What registers kernels runs before main, on whatever
# processor there is, so the level in FLAGS is the lowest.
compile_kernels() {
    local type=$1 extra='' folder sources
    mapfile -t sources < <(sources_of_kernels)
    [ "$type" = double ] && extra=-DREAL_IS_DOUBLE
    kernels=()
    case $gpu in
        none) return ;;
        cuda)
            folder=build/cuda/$type
            compile "$folder" "$nvcc $nvcc_flags $architectures $extra" "${sources[@]}" ;;
        hip)
            folder=build/hip/$type
            compile "$folder" "hipcc $hip_flags $architectures $extra" "${sources[@]}" ;;
        emu)
            folder=$build/emu-$type
            sources+=(cuda/port/emulated/*.c)
            compile "$folder" "$compiler -x c $2 $extra" "${sources[@]}" ;;
    esac
    mapfile -t kernels < <(objects_in "$folder" "${sources[@]}")
}

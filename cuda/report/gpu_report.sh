# shellcheck shell=bash disable=SC2034,SC2154 # it shares variables with build.sh
# gpu_report.sh - `./build.sh gpu-report`: what the compiler made of every kernel, for every NVIDIA
# architecture in use, without a GPU. It ends with status 1 when a kernel spills registers, or when
# its block fits on no multiprocessor.
#
# Registers, stack and spills are what ptxas says, threads and shared memory what the kernels are
# launched with, and occupancy follows from both. Instructions are counted in the machine code, which
# takes cuobjdump: found on PATH, in the toolkit, or where CUOBJDUMP says (it is a PyPI package too,
# nvidia-cuda-cuobjdump, which wants nvidia-cuda-nvdisasm beside it).

report_capabilities=(75 80 90 120) # 75 from the PTX that every program holds

find_cuobjdump() {
    local candidate
    for candidate in "${CUOBJDUMP:-cuobjdump}" "$(dirname "$(realpath "$nvcc")")/cuobjdump"; do
        command -v "$candidate" && return
    done
}

# One cubin, and what ptxas said of it, per kernel file.
compile_cubins() { # CAPABILITY
    local folder=build/report/sm_$1 source object
    for source in $(sources_of_kernels); do
        object=$folder/${source%.cu}.o
        stale "$object" || continue
        mkdir -p "${object%/*}"
        printf '%s\0' "$nvcc $nvcc_flags -cubin -arch=sm_$1 -Xptxas -v -MMD -MF ${object%.o}.d $source -o $object.new 2>${object%.o}.log && mv $object.new $object || { cat ${object%.o}.log >&2; exit 1; }"
    done | xargs -0 -r -n 1 -P "$jobs" sh -c
}

# The programs that say how kernels are launched, and how much the network's products have to do.
build_lists() {
    local gpu=emu folder=$build/float-${levels[0]} list library kernels parts
    mapfile -t library < <(sources_of_library)
    compile "$folder" "$compiler $flags $(level_flags "${levels[0]}")" "${library[@]}" cuda/report/kernel_list.c cuda/report/roofline.c
    compile_kernels float "$flags $(level_flags "${levels[0]}")"
    mkdir -p build/report
    for list in kernel_list roofline; do
        mapfile -t parts < <(objects_in "$folder" "cuda/report/$list.c" "${library[@]}")
        link "build/report/$list" "${parts[@]}" "${kernels[@]}"
    done
}

# Standard input: the kernel list, ptxas's words, the disassembly. Limits of a multiprocessor are those
# of the CUDA C++ Programming Guide, "Technical Specifications per Compute Capability": 65536
# registers in four parts, allocated 256 at a time to a warp; threads; blocks; KB of shared memory, of which a
# block takes 1 more than it asks for from 8.0 on.
report_table() { # CAPABILITY COUNTED
    awk -v capability="$1" -v counted="$2" '
        function least(a, b) { return a < b ? a : b }
        function resident_blocks(name,    warps, by_registers, bytes, blocks) {
            warps = threads[name] / 32
            by_registers = 4 * int(16384 / (256 * int((registers[name] + 7) / 8)))
            blocks = least(most_blocks, least(int(most_threads / threads[name]), int(by_registers / warps)))
            bytes = shared[name] + reserved
            return bytes ? least(blocks, int(shared_kb * 1024 / bytes)) : blocks
        }
        function count(pattern) { return $0 ~ pattern ? 1 : 0 }
        BEGIN {
            most_threads = capability == 75 ? 1024 : capability == 120 ? 1536 : 2048
            most_blocks = capability == 75 ? 16 : capability == 120 ? 24 : 32
            shared_kb = capability == 75 ? 64 : capability == 80 ? 164 : capability == 90 ? 228 : 100
            reserved = capability == 75 ? 0 : 1024
        }
        /^launched / { names[++n] = $2; threads[$2] = $3; shared[$2] = $4 }
        /Compiling entry function/ { split($0, quoted, "\047"); name = quoted[2]; sub(/_kernel$/, "", name) }
        /bytes stack frame/ { stack[name] += $1; spills[name] += $5 + $9 }
        /ptxas info.*: Used [0-9]+ registers/ { sub(/.*: Used /, ""); registers[name] = $1 }
        /^[ \t]*Function : / { name = $3; sub(/_kernel$/, "", name) }
        /^[ \t]*\/\*[0-9a-f]+\*\// {
            tensor[name] += count("HMMA")
            asynchronous[name] += count("LDGSTS")
            wide[name] += count("LDG\\.E\\.(.*\\.)?128")
            wide_shared[name] += count("LDS\\.(.*\\.)?128")
        }
        END {
            printf "\nsm_%s\n%-40s %7s %9s %6s %6s %7s %9s", capability, "kernel", "threads", "registers",
                "stack", "spills", "shared", "occupancy"
            printf " %5s %6s %7s %7s\n", "HMMA", "LDGSTS", "LDG.128", "LDS.128"
            for (i = n; i > 0; i--) {
                name = names[i]
                if (!(name in registers)) { bad = bad "kernel " name " was not compiled for sm_" capability "\n"; continue }
                blocks = resident_blocks(name)
                printf "%-40s %7d %9d %6d %6d %7d %8.0f%%", name, threads[name], registers[name], stack[name],
                    spills[name], shared[name], 100 * blocks * threads[name] / most_threads
                if (counted) printf " %5d %6d %7d %7d\n", tensor[name], asynchronous[name], wide[name], wide_shared[name]
                else printf " %5s %6s %7s %7s\n", "-", "-", "-", "-"
                if (spills[name]) bad = bad "kernel " name " spills " spills[name] " bytes on sm_" capability "\n"
                if (!blocks) bad = bad "no block of kernel " name " fits on sm_" capability "\n"
            }
            if (!n) bad = "no kernels found\n"
            printf "%s", bad
            exit bad != ""
        }'
}

gpu_report() {
    local capability cuobjdump known cubins status=0
    [ -n "$nvcc" ] || die "gpu-report needs nvcc of the CUDA Toolkit, on PATH or in /usr/local/cuda/bin"
    cuobjdump=$(find_cuobjdump) || cuobjdump=
    known=$("$nvcc" --list-gpu-code)
    build_lists
    echo "CUDA $(cuda_version). Threads of a block; registers of a thread; bytes of stack and spills of a thread, of"
    echo "shared memory of a block; occupancy: the share of a multiprocessor's threads that can be resident."
    if [ -n "$cuobjdump" ]; then
        echo "Instructions: tensor-core products, asynchronous copies, loads of 16 bytes (global, shared)."
    else
        echo "Instructions are not counted: no cuobjdump found (set CUOBJDUMP to its path)."
    fi
    for capability in "${report_capabilities[@]}"; do
        if ! grep -qw "sm_$capability" <<<"$known"; then
            echo "sm_$capability: this nvcc does not know it"
            continue
        fi
        compile_cubins "$capability"
        mapfile -t cubins < <(objects_in "build/report/sm_$capability" $(sources_of_kernels))
        {
            build/report/kernel_list | sed 's/^/launched /'
            cat "${cubins[@]/%.o/.log}"
            [ -z "$cuobjdump" ] || disassemble "${cubins[@]}"
        } | report_table "$capability" "$cuobjdump" || status=1
    done
    echo
    build/report/roofline
    return $status
}

disassemble() { # CUBIN...
    local cubin PATH=${cuobjdump%/*}:$PATH # nvdisasm, which it calls, lies beside it
    for cubin in "$@"; do "$cuobjdump" -sass "$cubin"; done
}

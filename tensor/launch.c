/* launch.c - main() of every program on x86-64.
 *
 * build.sh compiles the whole program once per instruction-set level, so that every loop in it may
 * use the widest vectors, and hides each copy behind one symbol. This file, compiled for the
 * oldest machine, looks at the processor and enters the best copy it can run. HADNET_ISA=baseline
 * or avx2 in the environment asks for a lower one.
 */
#include <stdlib.h>
#include <string.h>

int program_main_baseline(int argc, char **argv);
int program_main_avx2(int argc, char **argv);
int program_main_avx512(int argc, char **argv);

int main(int argc, char **argv) {
    const char *wish = getenv("HADNET_ISA");
    __builtin_cpu_init();
    const int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                     __builtin_cpu_supports("bmi2") && !(wish && !strcmp(wish, "baseline"));
    const int avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                       __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                       __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd") &&
                       !(wish && !strcmp(wish, "avx2"));
    if (avx512) return program_main_avx512(argc, argv);
    if (avx2) return program_main_avx2(argc, argv);
    return program_main_baseline(argc, argv);
}

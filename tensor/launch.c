/* launch.c - main() of every program: set up the process, then enter the best copy of the program.
 *
 * build.sh compiles the whole program once per instruction-set level, so that every loop in it may
 * use the widest vectors, and hides each copy behind one symbol. This file, compiled for the
 * oldest machine, looks at the processor and enters the best copy it can run. HADNET_ISA=baseline
 * or avx2 in the environment asks for a lower one.
 */
#include "tensor/cpu_quota.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Between two parallel loops OpenMP's threads wait in a busy loop, for milliseconds by default.
 * That starves whatever else wants a core, first of all the threads that load images: with one
 * core too few a training step takes ten times as long. A wait of some 200 microseconds bridges the
 * gaps within a kernel; one of 20 sends threads to sleep in the middle of a matrix product.
 * The runtime reads its environment before main, so the program is started over once. */
static void wait_politely(char **argv) {
    if (getenv("OMP_WAIT_POLICY") || getenv("GOMP_SPINCOUNT") || getenv("KMP_BLOCKTIME")) return;
    /* Under a container's quota a busy loop spends the time that is meant for work. GCC's runtime
     * counts turns of the loop, LLVM's milliseconds. Without memory for them the program would
     * start over for ever. */
    const double quota = cpu_quota("");
    const int limited = quota > 0 && quota < (double)sysconf(_SC_NPROCESSORS_ONLN);
    if (setenv("GOMP_SPINCOUNT", limited ? "0" : "10000", 1) != 0 ||
        setenv("KMP_BLOCKTIME", "0", 1) != 0)
        return;
    execv("/proc/self/exe", argv);        /* where there is no /proc, go on as we are */
}

#ifdef __x86_64__
int program_main_baseline(int argc, char **argv);
int program_main_avx2(int argc, char **argv);
int program_main_avx512(int argc, char **argv);

int main(int argc, char **argv) {
    wait_politely(argv);
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
#else
int program_main_native(int argc, char **argv);

int main(int argc, char **argv) {
    wait_politely(argv);
    return program_main_native(argc, argv);
}
#endif

/* machine.c - reads the processor's name, the instruction-set level and the peak memory. */
#include "bench/machine.h"

#include "tensor/kernels/vector.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

const char *machine_model(char *buffer, size_t size) {
    static const char key[] = "model name";
    snprintf(buffer, size, "unknown processor");
    FILE *file = fopen("/proc/cpuinfo", "r");
    char line[256];
    while (file && fgets(line, sizeof line, file)) {
        const char *value = strchr(line, ':');
        if (strncmp(line, key, sizeof key - 1) != 0 || !value) continue;
        line[strcspn(line, "\n")] = 0;
        snprintf(buffer, size, "%s", value + 1 + strspn(value + 1, " "));
        break;
    }
    if (file) fclose(file);
    return buffer;
}

const char *machine_level(void) {
#if !defined(__x86_64__)
    return "native";
#else
    return VECTOR_BYTES == 64 ? "avx512" : VECTOR_BYTES == 32 ? "avx2" : "baseline";
#endif
}

double machine_peak_memory(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return 1024.0 * (double)usage.ru_maxrss; /* kilobytes on Linux */
}

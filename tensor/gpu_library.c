/* gpu_library.c - where the library of GPU kernels is, relative to this one, and dlopen. */
#include "tensor/gpu_library.h"
#include "tensor/real.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifdef REAL_IS_DOUBLE
#define GPU_LIBRARY "libhadnet-double_gpu.so"
#else
#define GPU_LIBRARY "libhadnet_gpu.so"
#endif

/* One library serves all instruction-set levels: it is in lib/, while this code may be in
 * lib/glibc-hwcaps/x86-64-v3/. */
static void to_common_folder(char *folder) {
    char *levels = strstr(folder, "/glibc-hwcaps/");
    if (levels && !strchr(levels + strlen("/glibc-hwcaps/"), '/')) *levels = '\0';
}

/* In the folder of the file that holds this code. */
static bool library_path(char *path, size_t room) {
    static const char here;
    Dl_info file;
    if (!dladdr(&here, &file) || !file.dli_fname) return false;
    const char *slash = strrchr(file.dli_fname, '/');
    const int length = slash ? (int)(slash - file.dli_fname) : 0;
    char folder[4096];
    if (snprintf(folder, sizeof folder, "%.*s", length, file.dli_fname) >= (int)sizeof folder)
        return false;
    to_common_folder(folder);
    return snprintf(path, room, "%s/%s", slash ? folder : ".", GPU_LIBRARY) < (int)room;
}

bool gpu_library_load(Error *error) {
    char path[4096 + sizeof GPU_LIBRARY];
    if (!library_path(path, sizeof path) || access(path, F_OK) != 0)
        return error_set(error, "device gpu: this program was built without GPU support");
    return dlopen(path, RTLD_NOW | RTLD_LOCAL) ||
           error_set(error, "device gpu: no GPU answers (%s)", dlerror());
}

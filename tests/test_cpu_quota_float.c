/* The CPU limits of containers, read from files like the kernel's. */
#include "tensor/cpu_quota.h"
#include "tensor/threads.h"
#include "tests/data_trees.h"

#include <omp.h>

/* A file below root that holds text. */
static void put(const char *root, const char *name, const char *text) {
    put_bytes(path_of("%s%s", root, name), text, strlen(text));
}

static double quota_with(const char *groups, const char *file, const char *text) {
    const char *root = test_folder();
    put(root, "/proc/self/cgroup", groups);
    put(root, file, text);
    return cpu_quota(root);
}

TEST(cpu_quota_of_version_2) {
    static const char *const own = "/sys/fs/cgroup/cpu.max";
    CHECK(quota_with("0::/\n", own, "50000 100000\n") == 0.5);
    CHECK(quota_with("0::/\n", own, "max 100000\n") == 0);
    CHECK(quota_with("0::/\n", own, "250000 100000") == 2.5);
    CHECK(quota_with("0::/seen/from/outside\n", own, "50000 100000\n") == 0.5);
    CHECK(quota_with("0::/a/b\n", "/sys/fs/cgroup/a/b/cpu.max", "10000 100000\n") == 0.1);
    CHECK(quota_with("0::/a/b\n", "/sys/fs/cgroup/a/cpu.max", "10000 100000\n") == 0.1);
    CHECK(quota_with("0::/a/b\n", "/sys/fs/cgroup/a/c/cpu.max", "10000 100000\n") == 0);
    CHECK(quota_with("1:name=systemd:/\n0::/\n", "/sys/fs/cgroup/unified/cpu.max", "1 2\n") == 0.5);
}

TEST(cpu_quota_of_version_1) {
    static const char *const groups = "5:memory:/m\n4:cpuset:/s\n3:cpu,cpuacct:/box\n0::/\n";
    const char *root = test_folder();
    put(root, "/proc/self/cgroup", groups);
    put(root, "/sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us", "100000\n");
    CHECK(cpu_quota(root) == 0);
    put(root, "/sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us", "-1\n");
    CHECK(cpu_quota(root) == 0);
    put(root, "/sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us", "150000\n");
    CHECK(cpu_quota(root) == 1.5);
    put(root, "/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    put(root, "/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "75000\n"); /* the lower limit counts */
    CHECK(cpu_quota(root) == 0.75);
}

TEST(cpu_quota_of_damaged_files_is_none) {
    static const char *const own = "/sys/fs/cgroup/cpu.max";
    const char *const damaged[] = { "",         "\n",          "50000",
                                    "50000 \n", "0 0\n",       "50000 0\n",
                                    "nan nan",  "-5 100000\n", "words and words\n" };
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++)
        CHECK(quota_with("0::/\n", own, damaged[i]) == 0);
    CHECK(quota_with("0:/\n:\n\n", own, "50000 100000\n") == 0);
    CHECK(cpu_quota(test_folder()) == 0);
    CHECK(cpu_quota("/nowhere") == 0);
}

TEST(threads_are_what_a_quota_keeps_busy) {
    const int usual = omp_get_max_threads();
    unsetenv("OMP_NUM_THREADS");
    omp_set_num_threads(4);
    CHECK(threads_default(0) == 4);
    CHECK(threads_default(0.5) == 1);
    CHECK(threads_default(1) == 1);
    CHECK(threads_default(1.5) == 2);
    CHECK(threads_default(4) == 4);
    CHECK(threads_default(64) == 4);
    setenv("OMP_NUM_THREADS", "4", 1);
    CHECK(threads_default(0.5) == 4); /* the user's choice has priority */
    unsetenv("OMP_NUM_THREADS");
    CHECK(threads_use(3, NULL));
    CHECK(omp_get_max_threads() == 3);
    omp_set_num_threads(usual);
}

/* cpu_quota.c - quotas of control groups, versions 1 and 2, read from the file system. */
#include "tensor/cpu_quota.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Where the groups of version 2 may be mounted, and those of version 1 that hold the processor. */
static const char *const mounts[] = { "", "/unified", "/cpu", "/cpu,cpuacct", "/cpuacct,cpu" };

/* The first line of a file; "" when it cannot be read. */
static const char *read_line(const char *folder, const char *name, char *text, int room) {
    char path[PATH_MAX];
    text[0] = '\0';
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) return text;
    FILE *file = fopen(path, "r");
    if (!file) return text;
    if (!fgets(text, room, file)) text[0] = '\0';
    fclose(file);
    return text;
}

static double share(const char *quota, const char *period) {
    double used, of;
    const bool numbers = sscanf(quota, "%lf", &used) == 1 && sscanf(period, "%lf", &of) == 1;
    return numbers && used > 0 && of > 0 ? used / of : 0; /* "max", or -1: no limit */
}

static double tighter(double a, double b) {
    return a > 0 && (b <= 0 || a < b) ? a : b;
}

/* What one group's files say. */
static double quota_in(const char *folder) {
    char quota[64], period[64];
    read_line(folder, "cpu.max", quota, sizeof quota); /* "50000 100000" */
    const double of_version_2 = share(quota, quota + strcspn(quota, " "));
    read_line(folder, "cpu.cfs_quota_us", quota, sizeof quota);
    read_line(folder, "cpu.cfs_period_us", period, sizeof period);
    return tighter(of_version_2, share(quota, period));
}

/* The tightest quota of the group at mount/group and of all its ancestors. A container may see its
 * own group as the root but read its outside name: then the folders of that name do not exist, and
 * the root has the quota. */
static double quota_around(const char *mount, const char *group) {
    char folder[PATH_MAX];
    if (snprintf(folder, sizeof folder, "%s%s", mount, group) >= (int)sizeof folder) return 0;
    double tightest = quota_in(folder);
    for (char *slash; (slash = strrchr(folder + strlen(mount), '/'));) {
        *slash = '\0';
        tightest = tighter(tightest, quota_in(folder));
    }
    return tightest;
}

/* Whether "cpu" is one of the names between commas. */
static bool holds_cpu(const char *controllers) {
    for (const char *name = controllers; *name; name += strspn(name, ",")) {
        const size_t length = strcspn(name, ",");
        if (length == 3 && !strncmp(name, "cpu", 3)) return true;
        name += length;
    }
    return false;
}

/* A line of /proc/self/cgroup is NUMBER:CONTROLLERS:GROUP, without controllers in version 2. */
static double quota_of_line(const char *root, char *line) {
    char *controllers = strchr(line, ':');
    char *group = controllers ? strchr(controllers + 1, ':') : NULL;
    double tightest = 0;
    if (!group) return 0;
    *controllers++ = *group++ = '\0';
    group[strcspn(group, "\n")] = '\0';
    if (*controllers && !holds_cpu(controllers)) return 0;
    for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++) {
        char mount[PATH_MAX];
        if (snprintf(mount, sizeof mount, "%s/sys/fs/cgroup%s", root, mounts[i]) <
            (int)sizeof mount)
            tightest = tighter(tightest, quota_around(mount, group));
    }
    return tightest;
}

double cpu_quota(const char *root) {
    char path[PATH_MAX], line[PATH_MAX];
    double tightest = 0;
    if (snprintf(path, sizeof path, "%s/proc/self/cgroup", root) >= (int)sizeof path) return 0;
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        tightest = tighter(tightest, quota_of_line(root, line));
    if (file) fclose(file);
    return tightest;
}

/* cpu_quota.h - the processor time that a container's control group allows.
 *
 * A control group may allow its processes less time than the machine has processors: half a
 * processor is 50 ms in every 100. When the quota is used up, all threads stop until the next
 * period begins, so a thread that waits in a busy loop uses time that another one needs to compute.
 */
#ifndef TENSOR_CPU_QUOTA_H
#define TENSOR_CPU_QUOTA_H

/* The average number of processors, such as 0.5, that the tightest control group around this
 * process allows; 0 where none sets a limit. Read from cpu.max (control groups, version 2) and
 * cpu.cfs_quota_us (version 1). root is put before /proc and /sys: "" except in tests. */
double cpu_quota(const char *root);

#endif

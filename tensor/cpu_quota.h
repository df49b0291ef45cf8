/* cpu_quota.h - how much of the processors a container lends.
 *
 * A control group may grant its processes less time than the machine has processors: half a
 * processor is 50 ms in every 100. Once it is used up all threads stand still until the next period
 * begins, so a thread that waits in a busy loop spends what another one needs to compute.
 */
#ifndef TENSOR_CPU_QUOTA_H
#define TENSOR_CPU_QUOTA_H

/* The processors that the tightest control group of this process, or of one around it, lends on
 * average, such as 0.5; 0 where none sets a limit. Read from cpu.max (control groups, version 2)
 * and cpu.cfs_quota_us (version 1). root stands before /proc and /sys: "", but in tests. */
double cpu_quota(const char *root);

#endif

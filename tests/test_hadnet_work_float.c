/* The amount of work of a step of the compact network, counted rather than timed: added work in a
 * kernel is caught on any machine, however busy. */
#include "bench/subject.h"
#include "tensor/kernels/kernel_work.h"
#include "tensor/kernels/vector.h"
#include "tensor/workspace.h"
#include "tests/test.h"

typedef struct StepWork {
    KernelWork kernels;
    double counted; /* multiply-adds of the definitions */
    int64_t allocations;
} StepWork;

static int64_t allocations(void) {
    return memory_use(device_cpu()).system_allocations + workspace_system_allocations();
}

/* Of the second step: the first one fills the caches of memory. */
static StepWork second_step(int batch, SubjectRun run) {
    Subject subject;
    CHECK(subject_compact(&subject, device_cpu(), batch, run, NULL));
    CHECK(subject_run(&subject, NULL));
    const KernelWork before = kernel_work();
    const int64_t allocated = allocations();
    CHECK(subject_run(&subject, NULL));
    const KernelWork after = kernel_work();
    const StepWork work = { { after.multiply_adds - before.multiply_adds,
                              after.packed - before.packed },
                            subject_multiply_adds(&subject),
                            allocations() - allocated };
    subject_destroy(&subject);
    return work;
}

/* What was found, as a share of the multiply-adds that the definitions count: less than one, thanks
 * to Winograd's form. With the widest vectors fewer numbers are packed (winograd_few.c,
 * gemm_dot.c).
 */
typedef struct Found {
    double issued, packed, packed_avx512;
} Found;

/* 5% more is allowed. */
static void check_work(const char *name, int batch, SubjectRun run, Found found) {
    const StepWork work = second_step(batch, run);
    const double most = 1.05 * work.counted;
    test_case("%s: issued %.4f, packed %.4f of %.0f multiply-adds", name,
              (double)work.kernels.multiply_adds / work.counted,
              (double)work.kernels.packed / work.counted, work.counted);
    CHECK(work.kernels.multiply_adds <= most * found.issued);
    CHECK(work.kernels.packed <= most * (VECTOR_BYTES == 64 ? found.packed_avx512 : found.packed));
    CHECK(work.allocations == 0);
}

TEST(work_of_a_stage_1_step) {
    check_work("stage 1", 2, SUBJECT_STAGE_1, (Found){ 0.378, 0.0186, 0.0146 });
}

TEST(work_of_a_stage_3_step) {
    check_work("stage 3", 2, SUBJECT_STAGE_3, (Found){ 0.4362, 0.0224, 0.0126 });
}

TEST(work_of_an_inference) {
    check_work("inference", 1, SUBJECT_INFERENCE, (Found){ 0.4283, 0.0402, 0.0161 });
}

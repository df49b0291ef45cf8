/* op_walk.c - the table of every op, and the walk over it. */
#include "tests/op_walk.h"

#include "autograd/op_cases.h"
#include "autograd/ops.h"
#include "hadnet/ops.h"
#include "hyp/ops.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

const Op *const op_table[] = {
#define OP(name, arguments) &name##_op,
#include "autograd/ops.def"
#include "hadnet/ops.def"
#include "hyp/ops.def"
#undef OP
};
const int op_count = sizeof op_table / sizeof *op_table;

bool op_has_row(const char *name) {
    for (int i = 0; i < op_count; i++)
        if (!strcmp(op_table[i]->name, name)) return true;
    return false;
}

static void listen(void *context, const char *check, const Error *failure) {
    (void)context;
    test_case("op %s", check);
    if (failure) test_fail(__FILE__, __LINE__, "%s", failure->text);
}

void walk_ops(OpCheckDevices devices) {
    const OpCheckOptions options = { .devices = devices, .listener = listen };
    int ops = 0;
    int64_t cases = 0, compared = 0, slopes = 0;
    printf("   %-24s %6s %20s %20s\n", "op", "cases", "elements compared", "slopes compared");
    for (int i = 0; i < op_count; i++) {
        OpReport report;
        Error error = { "" };
        if (!test_wants_row(op_table[i]->name)) continue;
        ops++;
        const bool passes = op_check(op_table[i], &options, &report, &error);
        test_case("op %s has a probe, axes of one and a large case", op_table[i]->name);
        CHECK(passes == (report.failures == 0));
        CHECK(report.derived > 0 && report.largest >= OP_CASE_LARGE);
        const int64_t of_op = report.forward + report.same_bits + report.accumulated + report.gpu +
                              report.gpu_same_bits;
        const int64_t slopes_of_op = report.slopes + report.gpu_slopes;
        printf("   %-24s %6d %20lld %20lld\n", report.op, report.cases, (long long)of_op,
               (long long)slopes_of_op);
        cases += report.cases;
        compared += of_op;
        slopes += slopes_of_op;
    }
    printf("   %d ops, %lld cases, %lld elements and %lld slopes compared\n", ops, (long long)cases,
           (long long)compared, (long long)slopes);
}

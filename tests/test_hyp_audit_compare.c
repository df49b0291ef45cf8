/* hyp_audit's comparison with results from a file: right ones pass, wrong ones are counted, and a
 * file that lacks something is refused in one line. */
#include "hyp/audit/compare.h"
#include "hyp/hyp.h"
#include "nn/safetensors.h"
#include "tests/test.h"

#include <string.h>

enum { ROWS = 4, N = 3 };

/* A case of exp_map_zero, as a library would write it. */
typedef struct Written {
    real x[ROWS * N], c[1], g[ROWS * N], output[ROWS * N], gradient[ROWS * N];
} Written;

static Written correct(void) {
    Written all = { .c = { (real)0.5 } };
    for (int row = 0; row < ROWS; row++) {
        real *const x = all.x + row * N, *const g = all.g + row * N;
        for (int i = 0; i < N; i++) x[i] = (real)(row + i), g[i] = (real)(1 + row - i);
        ball_exp_map_zero(x, N, all.c[0], all.output + row * N);
        ball_exp_map_zero_backward(x, N, all.c[0], g, (Gradient){ all.gradient + row * N, false });
    }
    return all;
}

static const SafetensorsSource sources[] = {
    { "exp_map_zero/case/x", 2, { ROWS, N } },
    { "exp_map_zero/case/c", 1, { 1 } },
    { "exp_map_zero/case/g", 2, { ROWS, N } },
    { "exp_map_zero/case/output", 2, { ROWS, N } },
    { "exp_map_zero/case/gradient", 2, { ROWS, N } },
};
enum { SOURCES = sizeof sources / sizeof *sources };

static void fetch(void *context, int index, real *numbers) {
    const Written *all = context;
    const real *const from[SOURCES] = { all->x, all->c, all->g, all->output, all->gradient };
    memcpy(numbers, from[index], (index == 1 ? 1 : ROWS * N) * sizeof *numbers);
}

/* Write the first `count` sources, one of them under another name or of another rank, and compare:
 * 0 within, 1 not, 2 refused. */
static int outcome(Written *all, int count, int changed, SafetensorsSource other, Error *error) {
    SafetensorsSource written[SOURCES];
    char path[512];
    bool within = false;
    memcpy(written, sources, sizeof written);
    if (changed >= 0) written[changed] = other;
    snprintf(path, sizeof path, "%s/compare.safetensors", test_folder());
    CHECK(safetensors_write(path, written, count, NULL, fetch, all, error));
    FILE *table = tmpfile();
    if (!table) return test_fail(__FILE__, __LINE__, "no temporary file"), -1;
    const bool read = audit_compare(path, table, &within, error);
    CHECK((ftell(table) > 0) == read);
    fclose(table);
    return read ? !within : 2;
}

TEST(hyp_audit_compare_counts) {
    const SafetensorsSource same = { 0 };
    Error error = { "" };
    Written all = correct();
    CHECK(outcome(&all, SOURCES, -1, same, &error) == 0);
    all.gradient[5] *= 1 + 1000 * REAL_EPSILON;
    CHECK(outcome(&all, SOURCES, -1, same, &error) == 1);
    all = correct();
    all.output[1] = (real)NAN;
    CHECK(outcome(&all, SOURCES, -1, same, &error) == 1);
    CHECK(!error.text[0]);
}

TEST(hyp_audit_compare_refuses) {
    static const struct {
        int changed;
        SafetensorsSource other;
        const char *says;
    } files[] = {
        { 4, { "exp_map_zero/case/gradients", 2, { ROWS, N } }, "expected FORMULA/NAME" },
        { 0, { "exp_map_zero/x", 2, { ROWS, N } }, "'exp_map_zero/case/x' is missing" },
        { 3, { "exp_map_zero/output", 2, { ROWS, N } }, "'exp_map_zero/x' is missing" },
        { 2, { "exp_map_zero/case/g", 1, { ROWS * N } }, "expected [4,3]" },
        { 0, { "exp_map_zero/case/x", 1, { ROWS * N } }, "expected rows of 1 to 3" },
    };
    Written all = correct();
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        Error error = { "" };
        test_case("%s", files[i].says);
        CHECK(outcome(&all, SOURCES, files[i].changed, files[i].other, &error) == 2);
        CHECK(strstr(error.text, files[i].says));
    }
    Error error = { "" };
    CHECK(outcome(&all, SOURCES - 1, -1, sources[0], &error) == 2);
    CHECK(strstr(error.text, "'exp_map_zero/case/gradient' is missing"));
    all.c[0] = 0;
    CHECK(outcome(&all, SOURCES, -1, sources[0], &error) == 2);
    CHECK(strstr(error.text, "expected a curvature above 0"));
    all = correct();
    all.x[2] = (real)INFINITY;
    CHECK(outcome(&all, SOURCES, -1, sources[0], &error) == 2);
    CHECK(strstr(error.text, "number 2 is inf, expected a finite number"));
}

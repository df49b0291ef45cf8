#include "tests/op_axes.h"

#include <stdio.h>
#include <string.h>

/* Which axes of a case's inputs belong together: equal letters, equal sizes. A dot is an axis whose
 * size the case's build function relies on. Integers number the channels of axis c. */
typedef struct OpAxes {
    const char *op, *probe, *letters[OP_MAX_INPUTS];
} OpAxes;

/* (A hyperplane's normal in one dimension, the probe's case "one", has a gradient of rounding
 * alone: among many rows it has no size by which two devices could be compared.) */
static const OpAxes table[] = {
    { "add", "odd", { "abc", "abc" } },
    { "add_bias", "odd", { "nhwc", "c" } },
    { "average_pool", "3x3 stride 2, odd", { "nhwc" } },
    { "batch_norm", "training, odd", { "nhwc", "c", "c", "c", "c" } },
    { "batch_norm", "evaluation", { "nhwc", "c", "c", "c", "c" } },
    { "batch_norm", "frozen in training", { "nhwc", "c", "c", "c", "c" } },
    { "batch_norm_add_relu", "training, odd", { "nhwc", "c", "c", "c", "c", "nhwc" } },
    { "batch_norm_add_relu", "evaluation", { "nhc", "c", "c", "c", "c", "nhc" } },
    { "batch_norm_plain", "training, odd", { "nhwc", "c", "c" } },
    { "batch_norm_plain", "evaluation", { "nhc", "c", "c" } },
    { "batch_norm_relu", "training, odd", { "nhwc", "c", "c", "c", "c" } },
    { "batch_norm_relu", "evaluation", { "nhc", "c", "c", "c", "c" } },
    { "channel_gather", "odd", { "nhwc", "k" } },
    { "channel_gather_per_sample", "odd", { "nhwc", "nk" } },
    { "concat", "odd", { "nhwa", "nhwb" } },
    { "conv2d", "3x3 with bias", { "nhwi", "o..i", "o" } },
    { "conv2d", "3x3 stride 2, even", { "nhwi", "o..i" } },
    { "conv2d", "1x1", { "nhwi", "o..i", "o" } },
    { "conv2d", "depthwise", { "nhwc", "c...", "c" } },
    { "global_average_pool", "odd", { "nhwc" } },
    { "global_max_pool", "odd", { "nhwc" } },
    { "hyperbolic_tangent", "odd", { "abc" } },
    { "kl_divergence", "odd", { "nhwc", "nhwc" } },
    { "linear", "rows", { "ni", "oi", "o" } },
    { "log1p_squared_difference", "odd", { "abc", "abc" } },
    { "matmul", "odd", { "mk", "kn" } },
    { "max_pool", "3x3 stride 2, odd", { "nhwc" } },
    { "mean", "odd", { "abc" } },
    { "mean_rows", "odd", { "nhwc" } },
    { "mean_squared_error", "odd", { "abc", "abc" } },
    { "multiply", "odd", { "abc", "abc" } },
    { "relu", "odd", { "abc" } },
    { "reshape", "to a vector", { "abc" } },
    { "resize_bilinear", "odd, up and down", { "nhwc" } },
    { "resize_bilinear", "four times", { "nhwc" } },
    { "scale", "odd", { "abc" } },
    { "scale_channels", "odd", { "nhwc", "c" } },
    { "sigmoid", "odd", { "abc" } },
    { "slice_channels", "odd", { "nhw." } },
    { "soft_dice", "odd", { "nhwc", "nhw" } },
    { "softmax", "odd", { "nhwc" } },
    { "softmax_cross_entropy", "plain", { "nhwc", "nhw" } },
    { "softmax_cross_entropy", "weighted, class 2 ignored", { "nhc", "nh", "c" } },
    { "square", "odd", { "abc" } },
    { "stop_gradient", "odd", { "abc" } },
    { "subtract", "odd", { "abc", "abc" } },
    { "sum", "odd", { "abc" } },
    { "top_k_channels", "many equal", { "nc" } },
    { "exp_map", "odd", { "nkc", "nkc" } },
    { "exp_map_zero", "odd", { "nkc" } },
    { "feature_clip", "clipped", { "nk." } }, /* of one channel: a constant, its slope rounding */
    { "feature_clip", "kept", { "nc" } },
    { "hyperplane_distances", "odd", { "nk.", "o.", "o." } },
    { "hyperplane_logits", "odd", { "nk.", "o.", "o." } },
    { "log_map", "odd", { "nkc", "nkc" } },
    { "log_map_zero", "odd", { "nkc" } },
    { "mobius_add", "odd", { "nkc", "nkc" } },
    { "poincare_distance", "odd", { "nkc", "nkc" } },
    { "afss_statistics", "odd", { "nhwc", "nhw." } },
    { "background_margin", "odd", { "nhw." } },
    { "reconstruction_loss", "some samples count", { "nhwk", "nhwk", "n" } },
};

int64_t walk_case_elements(const ProbeCase *probe) {
    int64_t most = 0;
    for (int i = 0; i < probe_input_count(probe); i++) {
        const Shape shape = probe_shape(&probe->inputs[i]);
        const int64_t elements = shape_elements(&shape);
        if (elements > most) most = elements;
    }
    return most;
}

static const ProbeCase *case_named(const Op *op, const char *name) {
    for (const ProbeCase *probe = op->probe.cases; probe->name; probe++)
        if (!strcmp(probe->name, name)) return probe;
    PROMISE(false, "op %s has no probe case '%s'", op->name, name);
    return NULL;
}

/* Every axis of this letter has this size; '*' stands for all letters. */
static void resize(ProbeCase *probe, const OpAxes *axes, char letter, int64_t size) {
    for (int i = 0; i < probe_input_count(probe); i++) {
        const int rank = probe_shape(&probe->inputs[i]).rank;
        PROMISE(axes->letters[i] && (int)strlen(axes->letters[i]) == rank,
                "op %s, %s: input %d has other axes", axes->op, axes->probe, i);
        for (int axis = 0; axis < rank; axis++) {
            const char own = axes->letters[i][axis];
            if (own != '.' && (letter == '*' || own == letter)) probe->inputs[i].size[axis] = size;
        }
    }
    if (letter != '*' && letter != 'c') return;
    for (int i = 0; i < probe_input_count(probe); i++)
        if (probe->inputs[i].fill == PROBE_INTEGER) probe->inputs[i].high = (double)size - 1;
}

static void derive(WalkCase *derived, const ProbeCase *base, const OpAxes *axes, char letter,
                   int64_t size, const char *what) {
    *derived = (WalkCase){ .probe = *base, .derived = true };
    resize(&derived->probe, axes, letter, size);
    snprintf(derived->name, sizeof derived->name, "%s, %s%.1s", base->name, what,
             letter == '*' ? "" : &letter);
    derived->probe.name = derived->name;
}

/* The letters of a row, each once. */
static int distinct_letters(const OpAxes *axes, int inputs, char letters[32]) {
    int count = 0;
    for (int i = 0; i < inputs; i++)
        for (const char *at = axes->letters[i]; at && *at; at++)
            if (*at != '.' && !memchr(letters, *at, (size_t)count)) letters[count++] = *at;
    return count;
}

static int derive_all(WalkCase *cases, const ProbeCase *base, const OpAxes *axes) {
    char letters[32];
    const int count = distinct_letters(axes, probe_input_count(base), letters);
    for (int i = 0; i < count; i++) derive(&cases[i], base, axes, letters[i], 1, "one at axis ");
    derive(&cases[count], base, axes, '*', 1, "one at every axis");
    const Shape shape = probe_shape(&base->inputs[0]);
    const int64_t rest = shape_elements(&shape) / shape.size[0];
    derive(&cases[count + 1], base, axes, letters[0], (WALK_LARGE + rest - 1) / rest,
           "many at axis ");
    return count + 2;
}

int walk_cases(const Op *op, WalkCase cases[WALK_CASES_MOST]) {
    int count = 0;
    for (const ProbeCase *probe = op->probe.cases; probe->name; probe++)
        cases[count++] = (WalkCase){ .probe = *probe };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (!strcmp(table[i].op, op->name))
            count += derive_all(cases + count, case_named(op, table[i].probe), &table[i]);
    PROMISE(count <= WALK_CASES_MOST, "op %s has too many cases", op->name);
    return count;
}

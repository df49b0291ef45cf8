/* op_cases.c - sizes and random inputs of the cases that op_check runs. */
#include "autograd/op_cases.h"

#include "tensor/memory.h"
#include "tensor/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLEARANCE 0.05 /* of PROBE_CLEAR, from zero */

/* ---- Sizes ---- */

enum { LETTERS_MOST = 32 };

int64_t op_case_elements(const ProbeCase *probe) {
    int64_t most = 0;
    for (int i = 0; i < probe_input_count(probe); i++) {
        const Shape shape = probe_shape(&probe->inputs[i]);
        const int64_t elements = shape_elements(&shape);
        if (elements > most) most = elements;
    }
    return most;
}

/* Whether each input has a distribution, and all or none of the axes have letters. */
static bool case_is_possible(const Op *op, const ProbeCase *probe, Error *error) {
    if (probe_input_count(probe) == 0)
        return error_set(error, "op %s, %s: no inputs", op->name, probe->name);
    for (int i = 0; i < probe_input_count(probe); i++) {
        const ProbeInput *input = &probe->inputs[i];
        const Shape shape = probe_shape(input);
        const char *letters = probe->axes[i] ? probe->axes[i] : "";
        const bool usual = input->low == 0 && input->high == 0;
        const double size = usual ? 1 : fmax(fabs(input->low), fabs(input->high));
        if (!(input->low <= input->high) || (input->fill == PROBE_CLEAR && !(size > CLEARANCE)))
            return error_set(error, "op %s, %s: input %d cannot be filled from %g to %g", op->name,
                             probe->name, i, input->low, input->high);
        if (probe->axes[0] && (int)strlen(letters) != shape.rank)
            return error_set(error, "op %s, %s: the axes of input %d are '%s', its shape %s",
                             op->name, probe->name, i, letters, shape_text(&shape).text);
    }
    return true;
}

/* Sets the size of every axis with this letter; '*' means all letters. */
static void resize(ProbeCase *probe, char letter, int64_t size) {
    for (int i = 0; i < probe_input_count(probe); i++)
        for (int axis = 0; probe->axes[i][axis]; axis++) {
            const char own = probe->axes[i][axis];
            if (own != '.' && (letter == '*' || own == letter)) probe->inputs[i].size[axis] = size;
        }
    if (letter != '*' && letter != 'c') return;
    for (int i = 0; i < probe_input_count(probe); i++)
        if (probe->inputs[i].fill == PROBE_INTEGER) probe->inputs[i].high = (double)size - 1;
}

static void derive(OpCase *derived, const ProbeCase *base, char letter, int64_t size,
                   const char *what) {
    *derived = (OpCase){ .probe = *base, .derived = true };
    resize(&derived->probe, letter, size);
    snprintf(derived->name, sizeof derived->name, "%s, %s%.1s", base->name, what,
             letter == '*' ? "" : &letter);
    derived->probe.name = derived->name;
}

/* The letters of a case, each once. */
static int distinct_letters(const ProbeCase *probe, char letters[LETTERS_MOST]) {
    int count = 0;
    for (int i = 0; i < probe_input_count(probe); i++)
        for (const char *at = probe->axes[i]; at && *at; at++)
            if (*at != '.' && !memchr(letters, *at, (size_t)count)) letters[count++] = *at;
    return count;
}

static int derive_all(OpCase *cases, const ProbeCase *base) {
    char letters[LETTERS_MOST];
    const int count = distinct_letters(base, letters);
    if (count == 0) return 0;
    for (int i = 0; i < count; i++) derive(&cases[i], base, letters[i], 1, "one at axis ");
    derive(&cases[count], base, '*', 1, "one at every axis");
    const Shape shape = probe_shape(&base->inputs[0]);
    const char *at = strchr(base->axes[0], letters[0]);
    const int64_t rest = shape_elements(&shape) / (at ? shape.size[at - base->axes[0]] : 1);
    derive(&cases[count + 1], base, letters[0], (OP_CASE_LARGE + rest - 1) / rest, "many at axis ");
    return count + 2;
}

OpCase *op_cases(const Op *op, int *count, Error *error) {
    size_t most = 0;
    const Probe *probe = &op->probe;
    if (!probe->build || !probe->oracle || !probe->cases || !probe->cases->name) {
        error_set(error, "op %s has no probe: sample inputs, a build function and an oracle",
                  op->name);
        return NULL;
    }
    for (const ProbeCase *one = probe->cases; one->name; one++) {
        if (!case_is_possible(op, one, error)) return NULL;
        most += 1 + (one->axes[0] ? LETTERS_MOST + 2 : 0);
    }
    OpCase *cases = memory_new(most, sizeof *cases);
    *count = 0;
    for (const ProbeCase *one = probe->cases; one->name; one++) cases[(*count)++].probe = *one;
    for (const ProbeCase *one = probe->cases; one->name; one++)
        *count += derive_all(cases + *count, one);
    return cases;
}

/* ---- Inputs ---- */

static void fill_uniform(real *x, int64_t n, double low, double high, double clear,
                         Random *random) {
    for (int64_t i = 0; i < n; i++) do
            x[i] = (real)random_between(random, low, high);
        while (fabs((double)x[i]) < clear);
}

static void fill_distinct(real *x, int64_t n, double low, double high, Random *random) {
    int *order = memory_new((size_t)n, sizeof *order);
    for (int64_t i = 0; i < n; i++) order[i] = (int)i;
    random_shuffle(random, order, (int)n);
    for (int64_t i = 0; i < n; i++)
        x[i] = (real)(low + (high - low) * (order[i] + 0.5) / (double)n);
    free(order);
}

static void fill_ball(real *x, const Shape *shape, double low, double high, Random *random) {
    const int64_t rows = shape_rows(shape), dimension = shape_last(shape);
    for (int64_t row = 0; row < rows; row++, x += dimension) {
        double square = 0;
        for (int64_t i = 0; i < dimension; i++) {
            x[i] = (real)random_normal(random);
            square += (double)x[i] * (double)x[i];
        }
        const double norm = random_between(random, low, high);
        for (int64_t i = 0; i < dimension; i++) x[i] = (real)((double)x[i] * norm / sqrt(square));
    }
}

static void fill(const ProbeInput *input, real *x, Random *random) {
    const Shape shape = probe_shape(input);
    const int64_t n = shape_elements(&shape);
    double low = input->low, high = input->high;
    if (low == 0 && high == 0) low = -1, high = 1;
    switch (input->fill) {
    case PROBE_UNIFORM:
        fill_uniform(x, n, low, high, 0, random);
        break;
    case PROBE_CLEAR:
        fill_uniform(x, n, low, high, CLEARANCE, random);
        break;
    case PROBE_DISTINCT:
        fill_distinct(x, n, low, high, random);
        break;
    case PROBE_BALL:
        fill_ball(x, &shape, low, high, random);
        break;
    case PROBE_INTEGER:
        for (int64_t i = 0; i < n; i++)
            x[i] = (real)(input->low +
                          (double)random_below(random, (uint64_t)(input->high - input->low) + 1));
        break;
    }
}

void probe_inputs(const ProbeCase *probe, uint64_t seed, Tensor *inputs) {
    for (int i = 0; i < probe_input_count(probe); i++) {
        Random random = random_stream(seed, (uint64_t)i, 0, 0);
        inputs[i] = tensor_create(device_cpu(), probe_shape(&probe->inputs[i]));
        if (!inputs[i].data) memory_exhausted(tensor_bytes(&inputs[i]));
        fill(&probe->inputs[i], inputs[i].data, &random);
    }
}

void probe_release(const ProbeCase *probe, Tensor *inputs) {
    for (int i = 0; i < probe_input_count(probe); i++) tensor_release(&inputs[i]);
}

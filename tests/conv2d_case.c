/* conv2d_case.c - random convolutions, and their definition summed in double. */
#include "tests/conv2d_case.h"
#include "tensor/random.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

enum { GUARD = 32 }; /* reals before and after every output */

Array array_create(int64_t count, uint64_t seed) {
    Array a = { .count = count };
    const size_t all = (size_t)count + 2 * GUARD;
    Random random = random_stream(seed, 7, 0, 0);
    a.storage = malloc(all * sizeof(real));
    a.before = malloc(all * sizeof(real));
    a.data = a.storage + GUARD;
    a.sum = calloc(all, sizeof(double));
    a.size = calloc(all, sizeof(double));
    for (size_t i = 0; i < all; i++) a.storage[i] = (real)random_between(&random, -1, 1);
    memcpy(a.before, a.storage, all * sizeof(real));
    return a;
}

void array_release(Array *a) {
    free(a->storage);
    free(a->before);
    free(a->sum);
    free(a->size);
}

void array_begin(Array *a, bool accumulate) {
    for (int64_t i = 0; i < a->count; i++) {
        a->sum[i] = accumulate ? a->data[i] : 0;
        a->size[i] = fabs(a->sum[i]);
        if (!accumulate) a->data[i] = (real)NAN;
    }
}

static void check_guards(const Array *a) {
    const size_t guard = GUARD * sizeof(real);
    CHECK(!memcmp(a->storage, a->before, guard));
    CHECK(!memcmp(a->data + a->count, a->before + GUARD + a->count, guard));
}

void array_check(const Array *a, const char *what, double roundings) {
    double worst = 0;
    for (int64_t i = 0; i < a->count; i++) {
        const double off =
            fabs(a->data[i] - a->sum[i]) / (a->size[i] * REAL_EPSILON + (double)REAL_EPSILON);
        worst = test_worse(worst, off);
    }
    if (!(worst <= roundings))
        test_fail(__FILE__, __LINE__, "%s is off by %g roundings", what, worst);
    check_guards(a);
}

double array_error(const Array *a) {
    double worst = 0, largest = 0;
    for (int64_t i = 0; i < a->count; i++) {
        worst = test_worse(worst, fabs(a->data[i] - a->sum[i]));
        largest = fmax(largest, a->size[i]);
    }
    check_guards(a);
    return worst / ((largest + 1) * REAL_EPSILON);
}

Case case_create(const Conv2dShape *s) {
    Case c = { .shape = *s };
    c.x = array_create(s->batch * s->height * s->width * s->in, 1);
    c.weight = array_create(s->out * s->kernel_height * s->kernel_width * (s->in / s->groups), 2);
    c.bias = array_create(s->out, 3);
    c.y = array_create(s->batch * conv2d_out_height(s) * conv2d_out_width(s) * s->out, 4);
    return c;
}

void case_release(Case *c) {
    array_release(&c->x);
    array_release(&c->weight);
    array_release(&c->bias);
    array_release(&c->y);
}

void sum_products(Case *c, Array *wanted) {
    const Conv2dShape *s = &c->shape;
    const int64_t in = s->in / s->groups, out = s->out / s->groups;
    const int64_t height = conv2d_out_height(s), width = conv2d_out_width(s);
    for (int64_t n = 0; n < s->batch; n++)
        for (int64_t oy = 0; oy < height; oy++)
            for (int64_t ox = 0; ox < width; ox++)
                for (int64_t ky = 0; ky < s->kernel_height; ky++)
                    for (int64_t kx = 0; kx < s->kernel_width; kx++) {
                        const int64_t y = oy * s->stride + ky - s->padding,
                                      x = ox * s->stride + kx - s->padding;
                        if (y < 0 || y >= s->height || x < 0 || x >= s->width) continue;
                        for (int64_t o = 0; o < s->out; o++)
                            for (int64_t i = 0; i < in; i++) {
                                const int64_t at_x =
                                    ((n * s->height + y) * s->width + x) * s->in + o / out * in + i;
                                const int64_t at_w =
                                    ((o * s->kernel_height + ky) * s->kernel_width + kx) * in + i;
                                const int64_t at_y = ((n * height + oy) * width + ox) * s->out + o;
                                const double vx = c->x.data[at_x], vw = c->weight.data[at_w],
                                             vy = c->y.data[at_y];
                                if (wanted == &c->y)
                                    add_term(wanted, at_y, vx * vw);
                                else if (wanted == &c->x)
                                    add_term(wanted, at_x, vy * vw);
                                else
                                    add_term(wanted, at_w, vx * vy);
                            }
                    }
}

typedef struct Visits {
    const real *y;
    int *times; /* how often the epilogue saw each element */
} Visits;

static void double_and_count(const void *context, real *values, int64_t count) {
    const Visits *visits = context;
    for (int64_t i = 0; i < count; i++) {
        values[i] *= 2;
        visits->times[values - visits->y + i]++;
    }
}

void check_epilogue(const Conv2dShape *s, ConvForward *forward) {
    Case plain = case_create(s), c = case_create(s);
    const Visits visits = { c.y.data, calloc((size_t)c.y.count, sizeof(int)) };
    forward(s, plain.x.data, plain.weight.data, plain.bias.data, NULL, plain.y.data);
    forward(s, c.x.data, c.weight.data, c.bias.data, &(Epilogue){ &visits, double_and_count },
            c.y.data);
    bool once = true, doubled = true;
    for (int64_t i = 0; i < c.y.count; i++) {
        once &= visits.times[i] == 1;
        doubled &= c.y.data[i] == 2 * plain.y.data[i];
    }
    CHECK(once && doubled);
    check_guards(&c.y);
    free(visits.times);
    case_release(&c);
    case_release(&plain);
}

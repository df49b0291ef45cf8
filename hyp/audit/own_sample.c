/* own_sample.c - one sample of an audit of the user's own formula. */
#include "hyp/audit/own_sample.h"
#include "tensor/random.h"

enum { N = AUDIT_ROW };

static void random_row(Random *random, double length, real *x) {
    double row[N], square = 0;
    for (int i = 0; i < N; i++) {
        row[i] = random_normal(random);
        square += row[i] * row[i];
    }
    for (int i = 0; i < N; i++) x[i] = (real)(row[i] * length / sqrt(square));
}

OwnSample own_sample(const Audit *audit, int number, double depth) {
    static const double curvatures[] = { 0.01, 0.5, 1, 4 };
    const double c = curvatures[number % 4];
    Random random = random_stream(1, (uint64_t)number, 0, 0);
    OwnSample sample = { .c = (real)c, .depth = depth, .gap = 1 };
    random_row(&random, (audit->takes_points ? tanh(depth) : depth) / sqrt(c), sample.x);
    random_row(&random, 1, sample.g);
    long double square = 0;
    for (int i = 0; i < N; i++) square += (long double)sample.x[i] * (long double)sample.x[i];
    if (audit->takes_points) sample.gap = (double)(1 - (long double)sample.c * square);
    return sample;
}

static bool compute_op(const Audit *audit, OwnSample *sample, real *out, real *dx, Error *error) {
    Graph *graph = graph_create(device_cpu(), true);
    Node *x = graph_input(graph, "x", shape_2(1, N));
    graph_want_gradient(x);
    Node *y = audit->op(x, (double)sample->c);
    bool done = false;
    if (graph_error(graph)) {
        error_set(error, "%s", graph_error(graph));
    } else if (shape_elements(&y->shape) != audit->outputs) {
        error_set(error, "%s: the op gives %lld numbers, the audit names %d", audit->name,
                  (long long)shape_elements(&y->shape), audit->outputs);
    } else {
        graph_set_loss(graph, y);
        tensor_upload(&x->value, sample->x);
        done = graph_forward(graph, error) && graph_backward_from(graph, sample->g, error);
    }
    if (done) {
        tensor_download(&y->value, out);
        tensor_download(&x->gradient, dx);
    }
    graph_destroy(graph);
    return done;
}

bool own_sample_compute(const Audit *audit, OwnSample *sample, Error *error) {
    real out[N] = { 0 }, dx[N] = { 0 };
    if (audit->op) {
        if (!compute_op(audit, sample, out, dx, error)) return false;
    } else {
        audit->formula(sample->x, N, sample->c, out);
        audit->gradient(sample->x, N, sample->c, sample->g, (Gradient){ dx, false });
    }
    for (int i = 0; i < N; i++) {
        sample->value[i] = i < audit->outputs ? (long double)out[i] : 0;
        sample->gradient[i] = (long double)dx[i];
    }
    return true;
}

/* [g, reference(x + step e_i)]. */
static long double moved(const Audit *audit, const OwnSample *sample, int i, long double step) {
    long double x[N], out[N] = { 0 }, sum = 0;
    for (int k = 0; k < N; k++) x[k] = (long double)sample->x[k];
    x[i] += step;
    audit->reference(x, N, (long double)sample->c, out);
    for (int j = 0; j < audit->outputs; j++) sum += (long double)sample->g[j] * out[j];
    return sum;
}

/* d [g, reference]/dx_i = [45 (f(h) - f(-h)) - 9 (f(2h) - f(-2h)) + f(3h) - f(-3h)] / 60h + O(h^6).
 * *doubt: how far it is from the difference of fourth order, and the rounding of f over h. */
static long double difference(const Audit *audit, const OwnSample *sample, int i, long double h,
                              long double *doubt) {
    const long double right = moved(audit, sample, i, h);
    const long double one = right - moved(audit, sample, i, -h);
    const long double two = moved(audit, sample, i, 2 * h) - moved(audit, sample, i, -2 * h);
    const long double three = moved(audit, sample, i, 3 * h) - moved(audit, sample, i, -3 * h);
    const long double sixth = (45 * one - 9 * two + three) / (60 * h);
    *doubt = fabs(sixth - (8 * one - two) / (12 * h)) + LDBL_EPSILON * fabs(right) / h;
    return sixth;
}

/* Formulas of the ball vary over a length of 1/sc, near the boundary of gap/sc, and some near 0 over
 * |x|, where a step as short as that loses the digits of a small gradient. The step of least doubt
 * is taken. */
void own_sample_reference(const Audit *audit, OwnSample *sample) {
    const long double longest = 2e-3L * (long double)sample->gap / sqrt((long double)sample->c);
    long double x[N], out[N] = { 0 };
    for (int i = 0; i < N; i++) x[i] = (long double)sample->x[i];
    audit->reference(x, N, (long double)sample->c, out);
    for (int i = 0; i < N; i++) {
        sample->true_value[i] = i < audit->outputs ? out[i] : 0;
        long double least = INFINITY;
        for (double share = 1; share >= fmin(1, sample->depth) / 10; share /= 10) {
            long double doubt;
            const long double found =
                difference(audit, sample, i, (long double)share * longest, &doubt);
            if (share < 1 && !(doubt < least)) continue;
            least = doubt == doubt ? doubt : INFINITY;
            sample->true_gradient[i] = found;
        }
    }
}

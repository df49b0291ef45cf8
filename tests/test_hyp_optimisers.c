/* Riemannian SGD and Adam: step by step against high-precision values; convergence to the Frechet
 * mean; points stay inside the ball for any gradient; NaN. And the layer with such points. */
#include "autograd/ops.h"
#include "hyp/hyperplane/hyperplane.h"
#include "hyp/layers.h"
#include "hyp/ops.h"
#include "hyp/riemannian.h"
#include "tensor/random.h"
#include "tests/hyp_optimiser_reference.h"
#include "tests/test.h"

#include <string.h>

static const double tolerance = sizeof(real) == sizeof(double) ? 1e-12 : 2e-6;

typedef struct Bench {
    ParameterSet *set;
    Parameter *points;
    UpdateRule rule;
    Optimiser *optimiser;
    real curvature;
} Bench;

/* Points at zero, and their optimiser: rule "sgd" or "adam". */
static void bench_open(Bench *bench, const char *rule, int64_t rows, int64_t n, double curvature) {
    bench->curvature = (real)curvature;
    bench->set = parameter_set_create(device_cpu(), 1);
    bench->points = parameter_add(bench->set, "points", PARAMETER_BALL_POINT, shape_2(rows, n));
    bench->rule = !strcmp(rule, "sgd") ? rule_riemannian_sgd(&bench->curvature)
                                       : rule_riemannian_adam(&bench->curvature);
    RuleTable rules = rule_table(&rule_adam);
    rules.of[PARAMETER_BALL_POINT] = &bench->rule;
    OptimiserOptions options = optimiser_options();
    options.weight_decay = 0.5; /* must not reach the points */
    bench->optimiser = optimiser_create(bench->set, &rules, &options, NULL);
}

static void bench_close(Bench *bench) {
    optimiser_destroy(bench->optimiser);
    parameter_set_destroy(bench->set);
}

TEST(hyp_optimisers_against_high_precision) {
    for (size_t k = 0; k < sizeof hyp_optimiser_cases / sizeof *hyp_optimiser_cases; k++) {
        const HypOptimiserCase *test = &hyp_optimiser_cases[k];
        test_case("hyp riemannian %s, c %g, pull %g", test->rule, test->curvature, test->pull);
        Bench bench;
        bench_open(&bench, test->rule, 2, 3, test->curvature);
        real *p = bench.points->value.data, *g = bench.points->gradient.data;
        for (int i = 0; i < 3; i++) p[3 + i] = (real)hyp_start[i]; /* row 0 stays at the origin */
        for (int step = 1; step <= HYP_STEPS; step++) {
            for (int i = 0; i < 3; i++)
                g[3 + i] = (real)(test->pull * ((double)p[3 + i] - hyp_target[i]) *
                                  (1 + 0.5 * sin(3.0 * step + i)));
            CHECK(optimiser_step(bench.optimiser, test->learning_rate, NULL));
        }
        for (int i = 0; i < 3; i++) {
            CHECK_NEAR(p[3 + i], test->result[i], tolerance);
            CHECK(p[i] == 0);
        }
        bench_close(&bench);
    }
}

/* The gradient of sum_j dist(p, x_j)^2; and |sum_j log_p(x_j)|, which vanishes at the Frechet mean.
 */
static double frechet(const real *p, real (*x)[4], int count, real c, real *g) {
    real sum[4] = { 0 };
    for (int i = 0; i < 4; i++) g[i] = 0;
    for (int j = 0; j < count; j++) {
        real log[4];
        const Gradient dp = { g, true }, none = { NULL, false };
        const real distance = ball_distance(p, x[j], 4, c);
        ball_distance_backward(p, x[j], 4, c, 2 * distance, dp, none);
        ball_log_map(p, x[j], 4, c, log);
        for (int i = 0; i < 4; i++) sum[i] += log[i];
    }
    return (double)row_norm(sum, 4);
}

/* Points that learn at four times the rate are where they are at a rate four times as high. */
TEST(hyp_optimisers_points_have_a_rate_of_their_own) {
    for (int adam = 0; adam < 2; adam++) {
        Bench own, high, usual;
        bench_open(&own, adam ? "adam" : "sgd", 1, 3, 0.7);
        bench_open(&high, adam ? "adam" : "sgd", 1, 3, 0.7);
        bench_open(&usual, adam ? "adam" : "sgd", 1, 3, 0.7);
        own.optimiser->options.point_rate = 4;
        for (int step = 0; step < 4; step++)
            for (int i = 0; i < 3; i++) {
                Bench *const benches[] = { &own, &high, &usual };
                benches[i]->points->gradient.data[step % 3] = (real)0.3;
                CHECK(optimiser_step(benches[i]->optimiser, i == 1 ? 0.0625 : 0.015625, NULL));
            }
        const real *p = own.points->value.data, *slow = usual.points->value.data;
        CHECK(!memcmp(p, high.points->value.data, 3 * sizeof *p));
        CHECK(fabs((double)p[0]) > 2 * fabs((double)slow[0]));
        bench_close(&own);
        bench_close(&high);
        bench_close(&usual);
    }
}

TEST(hyp_optimisers_find_the_frechet_mean) {
    const char *const rules[] = { "sgd", "adam" };
    const double curvatures[] = { 0.01, 1, 4 };
    for (int k = 0; k < 6; k++) {
        const double c = curvatures[k / 2];
        test_case("hyp riemannian %s finds the Frechet mean, c %g", rules[k % 2], c);
        Bench bench;
        bench_open(&bench, rules[k % 2], 1, 4, c);
        Random random = random_stream(7, (uint64_t)k, 0, 0);
        real x[6][4];
        for (int j = 0; j < 6; j++)
            for (int i = 0; i < 4; i++)
                x[j][i] = (real)(random_between(&random, -0.2, 0.45) / sqrt(c));
        double off = 1, lr = k % 2 ? 0.1 / sqrt(c) : 0.05;
        for (int step = 0; step < 600; step++) {
            off = frechet(bench.points->value.data, x, 6, (real)c, bench.points->gradient.data);
            CHECK(optimiser_step(bench.optimiser, lr, NULL));
            if (k % 2) lr *= 0.985;
        }
        CHECK(off * sqrt(c) <= (sizeof(real) == sizeof(double) ? 1e-6 : 2e-5));
        CHECK(row_norm(bench.points->value.data, 4) > 0);
        bench_close(&bench);
    }
}

TEST(hyp_optimisers_stay_inside_the_ball) {
    const char *const rules[] = { "sgd", "adam" };
    const double sizes[] = { 1, 1e3, 1e6, 1e12, 1e17 }; /* gradients */
    for (int k = 0; k < 10; k++) {
        test_case("hyp riemannian %s stays inside, gradients of %g", rules[k % 2], sizes[k / 2]);
        Bench bench;
        bench_open(&bench, rules[k % 2], 5, 3, 0.5);
        real *p = bench.points->value.data, *g = bench.points->gradient.data;
        const double limit = (double)ball_parameter_radius((real)0.5);
        Random random = random_stream(8, (uint64_t)k, 0, 0);
        for (int step = 0; step < 50; step++) {
            for (int i = 0; i < 15; i++)
                g[i] = (real)(random_between(&random, -0.2, 1) * sizes[k / 2]);
            CHECK(optimiser_step(bench.optimiser, 10, NULL));
            for (int row = 0; row < 5; row++)
                CHECK((double)row_norm(p + 3 * row, 3) <= limit * (1 + 4 * (double)REAL_EPSILON));
        }
        /* Pushed against the boundary it must still be able to come back. */
        const double before = (double)row_norm(p, 3);
        for (int step = 0; step < 200; step++) { /* SGD: at unit speed, as the metric is lambda^2 */
            for (int i = 0; i < 15; i++)
                g[i] = p[i] * (k % 2 ? (real)sizes[k / 2]
                                     : ball_conformal_factor(p + i / 3 * 3, 3, (real)0.5));
            CHECK(optimiser_step(bench.optimiser, 0.01, NULL));
        }
        CHECK(before > 0.9 * limit && (double)row_norm(p, 3) < before);
        bench_close(&bench);
    }
}

TEST(hyp_optimisers_refuse_a_nan) {
    Bench bench;
    Error error = { "" };
    bench_open(&bench, "adam", 2, 3, 1);
    bench.points->value.data[0] = (real)0.5;
    bench.points->gradient.data[4] = (real)NAN;
    CHECK(!optimiser_step(bench.optimiser, 0.1, &error));
    CHECK(strstr(error.text, "'points'") && strstr(error.text, "element 4"));
    CHECK(bench.points->value.data[0] == (real)0.5 && bench.points->value.data[4] == 0);
    bench_close(&bench);
}

/* Two classes whose features lie on both sides of a hyperplane that misses the origin. */
TEST(hyp_layer_learns_a_hyperplane) {
    const real c = 1;
    ParameterSet *set = parameter_set_create(device_cpu(), 3);
    HyperplaneLayer layer = layer_hyperplane_create(set, "head", 2, 2, c);
    CHECK(parameter_find(set, "head.points")->kind == PARAMETER_BALL_POINT);
    CHECK(row_norm(layer.points->value.data, 4) == 0 && row_norm(layer.normals->value.data, 4) > 0);
    const UpdateRule points = rule_riemannian_adam(&layer.curvature);
    RuleTable rules = rule_table(&rule_adam);
    rules.of[PARAMETER_BALL_POINT] = &points;
    const OptimiserOptions options = optimiser_options();
    Optimiser *optimiser = optimiser_create(set, &rules, &options, NULL);

    Graph *graph = graph_create(device_cpu(), true);
    Node *u = graph_input(graph, "u", shape_2(64, 2));
    Node *logits = layer_hyperplane_logits(graph, &layer, u);
    graph_keep(logits);
    Random random = random_stream(9, 0, 0, 0);
    for (int i = 0; i < 128; i++) u->value.data[i] = (real)random_between(&random, -1, 1);
    graph_set_loss(graph, logits);
    int right = 0;
    for (int step = 0; step < 300; step++) {
        const real point[2] = { (real)0.2, (real)0.3 }, normal[2] = { 1, 2 };
        real cotangent[64][2], work[4]; /* of softmax cross-entropy */
        CHECK(graph_forward(graph, NULL));
        right = 0;
        for (int i = 0; i < 64; i++) {
            const int label =
                hyperplane_distance_plain(u->value.data + 2 * i, point, normal, 2, c, work) > 0;
            const real *l = logits->value.data + 2 * i, p = 1 / (1 + exp(l[0] - l[1]));
            cotangent[i][1] = (p - (real)label) / 64;
            cotangent[i][0] = -cotangent[i][1];
            right += (p > (real)0.5) == label;
        }
        CHECK(graph_backward_from(graph, cotangent[0], NULL));
        CHECK(optimiser_step(optimiser, 0.05, NULL));
    }
    CHECK(right >= 63);
    parameter_set_freeze(set, "", true);
    CHECK(!parameter_is_trained(layer.points) && !parameter_is_trained(layer.normals));
    graph_destroy(graph);
    optimiser_destroy(optimiser);
    parameter_set_destroy(set);
}

TEST(hyp_ops_refuse_bad_shapes_and_curvatures) {
    Graph *graph = graph_create(device_cpu(), false);
    Node *u = graph_input(graph, "u", shape_2(4, 3));
    Node *points = graph_input(graph, "points", shape_2(2, 3));
    Node *narrow = graph_input(graph, "narrow", shape_2(2, 2));
    Node *none = graph_input(graph, "none", shape_2(0, 3));
    CHECK(!op_exp_map_zero(u, 0) &&
          strstr(graph_error(graph), "curvature must be a positive number"));
    CHECK(!op_exp_map_zero(u, -1) && !op_exp_map_zero(u, (real)NAN) && !op_exp_map_zero(NULL, 1));
    CHECK(!op_mobius_add(u, points, 1) && !op_poincare_distance(u, points, 1));
    CHECK(!op_hyperplane_logits(u, narrow, narrow, 1) &&
          !op_hyperplane_logits(u, points, narrow, 1));
    CHECK(!op_hyperplane_logits(u, none, none, 1));
    CHECK(!op_hyperplane_distances(u, points, points, -1) && !op_feature_clip(u, -1, 1));
    CHECK(!op_feature_clip(u, 1, -1) && !op_feature_clip(u, 1, 0));
    CHECK(op_hyperplane_logits(u, points, points, 1) && op_feature_clip(u, 1, 1));
    graph_destroy(graph);
}

/* A layer of constant curvature, and one whose learnt curvature has the same value. */
typedef struct TwoLayers {
    ParameterSet *set;
    HyperplaneLayer constant, learnt;
    Graph *graph;
    Node *u, *logits[2], *distances[2];
} TwoLayers;

static TwoLayers two_layers(real first, real now) {
    TwoLayers both = { .set = parameter_set_create(device_cpu(), 3),
                       .graph = graph_create(device_cpu(), true) };
    both.constant = layer_hyperplane_create(both.set, "constant", 3, 4, now);
    both.learnt = layer_hyperplane_create(both.set, "learnt", 3, 4, first);
    layer_hyperplane_learn_curvature(both.set, "learnt", &both.learnt);
    const real s = sqrt(now), ratio = sqrt(first) / s;
    both.learnt.scale->value.data[0] = s;
    Random random = random_stream(9, 0, 0, 0);
    for (int i = 0; i < 12; i++) {
        both.constant.points->value.data[i] = (real)random_between(&random, -0.4, 0.4) / s;
        both.learnt.points->value.data[i] = s * both.constant.points->value.data[i];
        both.learnt.normals->value.data[i] = ratio * both.constant.normals->value.data[i];
    }
    both.u = graph_input(both.graph, "u", shape_2(64, 3));
    for (int i = 0; i < 3 * 64; i++)
        both.u->value.data[i] = (real)random_between(&random, -2, 2) / s;
    both.logits[0] = layer_hyperplane_logits(both.graph, &both.constant, both.u);
    both.logits[1] = layer_hyperplane_logits(both.graph, &both.learnt, both.u);
    both.distances[0] = layer_hyperplane_distances(both.graph, &both.constant, both.u);
    both.distances[1] = layer_hyperplane_distances(both.graph, &both.learnt, both.u);
    for (int i = 0; i < 2; i++) graph_keep(both.logits[i]), graph_keep(both.distances[i]);
    return both;
}

static void two_layers_end(TwoLayers *both) {
    graph_destroy(both->graph);
    parameter_set_destroy(both->set);
}

/* The length of a normal and 1/s multiply a logit alike, so the normals of the learnt layer make up
 * for the 1/s that it keeps from the start. */
TEST(hyp_layer_with_a_learnt_curvature_gives_that_curvatures_logits) {
    TwoLayers both = two_layers((real)0.04, (real)0.25);
    CHECK(fabs(layer_hyperplane_curvature(&both.learnt) - 0.25) < 1e-6);
    CHECK(fabs(layer_hyperplane_curvature(&both.constant) - 0.25) < 1e-6);
    CHECK(graph_forward(both.graph, NULL));
    const double tolerance = 64 * (double)REAL_EPSILON;
    for (int i = 0; i < 4 * 64; i++) {
        const double logit = (double)both.logits[0]->value.data[i];
        const double distance = (double)both.distances[0]->value.data[i];
        CHECK(fabs((double)both.logits[1]->value.data[i] - logit) < tolerance * (1 + fabs(logit)));
        CHECK(fabs((double)both.distances[1]->value.data[i] * 0.2 / 0.5 - distance) <
              tolerance * (1 + fabs(distance)));
    }
    two_layers_end(&both);
}

#ifdef REAL_IS_DOUBLE
/* The derivative by s, against the logits of slightly other curvatures. */
TEST(hyp_layer_learns_its_curvature) {
    TwoLayers both = two_layers((real)0.25, (real)0.25);
    real *scale = both.learnt.scale->value.data, dloss[4 * 64];
    Random random = random_stream(5, 0, 0, 0);
    for (int i = 0; i < 4 * 64; i++) dloss[i] = (real)random_normal(&random);
    graph_set_loss(both.graph, both.logits[1]);
    CHECK(graph_forward(both.graph, NULL) && graph_backward_from(both.graph, dloss, NULL));
    const double found = (double)both.learnt.scale->gradient.data[0];
    double loss[2] = { 0, 0 }, step = 1e-5;
    for (int side = 0; side < 2; side++) {
        scale[0] = (real)(0.5 + (side ? step : -step));
        CHECK(graph_forward(both.graph, NULL));
        for (int i = 0; i < 4 * 64; i++)
            loss[side] += (double)dloss[i] * (double)both.logits[1]->value.data[i];
    }
    const double slope = (loss[1] - loss[0]) / (2 * step);
    CHECK(fabs(slope) > 1 && fabs(found - slope) < 1e-7 * fabs(slope));
    two_layers_end(&both);
}
#endif

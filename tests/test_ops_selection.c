/* Ops that select, on every device of this program: ties, NaN, repeated indices, and indices out of
 * range. */
#include "autograd/ops.h"
#include "tests/gpu_case.h"
#include "tests/test.h"

enum { MOST = 8192 };

static Node *leaf(Graph *graph, Shape shape, const real *values) {
    Node *node = graph_input(graph, "leaf", shape);
    PROMISE(node, "no memory for a test");
    tensor_upload(&node->value, values);
    graph_want_gradient(node);
    return node;
}

/* Forward and backward of y, with the cotangent of its shape. NULL: ones. */
static void run(Node *y, const real *cotangent) {
    Error error = { "" };
    real ones[MOST];
    for (int i = 0; i < MOST; i++) ones[i] = 1;
    graph_set_loss(y->graph, y);
    if (!graph_forward(y->graph, &error) ||
        !graph_backward_from(y->graph, cotangent ? cotangent : ones, &error))
        test_fail(__FILE__, __LINE__, "%s", error.text);
}

/* Whether a tensor holds these values; NaN equals NaN. */
static bool holds(const Tensor *tensor, const real *expected) {
    const int64_t n = shape_elements(&tensor->shape);
    real values[MOST];
    if (!tensor->data || n > MOST) return false;
    tensor_download(tensor, values);
    for (int64_t i = 0; i < n; i++)
        if (!(values[i] == expected[i] || (isnan(values[i]) && isnan(expected[i])))) return false;
    return true;
}

TEST(max_pool_ties_take_the_first) {
    const real x[9] = { 1, 5, 5, 5, 5, 5, 5, 5, 5 }, first[9] = { 0, 1 };
    const Device *device;
    for (int i = 0; (device = next_device(&i, "ties"));)
        for (int global = 0; global < 2; global++) {
            Graph *graph = graph_create(device, true);
            Node *node = leaf(graph, shape_4(1, 3, 3, 1), x);
            run(global ? op_global_max_pool(node) : op_max_pool(node, 3, 3, 0), NULL);
            CHECK(holds(&node->gradient, first));
            graph_destroy(graph);
        }
}

/* Several blocks, and several threads in each, meet equal values and NaN. */
TEST(global_max_pool_of_a_large_image_takes_the_first) {
    enum { PIXELS = 60 * 61, CHANNELS = 2 };
    static real x[PIXELS * CHANNELS], expected[PIXELS * CHANNELS];
    const int winner[CHANNELS] = { 777, 3000 };
    const Device *device;
    for (int i = 0; i < PIXELS; i++) {
        x[i * CHANNELS] = i >= 777 ? 3 : 2; /* equal from here on */
        x[i * CHANNELS + 1] =
            i == 5 || i == 3000 ? NAN : (real)-i; /* the last NaN, as on the CPU */
    }
    for (int c = 0; c < CHANNELS; c++) expected[winner[c] * CHANNELS + c] = 1;
    for (int i = 0; (device = next_device(&i, "a large image"));) {
        Graph *graph = graph_create(device, true);
        Node *node = leaf(graph, shape_4(1, 60, 61, CHANNELS), x), *y = op_global_max_pool(node);
        run(y, NULL);
        CHECK(holds(&y->value, (const real[]){ 3, NAN }));
        CHECK(holds(&node->gradient, expected));
        graph_destroy(graph);
    }
}

TEST(max_pool_lets_nan_through) {
    const real x[8] = { 1, 2, NAN, 3, 4, 5, 6, 7 }; /* two images of 2 x 2 */
    const Device *device;
    for (int i = 0; (device = next_device(&i, "NaN"));) {
        Graph *graph = graph_create(device, true);
        Node *node = leaf(graph, shape_4(2, 2, 2, 1), x);
        Node *pooled = op_max_pool(node, 2, 2, 0), *whole = op_global_max_pool(node);
        Node *rectified = op_relu(node);
        graph_keep(pooled);
        graph_keep(whole);
        graph_keep(rectified);
        CHECK(graph_forward(graph, NULL));
        CHECK(holds(&pooled->value, (const real[]){ NAN, 7 }));
        CHECK(holds(&whole->value, (const real[]){ NAN, 7 }));
        CHECK(holds(&rectified->value, x));
        graph_destroy(graph);
    }
}

TEST(max_pool_of_minus_infinity) {
    const real x[4] = { -INFINITY, -INFINITY, -INFINITY, -INFINITY }, first[4] = { 1 };
    const Device *device;
    for (int i = 0; (device = next_device(&i, "-infinity"));)
        for (int global = 0; global < 2; global++) {
            Graph *graph = graph_create(device, true);
            Node *node = leaf(graph, shape_4(1, 2, 2, 1), x);
            run(global ? op_global_max_pool(node) : op_max_pool(node, 2, 2, 0), NULL);
            CHECK(holds(&node->gradient, first));
            graph_destroy(graph);
        }
}

TEST(top_k_orders_ties_and_nan) {
    const real scores[12] = { NAN, 2, 7, 7, NAN, -INFINITY, NAN, NAN, NAN, NAN, NAN, NAN };
    const real expected[12] = { 2, 3, 1, 5, 0, 4, 0, 1, 2, 3, 4, 5 };
    const Device *device;
    for (int i = 0; (device = next_device(&i, "order"));) {
        Graph *graph = graph_create(device, true);
        Node *places = op_top_k_channels(leaf(graph, shape_2(2, 6), scores), 6);
        graph_keep(places);
        CHECK(graph_forward(graph, NULL));
        CHECK(holds(&places->value, expected));
        graph_destroy(graph);
    }
}

TEST(channel_gather_adds_up_repeats) {
    const real x[3] = { 5, 6, 7 }, places[5] = { 2, 0, 2, 2, 0 }, cotangent[5] = { 1, 2, 4, 8, 16 };
    const Device *device;
    for (int i = 0; (device = next_device(&i, "repeats"));) {
        Graph *graph = graph_create(device, true);
        Node *node = leaf(graph, shape_2(1, 3), x), *indices = graph_input(graph, "i", shape_1(5));
        tensor_upload(&indices->value, places);
        run(op_channel_gather(node, indices), cotangent);
        CHECK(holds(&node->gradient, (const real[]){ 18, 0, 13 }));
        graph_destroy(graph);
    }
}

TEST(channel_gather_of_no_samples) {
    const Device *device;
    for (int i = 0; (device = next_device(&i, "no samples"));) {
        Graph *graph = graph_create(device, true);
        Node *indices = graph_input(graph, "i", shape_2(0, 2));
        Node *y = op_channel_gather_per_sample(leaf(graph, shape_3(0, 2, 3), NULL), indices);
        run(y, NULL);
        CHECK(shape_elements(&y->shape) == 0);
        graph_destroy(graph);
    }
}

/* Channels outside the slice, too, keep what another reader of x has put there. */
TEST(slice_channels_adds_to_what_is_there) {
    const real x[3] = { 5, 6, 7 }, cotangent[4] = { 1, 2, 4, 8 };
    const Device *device;
    for (int i = 0; (device = next_device(&i, "a slice beside all"));) {
        Graph *graph = graph_create(device, true);
        Node *node = leaf(graph, shape_2(1, 3), x);
        run(op_concat((Node *[]){ op_slice_channels(node, 1, 1), node }, 2), cotangent);
        CHECK(holds(&node->gradient, (const real[]){ 2, 5, 8 }));
        graph_destroy(graph);
    }
}

typedef struct WrongIndex {
    const Device *device;
    real index;
    bool per_sample;
} WrongIndex;

static void gather_wrongly(const void *context) {
    const WrongIndex *wrong = context;
    Graph *graph = graph_create(wrong->device, true);
    Node *x = leaf(graph, shape_2(1, 3), (const real[]){ 1, 2, 3 });
    const Shape one = wrong->per_sample ? shape_2(1, 1) : shape_1(1);
    Node *indices = leaf(graph, one, &wrong->index);
    graph_keep(wrong->per_sample ? op_channel_gather_per_sample(x, indices)
                                 : op_channel_gather(x, indices));
    graph_forward(graph, NULL);
}

TEST(channel_gather_stops_at_a_wrong_index) {
    const real indices[4] = { 3, -1, (real)0.5, NAN };
    const Device *device;
    for (int i = 0; (device = next_device(&i, "a wrong index"));)
        for (int at = 0; at < 8; at++) {
            const WrongIndex wrong = { device, indices[at % 4], at < 4 };
            if (device->kind == DEVICE_CPU || gpu_is_emulated())
                CHECK_STOPS(gather_wrongly, &wrong, "index");
        }
}

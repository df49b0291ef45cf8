/* Every op that can refuse its inputs reports an error with its name, the inputs, their shapes and
 * the fault. */
#include "autograd/ops.h"
#include "tests/test.h"

#include <string.h>

static Node *leaf(Graph *graph, const char *name, Shape shape) {
    return graph_input(graph, name, shape);
}

static Node *wrong_norm(Graph *graph) {
    Node *x = leaf(graph, "x", shape_4(1, 2, 2, 3)), *v = leaf(graph, "v", shape_1(3));
    return op_batch_norm(x, v, leaf(graph, "bias", shape_1(4)), v, v, false);
}

static Node *wrong_residual(Graph *graph) {
    Node *x = leaf(graph, "x", shape_2(2, 3)), *v = leaf(graph, "v", shape_1(3));
    return op_batch_norm_add_relu(x, v, v, v, v, leaf(graph, "r", shape_2(3, 2)), false);
}

static Node *wrong_padding(Graph *graph) {
    return op_max_pool(leaf(graph, "x", shape_4(1, 8, 8, 3)), 3, 2, 2);
}

static Node *wrong_window(Graph *graph) {
    return op_average_pool(leaf(graph, "x", shape_4(1, 2, 8, 3)), 3, 1, 0);
}

static Node *too_large_a_window(Graph *graph) {
    return op_average_pool(leaf(graph, "x", shape_4(1, 5000, 5000, 0)), 5000, 1, 0);
}

static Node *wrong_concat(Graph *graph) {
    return op_concat(
        (Node *[]){ leaf(graph, "a", shape_3(2, 3, 4)), leaf(graph, "b", shape_3(2, 5, 4)) }, 2);
}

static Node *wrong_slice(Graph *graph) {
    return op_slice_channels(leaf(graph, "x", shape_2(2, 4)), 3, 2);
}

static Node *wrong_labels(Graph *graph) {
    return op_softmax_cross_entropy(leaf(graph, "logits", shape_3(2, 3, 4)),
                                    leaf(graph, "labels", shape_2(2, 4)), NULL, 255);
}

static Node *wrong_class_weights(Graph *graph) {
    return op_softmax_cross_entropy(leaf(graph, "logits", shape_2(2, 4)),
                                    leaf(graph, "labels", shape_1(2)),
                                    leaf(graph, "weights", shape_1(3)), 255);
}

static Node *wrong_loss_weights(Graph *graph) {
    return op_segmentation_loss(leaf(graph, "logits", shape_2(2, 4)),
                                leaf(graph, "labels", shape_1(2)),
                                leaf(graph, "weights", shape_1(3)), 255);
}

static Node *wrong_dice(Graph *graph) {
    return op_segmentation_loss(leaf(graph, "logits", shape_2(2, 4)),
                                leaf(graph, "labels", shape_1(4)), NULL, 255);
}

static Node *wrong_size(Graph *graph) {
    return op_resize_bilinear(leaf(graph, "x", shape_4(1, 2, 2, 3)), 0, 4);
}

static Node *too_large(Graph *graph) {
    return op_resize_bilinear(leaf(graph, "x", shape_4(1, 2, 2, 3)), 40000, 4);
}

static Node *wrong_k(Graph *graph) {
    return op_top_k_channels(leaf(graph, "scores", shape_2(2, 4)), 5);
}

static Node *wrong_samples(Graph *graph) {
    return op_channel_gather_per_sample(leaf(graph, "x", shape_3(2, 5, 4)),
                                        leaf(graph, "indices", shape_2(3, 4)));
}

static Node *wrong_bias(Graph *graph) {
    return op_add_bias(leaf(graph, "x", shape_2(2, 4)), leaf(graph, "b", shape_1(2)));
}

static Node *wrong_reshape(Graph *graph) {
    return op_reshape(leaf(graph, "x", shape_2(2, 4)), shape_1(7));
}

static Node *wrong_temperature(Graph *graph) {
    Node *x = leaf(graph, "x", shape_2(2, 4));
    return op_kl_divergence(x, x, 0);
}

static Node *wrong_errors(Graph *graph) {
    return op_mean_squared_error(leaf(graph, "a", shape_2(2, 4)), leaf(graph, "b", shape_2(4, 2)));
}

TEST(wrong_shapes_are_named) {
    static const struct {
        Node *(*build)(Graph *);
        const char *words[3];
    } cases[] = {
        { wrong_norm, { "batch_norm(", "'x' [1,2,2,3]", "'bias' [4]" } },
        { wrong_residual, { "batch_norm_add_relu(", "'x' [2,3]", "'r' [3,2]" } },
        { wrong_padding, { "max_pool(", "'x' [1,8,8,3]", "padding 2" } },
        { wrong_window, { "average_pool(", "'x' [1,2,8,3]", "larger than the image" } },
        { too_large_a_window, { "average_pool(", "'x' [1,5000,5000,0]", "no kernel above 4096" } },
        { wrong_concat, { "concat(", "'a' [2,3,4]", "'b' [2,5,4]" } },
        { wrong_slice, { "slice_channels(", "'x' [2,4]", "3 to 4" } },
        { wrong_labels, { "softmax_cross_entropy(", "'labels' [2,4]", "must be [2,3]" } },
        { wrong_class_weights, { "softmax_cross_entropy(", "'weights' [3]", "must be [4]" } },
        { wrong_loss_weights, { "segmentation_loss(", "'weights' [3]", "must be [4]" } },
        { wrong_dice, { "segmentation_loss(", "'labels' [4]", "must be [2]" } },
        { wrong_size, { "resize_bilinear(", "'x' [1,2,2,3]", "[0,4]" } },
        { too_large, { "resize_bilinear(", "'x' [1,2,2,3]", "no side may be above 32768" } },
        { wrong_k, { "top_k_channels(", "'scores' [2,4]", "k = 5" } },
        { wrong_samples, { "channel_gather_per_sample(", "'x' [2,5,4]", "'indices' [3,4]" } },
        { wrong_bias, { "add_bias(", "'x' [2,4]", "'b' [2]" } },
        { wrong_reshape, { "reshape(", "'x' [2,4]", "[7]" } },
        { wrong_temperature, { "kl_divergence(", "'x' [2,4]", "temperature of 0" } },
        { wrong_errors, { "mean_squared_error(", "'a' [2,4]", "'b' [4,2]" } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Graph *graph = graph_create(device_cpu(), true);
        test_case("refused: %s", cases[i].words[0]);
        CHECK(cases[i].build(graph) == NULL);
        const char *message = graph_error(graph);
        for (int word = 0; word < 3; word++)
            if (!message || !strstr(message, cases[i].words[word]))
                test_fail(__FILE__, __LINE__, "'%s' lacks '%s'", message ? message : "nothing",
                          cases[i].words[word]);
        graph_destroy(graph);
    }
}

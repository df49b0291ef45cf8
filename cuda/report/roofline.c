/* roofline.c - the roofline bound of the networks' products on a GPU, for `./build.sh gpu-report`.
 *
 * A product of n multiply-adds does 2n operations on at least the bytes of its inputs and its
 * output, each moved once. Below a ratio that the GPU fixes, memory is the bound, and no kernel can
 * be faster than those bytes take; above it, arithmetic is. */
#include "autograd/graph.h"
#include "hadnet/model/network.h"

#include <stdio.h>

enum { SIZE = 256, BATCH = 8, DISTINCT_MOST = 256 };

/* An H100 SXM, by its data sheet: dense tf32 products, float, memory. */
static const double tf32_rate = 494e12, float_rate = 67e12, memory_rate = 3.35e12;

static int64_t bytes_at_least(const Node *node) {
    int64_t elements = shape_elements(&node->shape);
    for (int i = 0; i < node->input_count; i++) elements += shape_elements(&node->inputs[i]->shape);
    return elements * (int64_t)sizeof(real);
}

static bool alike(const Node *a, const Node *b) {
    bool same =
        a->op == b->op && a->input_count == b->input_count && shape_equal(&a->shape, &b->shape);
    for (int i = 0; same && i < a->input_count; i++)
        same = shape_equal(&a->inputs[i]->shape, &b->inputs[i]->shape);
    return same;
}

static const char *bound(double flops_per_byte, double rate) {
    return flops_per_byte * memory_rate < rate ? "memory" : "arithmetic";
}

static void print_product(const Node *node, int count) {
    const double flops = 2 * (double)node->op->multiply_adds(node);
    const double bytes = (double)bytes_at_least(node), ratio = flops / bytes;
    printf("%-17s %-17s %-14s %5d %10.1f %9.2f %9.1f  %-10s %s\n", node->op->name,
           shape_text(&node->inputs[0]->shape).text, shape_text(&node->inputs[1]->shape).text,
           count, flops / 2e6, bytes / 1e6, ratio, bound(ratio, tf32_rate),
           bound(ratio, float_rate));
}

/* Every distinct product of the graph, and how often it occurs. */
static void print_products(const Graph *graph) {
    const Node *distinct[DISTINCT_MOST];
    int counts[DISTINCT_MOST], n = 0;
    for (int i = 0; i < graph_node_count(graph); i++) {
        const Node *node = graph_node(graph, i);
        if (!node->op || !node->op->multiply_adds || node->input_count < 2) continue;
        int k = 0;
        while (k < n && !alike(distinct[k], node)) k++;
        PROMISE(k < DISTINCT_MOST, "more than %d distinct products", DISTINCT_MOST);
        if (k == n) {
            distinct[n] = node;
            counts[n++] = 0;
        }
        counts[k]++;
    }
    for (int k = 0; k < n; k++) print_product(distinct[k], counts[k]);
}

static bool print_network(const char *name, Error *error) {
    const NetworkOptions options = { .architecture = architecture_find(name),
                                     .hyperbolic = true,
                                     .curvature = 0.01,
                                     .ard = ARD_RANK,
                                     .classes = 4,
                                     .seed = 1 };
    Network *network = network_create(&options, device_cpu(), error);
    if (!network) return false;
    Graph *graph = graph_create(device_cpu(), false);
    Node *image = graph_input(graph, "image", shape_4(BATCH, SIZE, SIZE, 3));
    const bool built = network_infer(graph, network, image, false, SIZE, SIZE);
    printf("\n%s, forward, %d images of %dx%d\n", name, BATCH, SIZE, SIZE);
    printf("%-17s %-17s %-14s %5s %10s %9s %9s  %-10s %s\n", "op", "x", "weight", "times",
           "M mul-adds", "MB", "flop/byte", "tf32", "float");
    if (built)
        print_products(graph);
    else
        error_set(error, "%s", graph_error(graph));
    graph_destroy(graph);
    network_destroy(network);
    return built;
}

int main(void) {
    Error error = { "" };
    printf("What bounds the products on an H100 (%.0f TFLOP/s tf32, %.0f float, %.2f TB/s): "
           "arithmetic from\n"
           "%.0f flop/byte on in tf32, from %.0f in float.\n",
           tf32_rate / 1e12, float_rate / 1e12, memory_rate / 1e12, tf32_rate / memory_rate,
           float_rate / memory_rate);
    if (print_network("compact", &error) && print_network("wrn50", &error)) return 0;
    fprintf(stderr, "roofline: %s\n", error.text);
    return 2;
}

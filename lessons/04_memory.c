/* 04_memory.c - what a graph keeps, what it computes again, and what it asks the system for.
 *
 *     ./build.sh run lessons/04_memory.c
 *
 * Every value here has the same size, so that memory can be counted in values.
 */
#include "nn/nn.h"

#include <math.h>
#include <stdio.h>

enum { SIDE = 64, LARGE = 128, CHANNELS = 64, LENGTH = 8, CHAINS = 4, STEPS = 4 };

static const double one_value = (double)SIDE * SIDE * CHANNELS * sizeof(real);

static double values_in(size_t bytes) {
    return (double)bytes / one_value;
}

static size_t live(void) {
    return memory_use(device_cpu()).live_bytes;
}

/* ---- Chains of one op ---- */

typedef Node *(*Link)(Node *x); /* one more op of a chain */

static Node *scaled(Node *x) {
    return op_scale(x, 0.5);
}

/* x is read again after the squares. */
static Node *with_branch(Node *x) {
    return op_add(x, op_square(op_square(x)));
}

typedef struct Memory {
    double peak, kept; /* in values: the most at a time, and after forward */
} Memory;

/* The input, one value, is not counted. */
static Memory run_chain(Link link, bool training) {
    Error error = { "" };
    Graph *graph = graph_create(device_cpu(), training);
    Node *x = graph_input(graph, "x", shape_4(1, SIDE, SIDE, CHANNELS)), *y = x;
    if (training) graph_want_gradient(x);
    for (int i = 0; i < LENGTH; i++) y = link(y);
    Node *mean = op_mean(y);
    if (training)
        graph_set_loss(graph, mean);
    else
        graph_keep(mean);
    tensor_fill(&x->value, (real)0.5);
    const size_t before = live();
    Memory memory = { NAN, NAN };
    if (graph_forward(graph, &error)) {
        memory.kept = values_in(live() - before);
        memory.peak = values_in(memory_use(device_cpu()).peak_bytes - before);
    }
    graph_destroy(graph);
    return memory;
}

/* Smaller first, as the peak is that of the process so far. */
static bool print_chains(void) {
    static const struct {
        const char *name, *reads;
        Link link;
    } chains[] = { { "scale", "nothing", scaled },
                   { "square", "its input", op_square },
                   { "hyperbolic_tangent", "its output", op_hyperbolic_tangent },
                   { "x + square(square(x))", "inputs of square", with_branch } };
    Memory memory[2][CHAINS];
    for (int training = 0; training < 2; training++)
        for (int i = 0; i < CHAINS; i++) memory[training][i] = run_chain(chains[i].link, training);
    printf("%d times                 backward reads     inference, at most   training, after "
           "forward\n",
           LENGTH);
    for (int i = 0; i < CHAINS; i++)
        printf("%-22s  %-16s %20.0f   %23.0f\n", chains[i].name, chains[i].reads, memory[0][i].peak,
               memory[1][i].kept);
    return fabs(memory[1][0].kept) < 0.1 && fabs(memory[1][2].kept - LENGTH) < 0.1;
}

/* ---- Blocks of convolution, batch norm and relu ---- */

typedef struct Network {
    ParameterSet *set;
    Graph *graph;
    Node *x, *loss;
} Network;

static void network_free(Network *network) {
    graph_destroy(network->graph);
    parameter_set_destroy(network->set);
}

static Network network_new(int side, int blocks, bool fused) {
    Network n = { .set = parameter_set_create(device_cpu(), 1),
                  .graph = graph_create(device_cpu(), true) };
    n.x = graph_input(n.graph, "x", shape_4(1, side, side, CHANNELS));
    Node *y = n.x;
    for (int i = 0; i < blocks; i++) {
        const Name conv = parameter_name_index("conv", i), norm = parameter_name_index("norm", i);
        const Conv2dLayer layer =
            layer_conv2d_create(n.set, conv.text, CHANNELS, CHANNELS, 1, (Conv2dOptions){ 0 });
        const BatchNormLayer norm_layer = layer_batch_norm_create(n.set, norm.text, CHANNELS);
        y = layer_conv2d_apply(n.graph, &layer, y);
        y = fused ? layer_batch_norm_apply_relu(n.graph, &norm_layer, y)
                  : op_relu(layer_batch_norm_apply(n.graph, &norm_layer, y));
    }
    n.loss = op_mean(op_square(y));
    graph_set_loss(n.graph, n.loss);
    return n;
}

/* Values that each further block keeps from forward to backward. */
static double kept_a_block(int side, bool fused) {
    double kept[2] = { NAN, NAN };
    for (int more = 0; more < 2; more++) {
        Error error = { "" };
        Network network = network_new(side, 2 + 4 * more, fused);
        tensor_fill(&network.x->value, 1);
        const size_t before = live();
        if (graph_forward(network.graph, &error))
            kept[more] = (double)(live() - before) / (double)tensor_bytes(&network.x->value);
        network_free(&network);
    }
    return (kept[1] - kept[0]) / 4;
}

static bool print_blocks(void) {
    const double apart = kept_a_block(LARGE, false), together = kept_a_block(LARGE, true);
    printf("\nconvolution, batch norm, relu   values of 1 MB   values of 4 MB\n");
    printf("three ops                     %16.0f %16.0f\n", kept_a_block(SIDE, false), apart);
    printf("batch norm and relu in one    %16.0f %16.0f\n", kept_a_block(SIDE, true), together);
    return together < apart;
}

/* ---- Steps ---- */

static bool print_steps(void) {
    Error error = { "" };
    Network network = network_new(SIDE, 4, true);
    int64_t last = 0;
    memory_trim(device_cpu());
    printf("\nstep   asked the system for memory\n");
    for (int step = 1; step <= STEPS; step++) {
        const int64_t before = memory_use(device_cpu()).system_allocations;
        tensor_fill(&network.x->value, (real)step);
        if (!graph_forward(network.graph, &error) || !graph_backward(network.graph, &error))
            return puts(error.text), false;
        last = memory_use(device_cpu()).system_allocations - before;
        printf("%4d   %s\n", step, last > 0 ? "yes" : "no");
    }
    network_free(&network);
    return last == 0;
}

/* ---- Answers to the exercises ---- */

static bool answer_sigmoid(void) {
    const Memory memory = run_chain(op_sigmoid, true);
    printf("1. %d sigmoids keep %.0f values\n", LENGTH, memory.kept);
    return fabs(memory.kept - LENGTH) < 0.1;
}

/* A training graph of 8 squares against the 2 values of inference. */
static bool answer_inference(void) {
    const Memory memory = run_chain(op_square, true);
    printf("2. a training graph holds %.0f of 8 squares for a backward that never comes\n",
           memory.kept);
    return fabs(memory.kept - 7) < 0.1;
}

int main(void) {
    bool good = print_chains();
    good = print_blocks() && good;
    good = print_steps() && good;
    printf("\nanswers\n");
    good = answer_sigmoid() && answer_inference() && good;
    return good ? 0 : 1;
}

/* head.c - builds the head's layers and its graph. */
#include "hadnet/model/head.h"

#include "autograd/ops.h"
#include "hyp/ops.h"

/* The layers between the 1x1 of each level and the last 1x1. */
static void create_decoder(Head *head, ParameterSet *set, const char *name, int d) {
    if (head->architecture->decoder == DECODER_TOP_DOWN) {
        for (int i = 0; i < head->architecture->levels - 1; i++) {
            const Name merge = parameter_name_index(parameter_name_join(name, "merge").text, i);
            const Name norm = parameter_name_index(parameter_name_join(name, "merge_norm").text, i);
            head->merge[i] =
                layer_conv2d_create(set, merge.text, d, d, 3, (Conv2dOptions){ .padding = 1 });
            head->merge_norm[i] = layer_batch_norm_create(set, norm.text, d);
        }
        return;
    }
    head->sum_norm = layer_batch_norm_create(set, parameter_name_join(name, "sum_norm").text, d);
    head->depthwise = layer_conv2d_create(set, parameter_name_join(name, "depthwise").text, d, d, 3,
                                          (Conv2dOptions){ .padding = 1, .groups = d });
    head->depthwise_norm =
        layer_batch_norm_create(set, parameter_name_join(name, "depthwise_norm").text, d);
}

static void create_classes(Head *head, ParameterSet *set, const char *name,
                           const HeadOptions *options) {
    const Name planes = parameter_name_join(name, "hyperplanes");
    head->hyperplanes = layer_hyperplane_create(set, planes.text, head->architecture->feature,
                                                options->classes, (real)options->curvature);
    if (options->hyperbolic && options->learn_curvature)
        layer_hyperplane_learn_curvature(set, planes.text, &head->hyperplanes);
    if (!options->temperature) return;
    head->temperature = parameter_add(set, parameter_name_join(name, "temperature").text,
                                      PARAMETER_BIAS, shape_1(1));
    if (head->temperature->value.data) tensor_fill(&head->temperature->value, 1);
}

Head head_create(ParameterSet *set, const char *name, const Architecture *architecture,
                 const HeadOptions *options) {
    const int d = architecture->feature;
    Head head = { .architecture = architecture,
                  .hyperbolic = options->hyperbolic,
                  .clip = options->hyperbolic ? (real)options->clip : 0 };
    for (int i = 0; i < architecture->levels; i++)
        head.lateral[i] = layer_conv2d_create(
            set, parameter_name_index(parameter_name_join(name, "lateral").text, i).text,
            architecture->channels[i], d, 1, (Conv2dOptions){ 0 });
    create_decoder(&head, set, name, d);
    head.pointwise = layer_conv2d_create(set, parameter_name_join(name, "pointwise").text, d, d, 1,
                                         (Conv2dOptions){ .bias = true });
    create_classes(&head, set, name, options);
    return head;
}

/* The sum of all levels' 1x1 projections, upsampled to the finest level's size. */
static Node *merge_levels(Graph *graph, const Head *head, const Features *features) {
    if (!features->level[0]) return NULL;
    const Shape *finest = &features->level[0]->shape;
    Node *merged = layer_conv2d_apply(graph, &head->lateral[0], features->level[0]);
    for (int i = 1; i < features->levels; i++) {
        Node *level = layer_conv2d_apply(graph, &head->lateral[i], features->level[i]);
        merged = op_add(merged, op_resize_bilinear(level, finest->size[1], finest->size[2]));
    }
    return merged;
}

static Node *merge_top_down(Graph *graph, const Head *head, const Features *features) {
    const int coarsest = features->levels - 1;
    Node *merged = layer_conv2d_apply(graph, &head->lateral[coarsest], features->level[coarsest]);
    for (int i = coarsest - 1; i >= 0 && features->level[i]; i--) {
        const Shape *grid = &features->level[i]->shape;
        Node *level = layer_conv2d_apply(graph, &head->lateral[i], features->level[i]);
        merged = op_add(level, op_resize_bilinear(merged, grid->size[1], grid->size[2]));
        merged = layer_conv2d_apply(graph, &head->merge[i], merged);
        merged = layer_batch_norm_apply_relu(graph, &head->merge_norm[i], merged);
    }
    return merged;
}

static Node *decode(Graph *graph, const Head *head, const Features *features) {
    if (head->architecture->decoder == DECODER_TOP_DOWN)
        return layer_conv2d_apply(graph, &head->pointwise, merge_top_down(graph, head, features));
    Node *x = merge_levels(graph, head, features);
    x = layer_batch_norm_apply_relu(graph, &head->sum_norm, x);
    x = layer_conv2d_apply(graph, &head->depthwise, x);
    x = layer_batch_norm_apply_relu(graph, &head->depthwise_norm, x);
    return layer_conv2d_apply(graph, &head->pointwise, x);
}

/* The radius is that of the first curvature, if it is learnt. */
Node *head_tangents(Graph *graph, const Head *head, const Features *features) {
    const HyperplaneLayer *planes = &head->hyperplanes;
    const real first =
        planes->scale ? planes->first_scale * planes->first_scale : planes->curvature;
    Node *u = decode(graph, head, features);
    return head->clip > 0 ? op_feature_clip(u, head->clip, first) : u;
}

Node *head_logits(Graph *graph, const Head *head, Node *u) {
    Node *logits = head->hyperbolic
                       ? layer_hyperplane_logits(graph, &head->hyperplanes, u)
                       : layer_hyperplane_euclidean_logits(graph, &head->hyperplanes, u);
    if (!head->temperature) return logits;
    return op_scale_channels(logits, graph_parameter(graph, head->temperature));
}

Node *head_distances(Graph *graph, const Head *head, Node *u) {
    return head->hyperbolic ? layer_hyperplane_distances(graph, &head->hyperplanes, u)
                            : layer_hyperplane_euclidean_logits(graph, &head->hyperplanes, u);
}

/* backbone.c - picks the network of nn/ and applies it. */
#include "hadnet/model/backbone.h"

#include <string.h>

static bool is_compact(const Backbone *backbone) {
    return !strcmp(backbone->architecture->backbone, "compact");
}

Backbone backbone_create(ParameterSet *set, const char *name, const Architecture *architecture) {
    Backbone backbone = { .architecture = architecture };
    if (is_compact(&backbone))
        backbone.compact =
            compact_network_create(set, name, architecture->channels[COMPACT_STAGES - 1]);
    else
        backbone.wide_resnet = wide_resnet_create(set, name, 3, 0);
    return backbone;
}

Features backbone_apply(Graph *graph, const Backbone *backbone, Node *image) {
    Features features = { .levels = backbone->architecture->levels };
    if (is_compact(backbone)) {
        compact_network_apply(graph, &backbone->compact, image, features.level);
        return features;
    }
    const WideResNetOutputs outputs = wide_resnet_apply(graph, &backbone->wide_resnet, image);
    for (int i = 0; i < features.levels; i++) features.level[i] = outputs.layers[i];
    return features;
}

/* parameters.h - the named parameters of a model.
 *
 *     ParameterSet *set = parameter_set_create(device_cpu(), seed);
 *     Parameter *weight = parameter_add(set, "conv1.weight", PARAMETER_WEIGHT, shape);
 *     if (parameter_set_error(set)) ...
 *
 * A ParameterSet owns its Parameters, in the order in which they were added. Names are unique and
 * hierarchical: "layer1.0.conv1.weight" is the weight of module conv1 in block 0 of layer1. Layers
 * keep pointers into the set; they stay good until the set is destroyed.
 *
 * As with a graph, running out of memory while a model is being built is kept as the set's first
 * error, so that the code that lists layers need not test every line.
 */
#ifndef NN_PARAMETERS_H
#define NN_PARAMETERS_H

#include "autograd/graph.h"
#include "tensor/public.h"

PUBLIC_BEGIN

typedef struct ParameterSet {
    const Device *device;
    uint64_t seed; /* of the initialisers */
    Parameter **items;
    int count, capacity;
    Error error;
} ParameterSet;

/* A name under construction: parameter_name_join("layer1.0", "conv1") is "layer1.0.conv1". */
typedef struct Name {
    char text[160];
} Name;

Name parameter_name_join(const char *module,
                         const char *part); /* with an empty module: part alone */
Name parameter_name_index(const char *module,
                          int index);           /* parameter_name_index("layer1", 0): "layer1.0" */
uint64_t parameter_name_hash(const char *name); /* FNV-1a, 64 bits */

ParameterSet *parameter_set_create(const Device *device, uint64_t seed);
void parameter_set_destroy(ParameterSet *set); /* NULL is allowed; also destroys the parameters */

/* The first failure while parameters were added; NULL when none. */
const char *parameter_set_error(const ParameterSet *set);

/* A new parameter, not frozen, filled with zeros, with a gradient of zeros unless it is a buffer.
 * Never NULL: without memory its tensors are empty and the set keeps the error. */
Parameter *parameter_add(ParameterSet *set, const char *name, ParameterKind kind, Shape shape);

/* The parameter of that name; NULL when there is none. */
Parameter *parameter_find(const ParameterSet *set, const char *name);

/* Freezes or unfreezes every parameter whose name starts with the prefix ("" for all; "conv1." for
 * a layer). A frozen parameter has no gradient and is not updated; a batch norm whose weight is
 * frozen normalises with its running statistics and does not update them, in any graph. Freeze
 * before creating graphs. Returns the number of parameters. */
int parameter_set_freeze(ParameterSet *set, const char *prefix, bool frozen);

/* The number of trainable elements: those of all parameters except buffers. */
int64_t parameter_set_elements(const ParameterSet *set);

/* Zeroes all gradients. A graph writes only the gradients of the parameters that its loss depends
 * on: call this before the first step with another graph. */
void parameter_set_zero_gradients(ParameterSet *set);

/* Whether an optimiser may update it: neither a buffer nor frozen. */
bool parameter_is_trained(const Parameter *parameter);

PUBLIC_END

#endif

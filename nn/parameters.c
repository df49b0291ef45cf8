/* parameters.c - adding, finding, freezing and zeroing the parameters of a set. */
#include "nn/parameters.h"

#include "tensor/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Name parameter_name_join(const char *module, const char *part) {
    Name name;
    const int length =
        snprintf(name.text, sizeof name.text, "%s%s%s", module, *module ? "." : "", part);
    PROMISE(length < (int)sizeof name.text, "the name %s.%s is too long", module, part);
    return name;
}

Name parameter_name_index(const char *module, int index) {
    char part[16];
    snprintf(part, sizeof part, "%d", index);
    return parameter_name_join(module, part);
}

uint64_t parameter_name_hash(const char *name) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *name; name++) hash = (hash ^ (unsigned char)*name) * 0x100000001b3u;
    return hash;
}

ParameterSet *parameter_set_create(const Device *device, uint64_t seed) {
    ParameterSet *set = memory_new(1, sizeof *set);
    set->device = device;
    set->seed = seed;
    return set;
}

void parameter_set_destroy(ParameterSet *set) {
    if (!set) return;
    for (int i = 0; i < set->count; i++) {
        tensor_release(&set->items[i]->value);
        tensor_release(&set->items[i]->gradient);
        free(set->items[i]->name);
        free(set->items[i]);
    }
    free(set->items);
    free(set);
}

const char *parameter_set_error(const ParameterSet *set) {
    return set->error.text[0] ? set->error.text : NULL;
}

static void allocate(ParameterSet *set, Parameter *parameter, Tensor *tensor, Shape shape) {
    *tensor = tensor_create_lasting(set->device, shape);
    if (tensor->data)
        tensor_zero(tensor);
    else if (!set->error.text[0])
        error_no_memory(&set->error, "parameter '%s' %s on device %s", parameter->name,
                        shape_text(&shape).text, set->device->name);
}

Parameter *parameter_add(ParameterSet *set, const char *name, ParameterKind kind, Shape shape) {
    PROMISE(!parameter_find(set, name), "two parameters are called '%s'", name);
    if (set->count == set->capacity) {
        set->capacity = set->capacity ? 2 * set->capacity : 64;
        set->items = memory_resize(set->items, (size_t)set->capacity, sizeof *set->items);
    }
    Parameter *parameter = memory_new(1, sizeof *parameter);
    parameter->name = memory_text(name);
    parameter->kind = kind;
    set->items[set->count++] = parameter;
    allocate(set, parameter, &parameter->value, shape);
    if (kind != PARAMETER_BUFFER) allocate(set, parameter, &parameter->gradient, shape);
    return parameter;
}

Parameter *parameter_find(const ParameterSet *set, const char *name) {
    for (int i = 0; i < set->count; i++)
        if (!strcmp(set->items[i]->name, name)) return set->items[i];
    return NULL;
}

int parameter_set_freeze(ParameterSet *set, const char *prefix, bool frozen) {
    int found = 0;
    for (int i = 0; i < set->count; i++) {
        if (strncmp(set->items[i]->name, prefix, strlen(prefix)) != 0) continue;
        set->items[i]->frozen = frozen;
        found++;
    }
    return found;
}

int64_t parameter_set_elements(const ParameterSet *set) {
    int64_t elements = 0;
    for (int i = 0; i < set->count; i++)
        if (set->items[i]->kind != PARAMETER_BUFFER)
            elements += shape_elements(&set->items[i]->value.shape);
    return elements;
}

void parameter_set_zero_gradients(ParameterSet *set) {
    for (int i = 0; i < set->count; i++)
        if (set->items[i]->gradient.data) tensor_zero(&set->items[i]->gradient);
}

bool parameter_is_trained(const Parameter *parameter) {
    return parameter->kind != PARAMETER_BUFFER && !parameter->frozen;
}

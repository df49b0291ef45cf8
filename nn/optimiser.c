/* optimiser.c - moments, settings and the parts of a step. */
#include "nn/optimiser.h"

#include "nn/gradient_norm.h"
#include "nn/step_control.h"
#include "tensor/memory.h"

#include <stdio.h>
#include <stdlib.h>

enum { SETTINGS_REALS = SETTINGS_KINDS * (int)(sizeof(UpdateSettings) / sizeof(real)) };

RuleTable rule_table(const UpdateRule *rule) {
    RuleTable rules = { { NULL } };
    rules.of[PARAMETER_WEIGHT] = rules.of[PARAMETER_BIAS] = rule;
    return rules;
}

OptimiserOptions optimiser_options(void) {
    return (OptimiserOptions){ .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .point_rate = 1 };
}

/* The current update rule of a parameter; NULL when it does not change. */
static const UpdateRule *rule_for(const Optimiser *optimiser, const Parameter *parameter) {
    return parameter_is_trained(parameter) ? optimiser->rules.of[parameter->kind] : NULL;
}

/* Creates a parameter's moments, all zero. A parameter that has always been frozen has none yet. */
static bool add_moments(Optimiser *optimiser, int i, Error *error) {
    const Parameter *parameter = optimiser->parameters->items[i];
    const UpdateRule *rule = rule_for(optimiser, parameter);
    for (int m = 0; rule && m < RULE_MAX_MOMENTS && rule->moments[m]; m++) {
        if (optimiser->moments[i][m]) continue;
        const Name name = parameter_name_join(parameter->name, rule->moments[m]);
        const Shape shape =
            rule->moment_shape ? rule->moment_shape(parameter, m) : parameter->value.shape;
        optimiser->moments[i][m] =
            parameter_add(optimiser->state, name.text, PARAMETER_BUFFER, shape);
    }
    const char *failure = parameter_set_error(optimiser->state);
    return !failure || error_set(error, "optimiser: %s", failure);
}

Optimiser *optimiser_create(ParameterSet *set, const RuleTable *rules,
                            const OptimiserOptions *options, Error *error) {
    if (parameter_set_error(set)) return error_set(error, "%s", parameter_set_error(set)), NULL;
    Optimiser *optimiser = memory_new(1, sizeof *optimiser);
    *optimiser = (Optimiser){ .parameters = set,
                              .count = set->count,
                              .rules = *rules,
                              .options = options ? *options : optimiser_options() };
    optimiser->state = parameter_set_create(set->device, 0);
    optimiser->moments = memory_new((size_t)set->count, sizeof *optimiser->moments);
    optimiser->host_norms = memory_new((size_t)set->count, sizeof *optimiser->host_norms);
    optimiser->norms = tensor_create(set->device, shape_1(set->count));
    optimiser->settings = tensor_create(set->device, shape_1(SETTINGS_REALS));
    bool good = (optimiser->norms.data && optimiser->settings.data) ||
                error_no_memory(error, "an optimiser of %d parameters", set->count);
    for (int i = 0; good && i < set->count; i++) good = add_moments(optimiser, i, error);
    if (good) return optimiser;
    optimiser_destroy(optimiser);
    return NULL;
}

void optimiser_destroy(Optimiser *optimiser) {
    if (!optimiser) return;
    parameter_set_destroy(optimiser->state);
    tensor_release(&optimiser->norms);
    tensor_release(&optimiser->settings);
    free(optimiser->moments);
    free(optimiser->host_norms);
    free(optimiser);
}

/* Reports which element of a gradient is not finite, if there is memory to look. */
static void refuse(const Optimiser *optimiser, const Parameter *parameter, Error *error) {
    const Shape *shape = &parameter->gradient.shape;
    const int64_t n = shape_elements(shape);
    real *host = malloc((size_t)n * sizeof *host);
    char element[64] = "";
    if (host) {
        tensor_download(&parameter->gradient, host);
        int64_t i = 0;
        while (i < n - 1 && isfinite(host[i])) i++;
        snprintf(element, sizeof element, " (element %lld is %g)", (long long)i, (double)host[i]);
    }
    error_set(error,
              "step %lld: the gradient of '%s' %s is not finite%s; "
              "nothing was changed; try a smaller learning rate",
              (long long)optimiser->step, parameter->name, shape_text(shape).text, element);
    free(host);
}

double optimiser_gradient_norm(const Optimiser *optimiser) {
    return step_norm(optimiser->host_norms, optimiser->parameters->count);
}

static UpdateSettings settings_of_step(const Optimiser *optimiser, double learning_rate) {
    const OptimiserOptions *options = &optimiser->options;
    const double step = (double)optimiser->step;
    return (UpdateSettings){
        .learning_rate = (real)learning_rate,
        .momentum = (real)options->momentum,
        .nesterov = options->nesterov,
        .beta1 = (real)options->beta1,
        .beta2 = (real)options->beta2,
        .one_minus_beta1 = (real)(1 - options->beta1),
        .one_minus_beta2 = (real)(1 - options->beta2),
        .correction1 = (real)(1 - pow(options->beta1, step)),
        .root_correction2 = (real)sqrt(1 - pow(options->beta2, step)),
        .epsilon = (real)options->epsilon,
    };
}

bool optimiser_prepare(Optimiser *optimiser, double learning_rate, Error *error) {
    const int count = optimiser->parameters->count;
    PROMISE(count == optimiser->count, "parameters were added after their optimiser");
    for (int i = 0; i < count; i++)
        if (!add_moments(optimiser, i, error)) return false;
    optimiser->step++;
    UpdateSettings settings[SETTINGS_KINDS];
    settings[SETTINGS_PLAIN] = settings[SETTINGS_DECAYING] =
        settings_of_step(optimiser, learning_rate);
    settings[SETTINGS_DECAYING].weight_decay = (real)optimiser->options.weight_decay;
    settings[SETTINGS_POINTS] =
        settings_of_step(optimiser, learning_rate * optimiser->options.point_rate);
    tensor_upload(&optimiser->settings, (const real *)settings);
    return true;
}

UpdateKernel update_kernel(const UpdateRule *rule, const Device *device) {
    if (device->kind == DEVICE_CPU) return rule->update.cpu;
    return rule->update.gpu ? (UpdateKernel)device->kernel(rule->update.gpu) : NULL;
}

static int settings_kind(ParameterKind kind) {
    if (kind == PARAMETER_BALL_POINT) return SETTINGS_POINTS;
    return kind == PARAMETER_WEIGHT ? SETTINGS_DECAYING : SETTINGS_PLAIN;
}

static void update(const Optimiser *optimiser, int i) {
    const Parameter *parameter = optimiser->parameters->items[i];
    const UpdateRule *rule = rule_for(optimiser, parameter);
    if (!rule) return;
    const UpdateSettings *settings = (const UpdateSettings *)optimiser->settings.data;
    Update update = {
        .shape = parameter->value.shape,
        .value = parameter->value.data,
        .gradient = parameter->gradient.data,
        .settings = settings + settings_kind(parameter->kind),
        .context = rule->context,
    };
    for (int m = 0; m < RULE_MAX_MOMENTS; m++)
        if (optimiser->moments[i][m]) update.moments[m] = optimiser->moments[i][m]->value.data;
    const Device *device = optimiser->parameters->device;
    const UpdateKernel kernel = update_kernel(rule, device);
    PROMISE(kernel, "rule %s has no kernel for device %s", rule->name, device->name);
    kernel(&update);
}

void optimiser_enqueue(Optimiser *optimiser) {
    const ParameterSet *set = optimiser->parameters;
    tensor_zero(&optimiser->norms);
    for (int i = 0; i < set->count; i++)
        if (rule_for(optimiser, set->items[i]))
            gradient_norm(set->device, set->items[i]->gradient.data,
                          shape_elements(&set->items[i]->gradient.shape),
                          optimiser->norms.data + i);
    step_control(set->device, optimiser->norms.data, set->count, optimiser->options.clip_norm,
                 (UpdateSettings *)optimiser->settings.data);
    for (int i = 0; i < set->count; i++) update(optimiser, i);
}

bool optimiser_finish(Optimiser *optimiser, Error *error) {
    const ParameterSet *set = optimiser->parameters;
    tensor_download(&optimiser->norms, optimiser->host_norms);
    for (int i = 0; i < set->count; i++) {
        if (isfinite(optimiser->host_norms[i])) continue;
        refuse(optimiser, set->items[i], error);
        optimiser->step--;
        return false;
    }
    return true;
}

bool optimiser_step(Optimiser *optimiser, double learning_rate, Error *error) {
    if (!optimiser_prepare(optimiser, learning_rate, error)) return false;
    optimiser_enqueue(optimiser);
    return optimiser_finish(optimiser, error);
}

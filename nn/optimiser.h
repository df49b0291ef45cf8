/* optimiser.h - optimisers: update rules, and the parts of a step.
 *
 *     Optimiser *optimiser = optimiser_create(set, &rules, &options, &error);
 *     ... graph_forward, graph_backward ...
 *     if (!optimiser_step(optimiser, learning_rate, &error)) ...
 *
 * A step has three parts. prepare sends the settings to the device. enqueue enqueues the work that
 * measures the gradients, decides whether they are usable, and updates the parameters. finish
 * reads the outcome and is the only part that waits. Call them one by one to overlap other work of
 * the host, or to record the second part.
 *
 * An UpdateRule updates one parameter, and a RuleTable selects the rule for each kind of parameter.
 * Other rooms can add rules for other geometries, such as a Riemannian rule for ball points,
 * without a change here.
 *
 * The learning rate comes with every step: a schedule is a function of the step number alone
 * (schedule.h), so a resumed run needs nothing but the numbers below.
 */
#ifndef NN_OPTIMISER_H
#define NN_OPTIMISER_H

#include "nn/parameters.h"
#include "nn/update_rules.h"
#include "tensor/public.h"

PUBLIC_BEGIN

enum { TRAINED_KINDS = PARAMETER_BUFFER, RULE_MAX_MOMENTS = 2 };

/* One parameter's step: what an update kernel reads and writes, all on one device. */
typedef struct Update {
    Shape shape;
    real *value;
    const real *gradient;
    real *moments[RULE_MAX_MOMENTS];
    const UpdateSettings *settings; /* when its `go` is 0, nothing is changed */
    const void *context;            /* the rule's own, on the host */
} Update;

typedef void (*UpdateKernel)(const Update *update);

typedef struct UpdateRule {
    const char *name;                      /* "adam" */
    const char *moments[RULE_MAX_MOMENTS]; /* the moments' names: "exp_avg"; NULL: no more */
    Shape (*moment_shape)(const Parameter *parameter, int moment); /* NULL: the parameter's own */
    struct {
        UpdateKernel cpu;
        const char *gpu; /* the name of the GPU's (op.h: KERNEL) */
    } update;
    const void *context; /* passed on in every Update: a curvature, ... */
} UpdateRule;

/* The update rule of each kind of parameter; kinds without one do not change. */
typedef struct RuleTable {
    const UpdateRule *of[TRAINED_KINDS]; /* indexed by ParameterKind */
} RuleTable;

extern const UpdateRule rule_sgd, rule_adam, rule_adamw;

/* The rule's kernel for a device; NULL: there is none. */
UpdateKernel update_kernel(const UpdateRule *rule, const Device *device);

/* The rule for weights and biases, none for ball points. */
RuleTable rule_table(const UpdateRule *rule);

typedef struct OptimiserOptions {
    double momentum;     /* of rule_sgd; 0 is plain gradient descent */
    bool nesterov;       /* of rule_sgd */
    double beta1, beta2; /* of rule_adam and rule_adamw */
    double epsilon;
    double weight_decay; /* of parameters of kind PARAMETER_WEIGHT */
    double clip_norm;    /* largest norm of all gradients together; 0: no limit */
    double point_rate;   /* the rate of PARAMETER_BALL_POINT, in learning rates */
} OptimiserOptions;

/* PyTorch's defaults: momentum 0, beta 0.9 and 0.999, epsilon 1e-8, no decay, no clipping;
 * points move at the learning rate. */
OptimiserOptions optimiser_options(void);

typedef struct Optimiser {
    ParameterSet *parameters; /* not owned */
    int count;                /* of them */
    RuleTable rules;
    OptimiserOptions options;
    int64_t step;        /* steps taken */
    ParameterSet *state; /* owned: buffers named "layer1.0.conv1.weight.exp_avg" */
    Parameter *(*moments)[RULE_MAX_MOMENTS]; /* per parameter, in the state; NULL: none */
    Tensor settings;                         /* SETTINGS_KINDS UpdateSettings, as reals */
    Tensor norms; /* per parameter: the norm of its gradient in the last step */
    real *host_norms;
} Optimiser;

/* An optimiser for the parameters that the set holds now; the set must outlive it. options: NULL
 * for optimiser_options(). NULL and an error when memory runs out, or ran out for a parameter. */
Optimiser *optimiser_create(ParameterSet *set, const RuleTable *rules,
                            const OptimiserOptions *options, Error *error);
void optimiser_destroy(Optimiser *optimiser); /* NULL is fine */

/* Updates every trained (not frozen) parameter that has a rule. When a gradient holds a NaN or an
 * infinity: false, an error that names the first such parameter, and no change. */
bool optimiser_step(Optimiser *optimiser, double learning_rate, Error *error);

/* The parts of optimiser_step, in this order. optimiser_enqueue only enqueues work on the device,
 * the same work every time unless a parameter is frozen or unfrozen. After a failed finish the
 * parameters are unchanged. */
bool optimiser_prepare(Optimiser *optimiser, double learning_rate, Error *error);
void optimiser_enqueue(Optimiser *optimiser);
bool optimiser_finish(Optimiser *optimiser, Error *error);

/* The norm of all gradients together in the last step, before clipping. */
double optimiser_gradient_norm(const Optimiser *optimiser);

/* Save the optimiser's state as safetensors; load it, or fail without any change. A run resumed
 * from the file takes the same steps, bit for bit. */
bool optimiser_save(const Optimiser *optimiser, const char *path, Error *error);
bool optimiser_load(Optimiser *optimiser, const char *path, Error *error);

PUBLIC_END

#endif

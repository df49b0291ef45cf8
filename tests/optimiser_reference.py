"""Writes optimiser_reference.h: what torch.optim does to five numbers in six steps, in double.

    python3 tests/optimiser_reference.py > tests/optimiser_reference.h

Gradients are those of half the squared distance to a target, seen through a fixed wobble, so that
they depend on the values and change from step to step:
    g[i] = (theta[i] - target[i]) * (1 + 0.5 * sin(3 * step + i)),  step = 1, 2, ...
"""
import math

import torch

START = [0.5, -1.25, 3.0, 0.0, -0.75]
TARGET = [0.25, 1.0, -2.0, 1e-3, -0.75]
STEPS = 6

CASES = [
    # name, rule, constructor, keywords, largest gradient norm (0: none)
    ("plain descent", "sgd", torch.optim.SGD, dict(lr=0.05), 0),
    ("momentum", "sgd", torch.optim.SGD, dict(lr=0.05, momentum=0.9), 0),
    ("momentum and decay", "sgd", torch.optim.SGD, dict(lr=0.05, momentum=0.9, weight_decay=0.1), 0),
    ("nesterov and decay", "sgd", torch.optim.SGD,
     dict(lr=0.05, momentum=0.8, weight_decay=0.1, nesterov=True), 0),
    ("adam", "adam", torch.optim.Adam, dict(lr=0.1), 0),
    ("adam with decay", "adam", torch.optim.Adam,
     dict(lr=0.1, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.2), 0),
    ("adamw", "adamw", torch.optim.AdamW, dict(lr=0.1, weight_decay=0.2), 0),
    ("adam, clipped", "adam", torch.optim.Adam, dict(lr=0.1), 1.5),
    ("adam with decay, clipped", "adam", torch.optim.Adam, dict(lr=0.1, weight_decay=0.2), 1.5),
    ("adamw, clipped", "adamw", torch.optim.AdamW, dict(lr=0.1, eps=0.5, weight_decay=0.1), 1.5),
    ("momentum, clipped", "sgd", torch.optim.SGD, dict(lr=0.05, momentum=0.9), 1.5),
]


def run(constructor, keywords, clip):
    theta = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    target = torch.tensor(TARGET, dtype=torch.float64)
    optimiser = constructor([theta], **keywords)
    for step in range(1, STEPS + 1):
        wobble = torch.tensor([1 + 0.5 * math.sin(3 * step + i) for i in range(len(START))],
                              dtype=torch.float64)
        theta.grad = ((theta - target) * wobble).detach()
        if clip:
            torch.nn.utils.clip_grad_norm_([theta], clip)
        optimiser.step()
    return theta.tolist()


def row(values):
    return "{ " + ", ".join(repr(float(v)) for v in values) + " }"


print(f"""/* optimiser_reference.h - written by optimiser_reference.py with PyTorch {torch.__version__.split("+")[0]}. */
#ifndef TESTS_OPTIMISER_REFERENCE_H
#define TESTS_OPTIMISER_REFERENCE_H

enum {{ REFERENCE_ELEMENTS = {len(START)}, REFERENCE_STEPS = {STEPS} }};

typedef struct OptimiserReference {{
    const char *name, *rule;
    double learning_rate, momentum;
    int nesterov;
    double beta1, beta2, epsilon, weight_decay, clip_norm;
    double result[REFERENCE_ELEMENTS];
}} OptimiserReference;

static const double reference_start[REFERENCE_ELEMENTS] = {row(START)};
static const double reference_target[REFERENCE_ELEMENTS] = {row(TARGET)};

static const OptimiserReference optimiser_reference[] = {{""")
for name, rule, constructor, keywords, clip in CASES:
    beta1, beta2 = keywords.get("betas", (0.9, 0.999))
    print(f'    {{ "{name}", "{rule}", {keywords["lr"]}, {keywords.get("momentum", 0.0)}, '
          f'{int(keywords.get("nesterov", False))}, {beta1}, {beta2}, {keywords.get("eps", 1e-8)},\n'
          f'      {keywords.get("weight_decay", 0.0)}, {clip}, {row(run(constructor, keywords, clip))} }},')
print("};\n\n#endif")

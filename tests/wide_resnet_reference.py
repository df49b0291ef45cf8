"""Writes wide_resnet_reference.h: what torchvision's wide_resnet50_2 computes, in double.

    python3 tests/wide_resnet_reference.py > tests/wide_resnet_reference.h

Nothing is downloaded and no weights are kept: both sides make them. Number i of the tensor called
`name` (in the file's order, i = 0, 1, ...) comes from the i-th output of splitmix64 seeded with
the FNV-1a hash of the name: u = its upper 24 bits / 2^23 - 1, in [-1, 1). Then
    convolutions, fc.weight    sqrt(6 / fan_in) u
    running_var                1 + u / 2
    weights of bn3             (1 + u / 4) / 4     the residual branch is weak: a network of 50
    weights of other norms     1 + u / 4           layers must not amplify rounding errors
    all else                   u / 10
    the images                 2 u                 as [image, channel, row, column]
"""
import numpy
import torch
import torchvision

SIZE, BATCH, CLASSES, SAMPLES, LOGITS = 64, 2, 1000, 4, 100
LABELS = [7, 803]
MASK = (1 << 64) - 1


def fnv1a(name):
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = ((value ^ byte) * 0x100000001B3) & MASK
    return value


def uniform(name, shape):
    count = int(numpy.prod(shape))
    with numpy.errstate(over="ignore"):
        z = numpy.uint64(fnv1a(name)) + numpy.arange(1, count + 1, dtype=numpy.uint64) * numpy.uint64(
            0x9E3779B97F4A7C15)
        z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        z ^= z >> numpy.uint64(31)
    u = (z >> numpy.uint64(40)).astype(numpy.float64) / 2**23 - 1
    return torch.from_numpy(u.reshape(shape))


def value_of(name, shape):
    u = uniform(name, shape)
    if len(shape) > 1:
        fan_in = int(numpy.prod(shape[1:]))
        u = u * (6 / fan_in) ** 0.5
    elif name.endswith("running_var"):
        u = 1 + u / 2
    elif name.endswith("bn3.weight"):
        u = (1 + u / 4) / 4
    elif name.endswith(".weight"):
        u = 1 + u / 4
    else:
        u = u / 10
    return u.float().double()  # what a float program starts from


def build():
    model = torchvision.models.wide_resnet50_2(weights=None).double()
    state = model.state_dict()
    for name, tensor in state.items():
        if tensor.dim() > 0:
            tensor.copy_(value_of(name, tuple(tensor.shape)))
    model.load_state_dict(state)
    return model


def images():
    return (2 * uniform("images", (BATCH, 3, SIZE, SIZE))).float().double()


def row(values):
    return "{ " + ", ".join(f"{float(value):.9g}" for value in values) + " }"


def samples(tensor):
    flat = tensor.reshape(-1)
    return [flat[(k + 1) * 1000003 % flat.numel()] for k in range(SAMPLES)]


def main():
    model = build()
    print(f"""/* wide_resnet_reference.h - written by wide_resnet_reference.py with PyTorch
 * {torch.__version__.split("+")[0]} and torchvision {torchvision.__version__.split("+")[0]}. */
#ifndef TESTS_WIDE_RESNET_REFERENCE_H
#define TESTS_WIDE_RESNET_REFERENCE_H

enum {{
    REFERENCE_SIZE = {SIZE}, REFERENCE_BATCH = {BATCH}, REFERENCE_CLASSES = {CLASSES},
    REFERENCE_SAMPLES = {SAMPLES}, REFERENCE_LOGITS = {LOGITS}
}};

static const int reference_labels[REFERENCE_BATCH] = {{ {", ".join(map(str, LABELS))} }};
""")
    model.eval()
    with torch.no_grad():
        logits = model(images())
    print("/* In eval mode, the first logits of the first image, and the norm of all of them. */")
    print(f"static const double reference_logits[REFERENCE_LOGITS] = {row(logits[0, :LOGITS])};")
    print(f"static const double reference_logits_norm = {logits.norm():.9g};\n")
    model.train()
    loss = torch.nn.functional.cross_entropy(model(images()), torch.tensor(LABELS))
    loss.backward()
    print(f"static const double reference_loss = {loss.item():.9g}; /* in training mode */\n")
    print("""/* After one step's forward and backward: of each parameter the norm of its gradient and some of
 * its elements, of each running statistic the same of its value. Element k is number
 * (k + 1) * 1000003 modulo the count, in the file's order. */
typedef struct WideResNetReference {
    const char *name;
    double norm, samples[REFERENCE_SAMPLES];
} WideResNetReference;

static const WideResNetReference wide_resnet_reference[] = {""")
    tensors = {name: parameter.grad for name, parameter in model.named_parameters()}
    tensors |= {name: buffer for name, buffer in model.named_buffers() if buffer.dim() > 0}
    for name, tensor in tensors.items():
        print(f'    {{ "{name}", {tensor.norm():.9g}, {row(samples(tensor))} }},')
    print("};\n\n#endif")


if __name__ == "__main__":
    main()

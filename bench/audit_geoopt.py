"""Audits PyTorch with geoopt by `hyp_audit --compare`.

    pip install torch geoopt numpy safetensors
    python bench/audit_geoopt.py geoopt.safetensors && ./hyp_audit --compare geoopt.safetensors

Every formula at depths from 0.01 to 16 and c = 1, in float and in double; hyperplane is geoopt's
dist2plane of expmap0(u), signed; hyperplane_by_c is that of expmap0(sqrt(c) u), by a learnt c.
"""
import sys

import geoopt
import torch
from safetensors.torch import save_file

DEPTHS = [0.01, 0.1, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16]


def rows(length, generator):
    """Random directions of the given lengths, in double."""
    row = torch.randn(len(DEPTHS), 3, generator=generator, dtype=torch.float64)
    return row / row.norm(dim=1, keepdim=True) * length


def case(tensors, name, compute, x, g, dtype, **others):
    """Add a case: inputs, output and gradient of [g, output] by x."""
    x = x.to(dtype).clone().requires_grad_()
    others = {key: value.to(dtype) for key, value in others.items()}
    output = compute(x, **others)
    g = g.to(dtype).clone()
    (g * output).sum().backward()
    for key, value in dict(others, x=x.detach(), g=g, output=output.detach(), gradient=x.grad,
                           c=torch.ones(1, dtype=dtype)).items():
        tensors[f"{name}/{key}"] = value.clone().contiguous()


def case_by_c(tensors, name, compute, x, g, dtype, **others):
    """The same with the gradient of [g, output] by a curvature of its own for every row."""
    x, g = x.to(dtype), g.to(dtype)
    c = torch.ones(len(DEPTHS), 1, dtype=dtype, requires_grad=True)
    others = {key: value.to(dtype) for key, value in others.items()}
    output = compute(x, c, **others)
    (g * output).sum().backward()
    for key, value in dict(others, x=x, g=g, output=output.detach(), gradient=c.grad[:, 0],
                           c=c.detach()[:, 0]).items():
        tensors[f"{name}/{key}"] = value.clone().contiguous()


def main(path):
    tensors = {}
    depth = torch.tensor(DEPTHS, dtype=torch.float64)[:, None]
    for dtype, label in ((torch.float32, "float"), (torch.float64, "double")):
        generator = torch.Generator().manual_seed(1)
        ball = geoopt.PoincareBall(c=torch.tensor(1.0, dtype=dtype))
        u, g, normal = (rows(size, generator) for size in (depth, 1, 1))
        point = rows(torch.tanh(depth), generator)
        near = point + rows(0.005 / torch.cosh(depth) ** 2, generator)
        half = rows(torch.tanh(depth / 2), generator)
        plane = rows(0.6, generator)
        one = g[:, 0].clone()

        def gap(x, y):
            return 1 - ball.mobius_add(x, y, project=False).pow(2).sum(dim=1)

        def hyperplane(x, y, normal):
            return ball.dist2plane(ball.expmap0(x), y, normal, signed=True)

        def hyperplane_by_c(x, c, y, normal):
            return hyperplane(c.sqrt() * x, y, normal)

        case(tensors, f"exp_map_zero/{label}", ball.expmap0, u, g, dtype)
        case(tensors, f"log_map_zero/{label}", ball.logmap0, point, g, dtype)
        case(tensors, f"distance/{label}", lambda x, y: ball.dist(x, y), point, one, dtype, y=near)
        case(tensors, f"mobius_gap/{label}", gap, half, one, dtype, y=half.clone())
        case(tensors, f"hyperplane/{label}", hyperplane, u, one, dtype, y=plane, normal=normal)
        case_by_c(tensors, f"hyperplane_by_c/{label}", hyperplane_by_c, u, one, dtype, y=plane,
                  normal=normal)
    save_file(tensors, path)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: audit_geoopt.py FILE.safetensors")
    main(sys.argv[1])

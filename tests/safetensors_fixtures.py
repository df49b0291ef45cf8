"""Writes safetensors_fixtures.h: small files as the Python package safetensors writes them.

    python3 tests/safetensors_fixtures.py > tests/safetensors_fixtures.h
"""
import torch
from safetensors.torch import save

SPECIALS = [0.0, -0.0, 1.0, -1.5, 65504.0, 6.1035156e-05, 5.9604645e-08, -3.0517578e-05,
            float("inf"), float("-inf"), float("nan"), 1 / 3]
BFLOAT_SPECIALS = [0.0, -0.0, 1.0, -1.5, 3.3895314e38, 1.1754944e-38, 9.1835e-41, 1 / 3,
                   float("inf"), float("-inf"), float("nan"), 2.0**-130]

FILES = {
    "float32": save({"conv.weight": torch.arange(24, dtype=torch.float32).reshape(2, 3, 2, 2),
                     "conv.bias": torch.tensor([0.5, -2.0]),
                     "num_batches_tracked": torch.tensor(7)}, {"classes": "a,\u00e9,\"b\"\n"}),
    "float16": save({"x": torch.tensor(SPECIALS, dtype=torch.float32).half()}),
    "bfloat16": save({"x": torch.tensor(BFLOAT_SPECIALS, dtype=torch.float32).bfloat16()}),
    "integers": save({"int64": torch.tensor([-3, 2**40]), "int32": torch.tensor([-5], dtype=torch.int32),
                      "uint8": torch.tensor([255], dtype=torch.uint8), "bool": torch.tensor([True]),
                      "int16": torch.tensor([1], dtype=torch.int16),
                      "float64": torch.tensor([0.1], dtype=torch.float64)}),
    "empty": save({}),
    "no_elements": save({"a": torch.zeros(0, 3), "b": torch.ones(1), "c": torch.zeros(2, 0)}),
}

print("/* safetensors_fixtures.h - written by safetensors_fixtures.py. */\n"
      "#ifndef TESTS_SAFETENSORS_FIXTURES_H\n#define TESTS_SAFETENSORS_FIXTURES_H\n")
for name, content in FILES.items():
    print(f"static const unsigned char fixture_{name}[] = {{")
    for i in range(0, len(content), 20):
        print("    " + ", ".join(str(byte) for byte in content[i:i + 20]) + ",")
    print("};\n")
print("#endif")

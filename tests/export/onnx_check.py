#!/usr/bin/env python3
"""Whether other runtimes answer as hadnet_predict does: ONNX Runtime, OpenVINO, PyTorch.

    python3 tests/export/onnx_check.py --images 'DIR/**/*.jpg' [--count 100] WEIGHTS...

from the folder of the programs, built for this machine (needs onnx, onnxruntime, openvino, numpy, Pillow;
PyTorch too with --torch). For every weight file: hadnet_export writes a model, onnx.checker reads it, and
`count` of the images, evenly taken, go through hadnet_predict, through the library (answers.c, for what
the program does not write: probabilities), and through each runtime. Printed are, over all pixels, the
share of masks that differ, the largest difference of probabilities, how many images have one above 1e-4,
and how many bytes of the resized images differ. The last line is "N passed, N failed".

ARD hands channels on by rank. Where the scores of two are equal but for rounding (1e-6), each program is
free to give them in either order, and the answer changes as it does from one machine to another. Such images
are counted apart, and their probabilities with them.

--batch also sends two images of one size through at once.
"""
import argparse
import glob
import os
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from PIL import Image

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.dirname(os.path.dirname(here))
MASK, PROBABILITY = 1e-4, 1e-4
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")


def build_answers(folder):
    program = os.path.join(folder, "answers")
    command = ["gcc", "-std=c11", "-D_GNU_SOURCE", "-O2", "-I.", "-fopenmp", "tests/export/answers.c"]
    subprocess.run(command + ["lib/libhadnet.a", "-lm", "-ldl", "-pthread", "-o", program], cwd=root, check=True)
    return program


def read_answer(path):
    with open(path, "rb") as file:
        height, width, classes, size = np.fromfile(file, np.int32, 4)
        image = np.fromfile(file, np.uint8, height * width * 3).reshape(height, width, 3)
        resized = np.fromfile(file, np.uint8, size * size * 3).reshape(size, size, 3)
        mask = np.fromfile(file, np.uint8, height * width).reshape(height, width)
        probabilities = np.fromfile(file, np.float32, height * width * classes)
    return image, resized, mask, probabilities.reshape(height, width, classes).transpose(2, 0, 1)


def kept_by_rank(path):
    """How many channels ARD keeps by each of its scores; 0 without ARD."""
    graph = onnx.load(path).graph
    counts = [node.input[1] for node in graph.node if node.op_type == "TopK"]
    found = [onnx.numpy_helper.to_array(constant) for constant in graph.initializer if constant.name in counts]
    return int(max(found)[0]) if found else 0


def with_more_outputs(path):
    """The model with the resized image and the scores that ARD ranks as outputs too."""
    model = onnx.load(path)
    floor = [node for node in model.graph.node if node.op_type == "Floor"][0]
    model.graph.output.append(onnx.helper.make_tensor_value_info(floor.output[0], 1, ["N", 3, None, None]))
    for node in model.graph.node:
        if node.op_type == "TopK":
            model.graph.output.append(onnx.helper.make_tensor_value_info(node.input[0], 1, ["N", None]))
    return model.SerializeToString()


def is_tied(scores, kept):
    """Whether two neighbours among the `kept` channels, and the one behind, are equal but for rounding."""
    falling = np.sort(scores.astype(np.float64))[::-1][: kept + 1]
    return bool((falling[:-1] - falling[1:] <= 1e-6 * np.abs(falling[1:])).any())


class OnnxRuntime:
    name = "onnxruntime"

    def __init__(self, path):
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.session = onnxruntime.InferenceSession(with_more_outputs(path), options, ["CPUExecutionProvider"])

    def __call__(self, images):
        return self.session.run(None, {"image": images})


class OpenVino:
    name = "openvino"

    def __init__(self, path):
        import openvino

        core = openvino.Core()
        model = core.read_model(with_more_outputs(path))
        # Some processors would compute in bfloat16 otherwise.
        self.model = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})

    def __call__(self, images):
        result = self.model([images])
        return [result[i] for i in range(len(self.model.outputs))]


class Torch:
    name = "torch"

    def __init__(self, path):
        sys.path.insert(0, here)
        import hadnet_torch

        self.model = hadnet_torch.load(path)

    def __call__(self, images):
        return self.model.answer(images)


class Tally:
    def __init__(self, name, kept):
        self.kept = kept
        self.name, self.pixels, self.wrong, self.worst, self.over, self.bytes, self.score = name, 0, 0, 0.0, 0, 0, 0.0
        self.tied, self.worst_tied = 0, 0.0

    def add(self, result, index, answer, program_mask):
        image, resized, mask, probabilities = answer
        given_mask, given_score, given, given_resized = (part[index] for part in result[:4])
        self.pixels += mask.size
        self.wrong += int((given_mask != program_mask).sum())
        off = np.abs(given.astype(np.float64) - probabilities).max()
        self.bytes += int((given_resized.transpose(1, 2, 0) != resized).sum())
        if off > PROBABILITY and any(is_tied(scores[index], self.kept) for scores in result[4:]):
            self.tied, self.worst_tied = self.tied + 1, max(self.worst_tied, off)
            return
        self.worst = max(self.worst, off) if off == off else np.inf
        self.over += not off <= PROBABILITY
        self.score = max(self.score, float(np.abs(given_score - (1 - probabilities[0])).max()))

    def good(self):
        return self.wrong <= MASK * self.pixels and self.worst <= PROBABILITY and self.score <= PROBABILITY

    def line(self, images):
        return (
            f"{self.name:12} masks differ on {self.wrong} of {self.pixels} pixels, probabilities by "
            f"{self.worst:.2e} (above {PROBABILITY:g}: {self.over} of {images} images), "
            f"resized bytes: {self.bytes} differ"
            + (f"; by {self.worst_tied:.2e} on {self.tied} with channels of one rank" if self.tied else "")
        )


def predict(weights, paths, folder):
    command = [os.path.join(root, "hadnet_predict"), "--weights", weights, "--device", "cpu", "--out", folder]
    subprocess.run(command + paths, check=True, stdout=subprocess.DEVNULL)


def program_masks(weights, paths, folder):
    """By links of unlike names: the images of several folders may share theirs."""
    links = []
    for i, path in enumerate(paths):
        links.append(os.path.join(folder, f"image{i}{os.path.splitext(path)[1]}"))
        os.symlink(os.path.abspath(path), links[-1])
    predict(weights, links, os.path.join(folder, "out"))
    return [np.array(Image.open(os.path.join(folder, "out", f"image{i}_mask.png"))) for i in range(len(paths))]


def export(weights, out, form):
    command = [os.path.join(root, "hadnet_export"), "--weights", weights, "--out", out, "--format", form]
    subprocess.run(command, check=True)
    return out


def check(weights, paths, program, arguments):
    with tempfile.TemporaryDirectory() as folder:
        model = export(weights, os.path.join(folder, "model.onnx"), "onnx")
        onnx.checker.check_model(model, full_check=True)
        subprocess.run([program, weights, folder] + paths, check=True)
        masks = program_masks(weights, paths, folder)
        runtimes = [OnnxRuntime(model), OpenVino(model)]
        if arguments.torch:
            runtimes.append(Torch(export(weights, os.path.join(folder, "model.safetensors"), "torch")))
        tallies = [Tally(runtime.name, kept_by_rank(model)) for runtime in runtimes]
        before = None
        for i in range(len(paths)):
            answer = read_answer(os.path.join(folder, f"{i}.bin"))
            assert (answer[2] == masks[i]).all(), "the library and hadnet_predict differ"
            pair = arguments.batch and before is not None and before.shape == answer[0].shape
            images = np.stack([before, answer[0]]) if pair else answer[0][None]
            results = [runtime(images) for runtime in runtimes]
            for result, tally in zip(results, tallies):
                tally.add(list(result[:4]) + list(results[0][4:]), len(images) - 1, answer, masks[i])
            before = answer[0]
    for tally in tallies:
        print("   ", tally.line(len(paths)), "" if tally.good() else "  FAILED", flush=True)
    return [tally.good() for tally in tallies]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("weights", nargs="+")
    parser.add_argument("--images", action="append", required=True, help="a pattern")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--batch", action="store_true")
    parser.add_argument("--torch", action="store_true")
    arguments = parser.parse_args()
    paths = sorted(path for pattern in arguments.images for path in glob.glob(pattern, recursive=True))
    paths = [paths[i * len(paths) // arguments.count] for i in range(min(arguments.count, len(paths)))]
    good = []
    with tempfile.TemporaryDirectory() as folder:
        program = build_answers(folder)
        for weights in arguments.weights:
            print(weights, flush=True)
            good += check(weights, paths, program, arguments)
    print(f"{sum(good)} passed, {len(good) - sum(good)} failed")
    return 0 if good and all(good) else 1


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""How this library's speed on a GPU compares with PyTorch's, as one markdown table.

    bench/compare_gpu.py [--rounds N] [--seconds S]

Run it at the repository root after ./build.sh on a machine with an NVIDIA GPU, with PyTorch (CUDA)
and torchvision installed. Steps and inference of both networks are measured in rounds: hadnet_bench
--device gpu, then PyTorch, then hadnet_bench again. Both sides round the factors of products to tf32
and replay a recorded step (PyTorch: torch.cuda.graph; its plain, eager time stands beside it), and
PyTorch once more under bfloat16 autocast, which rounds more. PyTorch's time is the better of its two
memory layouts for float32; autocast has channels_last alone. A ratio is the median over the rounds
of their time / our time.
"""
import argparse
import statistics
import sys

import compare


def timed(torch, work, seconds):
    def run():
        work()
        torch.cuda.synchronize()
    return compare.median_time(run, seconds)


def replayed(torch, work):
    """The same work, recorded once it has run a few times, as PyTorch's documentation has it."""
    beside = torch.cuda.Stream()
    beside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(beside):
        for _ in range(3):
            work()
    torch.cuda.current_stream().wait_stream(beside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        work()
    return graph.replay


def in_precision(torch, autocast, loss):
    def rounded():
        with torch.autocast("cuda", torch.bfloat16, enabled=autocast, cache_enabled=False):
            return loss()
    return rounded


def step_of(torch, parameters, loss):
    optimiser = torch.optim.Adam(parameters, lr=1e-4, fused=True, capturable=True)

    def step():
        optimiser.zero_grad(set_to_none=True)
        loss().backward()
        optimiser.step()
    return step


def images(torch, layout, batch):
    return compare.in_layout(torch, layout,
                             torch.randn(batch, 3, compare.SIZE, compare.SIZE, device="cuda"))


def wrn50_step(torch, layout, autocast):
    model = compare.in_layout(torch, layout, compare.wrn50(torch).train().cuda())
    image = images(torch, layout, compare.BATCH)
    labels = torch.randint(1000, (compare.BATCH,), device="cuda")
    return step_of(torch, list(model.parameters()), in_precision(
        torch, autocast, lambda: torch.nn.functional.cross_entropy(model(image), labels)))


def compact_step(torch, layout, autocast, stage):
    model = compare.in_layout(torch, layout, compare.compact(torch).cuda())
    image, twin = (images(torch, layout, compare.BATCH) for _ in range(2))
    labels = torch.randint(compare.CLASSES, (compare.BATCH, compare.SIZE, compare.SIZE),
                           device="cuda")
    parameters = list(model.trained_in(stage))
    if stage == 1:
        return step_of(torch, parameters, in_precision(
            torch, autocast, lambda: model.stage_1_loss(image, labels)))
    return step_of(torch, parameters, in_precision(
        torch, autocast, lambda: model.stage_3_loss(image, twin, labels)))


def inference(torch, layout, autocast, model, batch):
    model = compare.in_layout(torch, layout, model.eval().cuda())
    image = images(torch, layout, batch)

    def infer():
        with torch.no_grad(), torch.autocast("cuda", torch.bfloat16, enabled=autocast,
                                             cache_enabled=False):
            model(image)
    return infer


def subjects(torch):
    """hadnet_bench's row -> the same work in PyTorch, by layout and precision."""
    rows = {"step wrn50 training step, batch 8":
            lambda layout, autocast: wrn50_step(torch, layout, autocast)}
    for stage in (1, 3):
        rows[f"step compact stage {stage} training step, batch 8"] = (
            lambda layout, autocast, stage=stage: compact_step(torch, layout, autocast, stage))
    for name, make in (("wrn50", compare.wrn50), ("compact", compare.compact)):
        for batch in (1, 8):
            rows[f"infer {name} inference, batch {batch}"] = (
                lambda layout, autocast, make=make, batch=batch:
                inference(torch, layout, autocast, make(torch), batch))
    return rows


def ways(torch, make):
    """Every way of running a subject, ready to be timed: (name, work)."""
    found = []
    for layout, autocast in (("contiguous", False), ("channels_last", False),
                             ("channels_last", True)):
        precision = "bf16 autocast" if autocast else "tf32"
        with torch.device("cuda"):  # initial weights are drawn there, which is quick
            work = make(layout, autocast)
        found.append((f"eager, {precision}", work))
        try:
            found.append((f"replayed, {precision}", replayed(torch, work)))
        except RuntimeError as error:
            print(f"compare_gpu.py: not recorded: {str(error).splitlines()[0]}", file=sys.stderr)
    return found


def best_times(torch, works, options):
    """The best time of each name."""
    best = {}
    for way, work in works:
        seconds = timed(torch, work, options.seconds)
        best[way] = min(seconds, best.get(way, seconds))
    return best


def parse():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.3, help="for each row and round")
    parser.add_argument("--threads", type=int, default=4, help="of the processor")
    return parser.parse_args()


def main():
    options = parse()
    torch, _ = compare.load_pytorch(options.threads)
    if not torch.cuda.is_available():
        compare.stop("PyTorch sees no GPU")
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    table = compare.Table()
    works = {}
    for name, make in subjects(torch).items():
        works[name] = ways(torch, make)
        print(f"compare_gpu.py: {name}: ready", file=sys.stderr)
    for _ in range(options.rounds):
        rows = compare.hadnet_bench(options, "step", "infer", "--device", "gpu")["rows"]
        for name in works:
            for way, seconds in best_times(torch, works[name], options).items():
                table.add(f"{name}, {way}", "", rows[name]["seconds"], seconds,
                          compare.seconds_text)
    print("    " + " ".join(["bench/compare_gpu.py", *sys.argv[1:]]) + "\n")
    print(f"{torch.cuda.get_device_name()}, CUDA {torch.version.cuda}, PyTorch "
          f"{torch.__version__}; {options.rounds} rounds\n")
    table.print()


if __name__ == "__main__":
    main()

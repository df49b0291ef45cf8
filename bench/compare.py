#!/usr/bin/env python3
"""How this library's speed compares with PyTorch's and OpenBLAS's, as one markdown table.

    bench/compare.py [--threads N] [--rounds N] [--seconds S] [--level v3|v4] [--only GROUP...]

Run it at the repository root after ./build.sh, with PyTorch, numpy and geoopt installed. Each group
of rows is measured in rounds: hadnet_bench, then PyTorch, then hadnet_bench again and so on, so that
both sides see the same machine. A ratio is the median over the rounds of their time / our time;
PyTorch's time is the better of its two memory layouts. Peak memory is that of a process of its own.
The group "runtimes" measures inference against torch.compile, ONNX Runtime and OpenVINO, too, and
against the best of them. What is not installed is left out, with a line. --level holds both sides to
the instructions of x86-64-v3 (AVX2) or x86-64-v4 (AVX-512).
"""
import argparse
import json
import os
import pty
import resource
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BATCH, SIZE, CLASSES = 8, 256, 4
LAYOUTS = ("contiguous", "channels_last")


def stop(message):
    print(f"compare.py: {message}", file=sys.stderr)
    sys.exit(2)


# What holds the libraries of either side to AVX2. ONNX Runtime knows no such setting.
AVX2_ALONE = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F", "ATEN_CPU_CAPABILITY": "avx2",
              "ONEDNN_MAX_CPU_ISA": "AVX2", "MKL_ENABLE_INSTRUCTIONS": "AVX2",
              "OPENBLAS_CORETYPE": "Haswell"}


def hold_to(level):
    has_avx512 = " avx512f " in open("/proc/cpuinfo").read()
    if level == "v4" and not has_avx512:
        stop("--level v4: this processor has no AVX-512")
    if level == "v3" and has_avx512:
        os.environ.update(AVX2_ALONE)


def load_pytorch(threads):
    """Both libraries with so many threads. They read their environment when they are imported."""
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):  # OpenBLAS then looks at the machine
        if os.environ.get(name) != AVX2_ALONE.get(name):
            os.environ.pop(name, None)
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = str(threads)
    try:
        import numpy
        import torch
    except ImportError as error:
        stop(f"needs {error.name}: pip install torch torchvision numpy geoopt")
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    return torch, numpy


# ---- One side: hadnet_bench ----

def hadnet_bench(options, *arguments):
    """Its JSON, with rows as a dictionary: "section name" -> row."""
    command = ["./hadnet_bench", "--json", "--threads", str(options.threads), "--seconds",
               str(options.seconds), *arguments]
    if not os.path.exists("./hadnet_bench"):
        stop("no ./hadnet_bench here; run ./build.sh first, and this at the repository root")
    environment = {k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS"}
    found = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    result = json.loads(found.stdout)
    result["rows"] = {f"{row['section']} {row['name']}": row for row in result["rows"]}
    return result


# ---- The other side ----

def median_time(work, seconds):
    """As hadnet_bench: once to warm up, then for so long and at least 3 times."""
    work()
    times, end = [], time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def in_layout(torch, layout, value):
    return value.to(memory_format=getattr(torch, "contiguous_format" if layout == "contiguous"
                                          else "channels_last"))


def wrn50(torch):
    try:
        from torchvision.models import wide_resnet50_2
    except ImportError:
        stop("needs torchvision: pip install torchvision")
    return wide_resnet50_2()


def step_of(torch, parameters, loss):
    optimiser = torch.optim.Adam(parameters, lr=1e-4, fused=True)

    def step():
        optimiser.zero_grad(set_to_none=True)
        loss().backward()
        optimiser.step()
    return step


def wrn50_step(torch, layout):
    model = in_layout(torch, layout, wrn50(torch).train())
    image = in_layout(torch, layout, torch.randn(BATCH, 3, SIZE, SIZE))
    labels = torch.randint(1000, (BATCH,))
    return step_of(torch, model.parameters(),
                   lambda: torch.nn.functional.cross_entropy(model(image), labels))


def inference_of(torch, layout, model, batch):
    model = in_layout(torch, layout, model.eval())
    image = in_layout(torch, layout, torch.randn(batch, 3, SIZE, SIZE))

    def infer():
        with torch.inference_mode():
            model(image)
    return infer


def compact(torch):
    sys.path.insert(0, HERE)
    from compact_pytorch import Compact
    return Compact(CLASSES)


def compact_step(torch, layout, stage):
    model = in_layout(torch, layout, compact(torch))
    image, twin = (in_layout(torch, layout, torch.randn(BATCH, 3, SIZE, SIZE)) for _ in range(2))
    labels = torch.randint(CLASSES, (BATCH, SIZE, SIZE))
    parameters = model.trained_in(stage)
    if stage == 1:
        return step_of(torch, parameters, lambda: model.stage_1_loss(image, labels))
    return step_of(torch, parameters, lambda: model.stage_3_loss(image, twin, labels))


def hyperplanes(torch, geoopt):
    """Forward and backward of 6 classes at 8x64x64 pixels: the fused form, or geoopt's."""
    compact(torch)
    from compact_pytorch import hyperplane_logits
    u = (torch.rand(8 * 64 * 64, 64) * 2 - 1).requires_grad_()
    points = (torch.rand(6, 64) * 0.1 - 0.05).requires_grad_()
    normals = (torch.rand(6, 64) * 2 - 1).requires_grad_()
    gradient = torch.rand(8 * 64 * 64, 6) * 2 - 1

    def fused():
        return hyperplane_logits(u, points, normals, 1.0)

    def mobius():
        ball = geoopt.PoincareBall(c=1.0)
        distance = ball.dist2plane(ball.expmap0(u)[:, None, :], points, normals, signed=True,
                                   scaled=True)
        return ball.lambda_x(points) * distance

    def run(form):
        u.grad = points.grad = normals.grad = None
        form().backward(gradient)
    if geoopt:
        scale = 0.1  # farther out geoopt's float formula loses its digits
        with torch.no_grad():
            u.mul_(scale)
            off = (fused() - mobius()).abs().max().item()
            u.div_(scale)
        if not off < 1e-2:
            stop(f"the two forms of the hyperplane logits differ by {off}")
    return lambda: run(fused), (lambda: run(mobius)) if geoopt else None


# ---- Groups of rows ----

class Table:
    """Rows of the result, in order: what, bar, ratios by round, both sides' numbers."""

    def __init__(self):
        self.rows = {}

    def add(self, what, bar, ours, theirs, show):
        """One round: two times (or sizes) to compare; show says how they are written."""
        row = self.rows.setdefault(what, {"bar": bar, "show": show, "ours": [], "theirs": []})
        row["ours"].append(ours)
        row["theirs"].append(theirs)

    def add_fraction(self, what, fraction):
        """One round: what part of the machine's peak our side reached."""
        self.rows[what].setdefault("of_peak", []).append(fraction)

    def add_alone(self, what, bar, value, text):
        self.rows[what] = {"bar": bar, "alone": (value, text)}

    def print(self):
        print("| row | bar | measured | here | there |")
        print("| --- | --- | --- | --- | --- |")
        for what, row in self.rows.items():
            if "alone" in row:
                value, text = row["alone"]
                print(f"| {what} | {row['bar']} | {value} | {text} | |")
                continue
            ratio = statistics.median(t / o for o, t in zip(row["ours"], row["theirs"]))
            ours, theirs = statistics.median(row["ours"]), statistics.median(row["theirs"])
            peak = ""
            if "of_peak" in row:
                peak = f", {100 * statistics.median(row['of_peak']):.1f}% of peak"
            print(f"| {what} | {row['bar']} | {ratio:.2f} | {row['show'](ours)}{peak} "
                  f"| {row['show'](theirs)} |")


def seconds_text(seconds):
    return f"{seconds:.3f} s" if seconds >= 1 else f"{1e3 * seconds:.3f} ms"


def megabytes_text(size):
    return f"{1e-6 * size:.0f} MB"


def both_layouts(make):
    return [make(layout) for layout in LAYOUTS]


def best_time(works, options):
    return min(median_time(work, options.seconds) for work in works)


def products(torch, numpy, name):
    """torch.mm and numpy's product of the sizes in a row's name."""
    m, n, k = map(int, name.split(": ")[1].split("x"))
    a, b, c = torch.randn(m, k), torch.randn(k, n), torch.empty(m, n)
    return (lambda: torch.mm(a, b, out=c),
            lambda: numpy.dot(a.numpy(), b.numpy(), out=c.numpy()))


def compare_gemm(torch, numpy, options, table):
    smallest = 1
    for _ in range(options.rounds):
        for name, row in hadnet_bench(options, "gemm")["rows"].items():
            def show(seconds, work=2e-9 * row["multiply_adds"]):
                return f"{work / seconds:.0f} GFLOP/s"
            by_torch, by_numpy = products(torch, numpy, name)
            table.add(f"{name}, OpenBLAS", ">= 0.95", row["seconds"],
                      median_time(by_numpy, options.seconds), show)
            table.add(f"{name}, torch.mm", "", row["seconds"],
                      median_time(by_torch, options.seconds), show)
            table.add_fraction(f"{name}, OpenBLAS", row["of_peak"])
    for name, row in table.rows.items():
        if name.startswith("gemm square") and int(name.split(",")[0].split("x")[-1]) >= 1024:
            smallest = min(smallest, statistics.median(row.get("of_peak", [1])))
    table.add_alone("gemm square, 1024 and more: smallest fraction of the peak", ">= 85%",
                    f"{100 * smallest:.1f}%", "")


def compare_wrn50(torch, numpy, options, table):
    works = {"step wrn50 training step, batch 8":
             both_layouts(lambda layout: wrn50_step(torch, layout))}
    for batch in (1, 8):
        works[f"infer wrn50 inference, batch {batch}"] = both_layouts(
            lambda layout: inference_of(torch, layout, wrn50(torch), batch))
    for _ in range(options.rounds):
        rows = hadnet_bench(options, "step", "infer", "--filter", "wrn50")["rows"]
        for name, work in works.items():
            table.add(name, ">= 1.3", rows[name]["seconds"], best_time(work, options), seconds_text)


def compare_compact(torch, numpy, options, table):
    check_parameters(torch)
    works = {}
    for stage in (1, 3):
        works[f"step compact stage {stage} training step, batch 8"] = ">= 1.5", both_layouts(
            lambda layout: compact_step(torch, layout, stage))
    for batch, bar in ((1, ">= 2"), (8, "")):
        works[f"infer compact inference, batch {batch}"] = bar, both_layouts(
            lambda layout: inference_of(torch, layout, compact(torch), batch))
    for _ in range(options.rounds):
        rows = hadnet_bench(options, "step", "infer", "--filter", "compact")["rows"]
        for name, (bar, work) in works.items():
            table.add(name, bar, rows[name]["seconds"], best_time(work, options), seconds_text)


def compare_runtimes(torch, numpy, options, table):
    sys.path.insert(0, HERE)
    import runtimes
    for network, make, bar in (("compact", compact, ">= 2"), ("wrn50", wrn50, ">= 1.3")):
        works = {(batch, name): work for batch in (1, 8)
                 for name, work in runtime_works(torch, runtimes, make, batch, options).items()}
        for _ in range(options.rounds):
            rows = hadnet_bench(options, "infer", "--filter", network)["rows"]
            for batch in (1, 8):
                what = f"infer {network} inference, batch {batch}"
                times = {name: median_time(work, options.seconds)
                         for (of, name), work in works.items() if of == batch}
                for name, seconds in times.items():
                    table.add(f"{what}, {name}", "", rows[what]["seconds"], seconds, seconds_text)
                table.add(f"{what}, best of them", bar, rows[what]["seconds"],
                          min(times.values()), seconds_text)


def runtime_works(torch, runtimes, make, batch, options):
    """Inference of a network in everything that is installed, by name."""
    works = {f"PyTorch, {layout}": inference_of(torch, layout, make(torch), batch)
             for layout in LAYOUTS}
    image = torch.randn(batch, 3, SIZE, SIZE)
    for name, start in runtimes.RUNTIMES.items():
        if name == "ONNX Runtime" and "ONEDNN_MAX_CPU_ISA" in os.environ:
            print("compare.py: ONNX Runtime is left out: nothing holds it to AVX2", file=sys.stderr)
            continue
        work = start(torch, make(torch), image, options.threads)
        if work:
            works[name] = work
    return works


def check_parameters(torch):
    """The network in PyTorch must be the one that hadnet_train counts."""
    found = sum(p.numel() for p in compact(torch).parameters())
    summary = subprocess.run(["./hadnet_train", "--summary"], stdout=subprocess.PIPE, check=True,
                             text=True).stdout.splitlines()
    total = next(line.split()[1] for line in summary if line.startswith("parameters"))
    if f"{found / 1e6:.3f}" != total:
        stop(f"compact_pytorch.py has {found} parameters, hadnet_train counts {total} M")


def compare_hyp(torch, numpy, options, table):
    try:
        import geoopt
    except ImportError:
        geoopt = None
        print("compare.py: geoopt is missing, its row is left out: pip install geoopt",
              file=sys.stderr)
    fused, mobius = hyperplanes(torch, geoopt)
    for _ in range(options.rounds):
        row, = hadnet_bench(options, "hyp", "--filter", "forward+backward")["rows"].values()
        what = "hyperplane logits 8x64x64, D=64, 6 classes, forward+backward"
        table.add(f"{what}, same formula", ">= 5", row["seconds"],
                  median_time(fused, options.seconds), seconds_text)
        if mobius:
            table.add(f"{what}, geoopt", ">= 20", row["seconds"],
                      median_time(mobius, options.seconds), seconds_text)


def compare_memory(torch, numpy, options, table):
    """Peak resident memory of a process that takes training steps of wrn50 and nothing else."""
    rows = hadnet_bench(options, "step", "--filter", "wrn50")["rows"]
    ours = rows["step wrn50 training step, batch 8"]["peak_memory"]
    theirs = min(int(subprocess.run([sys.executable, __file__, "--threads", str(options.threads),
                                     "--memory-of", layout], stdout=subprocess.PIPE,
                                    check=True).stdout) for layout in LAYOUTS)
    table.add_alone("wrn50 training step, peak resident memory", "<= 0.7", f"{ours / theirs:.2f}",
                    f"{megabytes_text(ours)}, PyTorch {megabytes_text(theirs)}")


def memory_of(torch, layout):
    step = wrn50_step(torch, layout)
    for _ in range(2):
        step()
    print(1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def first_step(options):
    """Seconds from starting hadnet_train to its first training step done, which is when a terminal
    sees its progress bar first."""
    folder = tempfile.mkdtemp()
    master, terminal = pty.openpty()
    began = time.perf_counter()
    child = subprocess.Popen(["./hadnet_train", "--threads", str(options.threads), "--out",
                              os.path.join(folder, "run")], stdout=subprocess.DEVNULL,
                             stderr=terminal)
    seen = b""
    while b"1/" not in seen and select.select([master], [], [], 60)[0]:
        seen += os.read(master, 4096)
    seconds = time.perf_counter() - began
    child.kill()
    child.wait()
    os.close(master)
    os.close(terminal)
    shutil.rmtree(folder)
    return seconds


def compare_start(torch, numpy, options, table):
    times = [first_step(options) for _ in range(1 + max(3, options.rounds))][1:]
    table.add_alone("hadnet_train (synth), start to first step done", "< 0.5 s",
                    f"{statistics.median(times):.3f} s", "")


def compare_growth(torch, numpy, options, table):
    rows = {}
    for subject in ("compact inference", "stage 1", "stage 3", "wrn50"):
        # A process each: both threads were seen to stop for 30 ms at a time, more often after others
        # in the same process. Why was not found.
        rows.update(hadnet_bench(options, "growth", "--filter", subject)["rows"])
    for what in ("compact inference", "compact stage 1 training step"):
        ratios = [row["ratio"] for name, row in rows.items()
                  if name.startswith(f"growth {what}, batch") and "best" in row.get("ratio_to", "")]
        table.add_alone(f"{what}, time per image, batch 1 to 32: worst / best", "<= 1.25",
                        f"{max(ratios):.2f}", ", ".join(f"{ratio:.2f}" for ratio in ratios))
    for name, row in rows.items():
        if "one thread" in row.get("ratio_to", ""):
            table.add_alone(f"{row['name']} against 1", ">= 1.8",
                            f"{row['ratio']:.2f}", seconds_text(row["seconds"]))


GROUPS = {"gemm": compare_gemm, "wrn50": compare_wrn50, "memory": compare_memory,
          "compact": compare_compact, "runtimes": compare_runtimes, "hyp": compare_hyp,
          "start": compare_start, "growth": compare_growth}


def parse():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5, help="for each row and round")
    parser.add_argument("--level", choices=("v3", "v4"), help="default: all the processor has")
    parser.add_argument("--only", nargs="+", choices=list(GROUPS), default=list(GROUPS))
    parser.add_argument("--memory-of", choices=LAYOUTS, help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    options = parse()
    hold_to(options.level)
    torch, numpy = load_pytorch(options.threads)
    if options.memory_of:
        return memory_of(torch, options.memory_of)
    table = Table()
    peak = hadnet_bench(options, "peak")
    for group in options.only:
        GROUPS[group](torch, numpy, options, table)
    print("    " + " ".join(["bench/compare.py", *sys.argv[1:]]) + "\n")
    print(f"{peak['machine']['model']}, {peak['machine']['level']}, {options.threads} threads, "
          f"{peak['peaks']['all']['gflops']:.0f} GFLOP/s in registers; PyTorch "
          f"{torch.__version__}, numpy {numpy.__version__}; {options.rounds} rounds\n")
    table.print()


if __name__ == "__main__":
    main()

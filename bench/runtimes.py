"""PyTorch networks in the runtimes that people deploy on a processor: ONNX Runtime, OpenVINO.

Each function returns a call that runs the network once on random images, in float32 with so many
threads, or None where the runtime is not installed.
"""
import contextlib
import io
import logging
import sys
import warnings


def missing(name, package):
    print(f"compare.py: {name} is missing, its rows are left out: pip install {package}",
          file=sys.stderr)


def onnx_bytes(torch, model, image):
    """The network as a file of ONNX, opset 18."""
    logging.disable(logging.WARNING)
    file = io.BytesIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(sys.stderr):
        warnings.simplefilter("ignore")
        torch.onnx.export(model.eval(), (image,), input_names=["image"], output_names=["logits"],
                          opset_version=18, dynamo=True, verbose=False).save(file)
    return file.getvalue()


def check(torch, name, model, image, found):
    """The runtime must answer as PyTorch does."""
    with torch.inference_mode():
        expected = model.eval()(image)
    off = (torch.from_numpy(found) - expected).abs().max() / expected.abs().max()
    if not off < 1e-3:
        sys.exit(f"compare.py: {name} differs from PyTorch by {off:.1e} of the largest logit")


def onnx_runtime(torch, model, image, threads):
    try:
        import onnxruntime
    except ImportError:
        return missing("ONNX Runtime", "onnx onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = onnxruntime.InferenceSession(onnx_bytes(torch, model, image), options,
                                           providers=["CPUExecutionProvider"])
    feed = {"image": image.numpy()}
    check(torch, "ONNX Runtime", model, image, session.run(None, feed)[0])
    return lambda: session.run(None, feed)


def openvino(torch, model, image, threads):
    try:
        import openvino as ov
    except ImportError:
        return missing("OpenVINO", "openvino")
    core = ov.Core()
    network = core.compile_model(core.read_model(onnx_bytes(torch, model, image)), "CPU", {
        "INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32",
        "PERFORMANCE_HINT": "LATENCY"})
    request, numbers = network.create_infer_request(), image.numpy()
    request.infer([numbers])
    check(torch, "OpenVINO", model, image, request.get_output_tensor(0).data.copy())
    return lambda: request.infer([numbers], share_inputs=True)


def compiled(torch, model, image, threads):
    """torch.compile, which needs a C++ compiler."""
    model = torch.compile(model.eval())

    def infer():
        with torch.inference_mode():
            model(image)
    infer()
    return infer


RUNTIMES = {"torch.compile": compiled, "ONNX Runtime": onnx_runtime, "OpenVINO": openvino}

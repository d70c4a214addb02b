"""Float .tflite -> int8 .tflite by TensorFlow's own post-training quantization: the baseline
quantizer.
"""

from __future__ import annotations

from collections.abc import Iterator

from edgeq.convert.backend import imported, quietly, tensorflow
from edgeq.data import Samples, input_specs
from edgeq.errors import UnsupportedError
from edgeq.graph import (
    Graph,
    Model,
    Op,
    read_tflite,
    restarting,
    with_all_restarting,
    with_kept,
    write_tflite,
)
from edgeq.unsupported import refuse


def quantize_with_tensorflow(float_model: bytes, calibration: Samples) -> bytes:
    """Full-integer int8 weights and activations, int8 inputs and outputs, per-channel weights.

    float_model: from `to_float_tflite`. calibration: every sample sets the range of every
    activation. These are the steps that TFLiteConverter takes with Optimize.DEFAULT, a
    representative data set and TFLITE_BUILTINS_INT8,
    applied to a file, so that a float .tflite converts like the Keras model that it came from:
    equal tensors, quantization and operators. Raises UnsupportedError that names the operators left
    in float.
    """
    tf = tensorflow()
    calibrator = imported("tensorflow.lite.python.optimize.calibrator")
    mlir_quantize = imported("tensorflow.lite.python.convert").mlir_quantize
    model = read_tflite(float_model)
    _refuse_control_flow(model)
    restarts = bool(restarting(model.main))
    if restarts:
        _refuse_kept(model)
        float_model = write_tflite(with_kept(model))
    shapes = [spec.shape for spec in input_specs(model)]

    def samples() -> Iterator[list[object]]:
        for i in range(calibration.count):
            yield [x[i].reshape(shape) for x, shape in zip(calibration.inputs, shapes, strict=True)]

    def run() -> bytes:
        observed = calibrator.Calibrator(
            calibrator.add_intermediate_tensors(float_model)
        ).calibrate(samples)
        return bytes(mlir_quantize(observed, input_data_type=tf.int8, output_data_type=tf.int8))

    quantized = quietly(
        "quantizing with TensorFlow", "simplify the model, or use another --quantizer", run
    )
    refuse_float(read_tflite(quantized))
    return write_tflite(with_all_restarting(read_tflite(quantized))) if restarts else quantized


def _refuse_kept(model: Model) -> None:
    """TensorFlow's files do not tell state that starts anew from state that is kept."""
    if model.main.states:
        raise UnsupportedError(
            "TensorFlow's quantizer",
            "some layers of the model keep their state, others start anew at each inference",
            "take edgeq's own quantizer",
        )


def _refuse_control_flow(model: Model) -> None:
    """TensorFlow's calibrator crashes the process on loops, which Keras makes of recurrent layers."""
    if any(op.regions for op in model.main.ops):
        raise UnsupportedError(
            "TensorFlow's quantizer",
            "it cannot calibrate control flow, which Keras makes of recurrent layers",
            "take edgeq's own quantizer, or build the layers with unroll=True",
        )


def refuse_float(model: Model) -> None:
    """Raises UnsupportedError that names the operators, with their layers, that read or write float
    tensors.
    """
    for graph in model.graphs:
        left = _float_ops(graph)
        if left:
            raise refuse(graph, left, "TensorFlow's quantizer leaves them in float")


def _float_ops(graph: Graph) -> list[Op]:
    """Operators on float tensors; the QUANTIZE and DEQUANTIZE around them only if there is nothing
    else to name.
    """
    floats = {i for i, tensor in enumerate(graph.tensors) if tensor.dtype.startswith("float")}
    ops = [op for op in graph.ops if floats & {*op.inputs, *op.outputs} or op.kind == "CUSTOM"]
    return [op for op in ops if op.kind not in ("QUANTIZE", "DEQUANTIZE")] or ops

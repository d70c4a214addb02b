"""edgeq's int8 and TensorFlow's of one network, against Keras itself, in one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from keras_sweep.architectures import Network
from keras_sweep.sweep import INTERPRETERS, nearness

from edgeq.convert.backend import tensorflow
from edgeq.convert.convert import convert
from edgeq.convert.options import ConvertOptions
from edgeq.convert.quantize import quantize_with_tensorflow
from edgeq.data import Samples
from edgeq.data.quantized import dequantize, quantize
from edgeq.errors import EdgeqError
from edgeq.graph import read_tflite
from edgeq.quiet import quiet_output
from edgeq.runtime import run_samples
from edgeq.simulate.simulate import simulate

ORACLED = 4  # samples, with interpreters


@dataclass(frozen=True)
class Pair:
    """edgeq, tensorflow: dB against Keras; None where TensorFlow refuses. exact: interpreters with
    edgeq's bytes. wrong: those with others. operators: of edgeq's file.
    """

    edgeq: float
    tensorflow: float | None
    exact: tuple[str, ...]
    wrong: tuple[str, ...]
    operators: tuple[str, ...]


def measure(network: Network, options: ConvertOptions) -> Pair:
    """Both quantizers on the same calibration samples, measured on the same others."""
    calibration, test = Samples((network.calibration,)), Samples((network.test,))
    with quiet_output():
        truth = np.asarray(network.model.predict(network.test, verbose=0), np.float64)
    made = convert(network.model, calibration, options=options)
    model = read_tflite(made.model)
    ours = nearness(truth, simulate(model, test).outputs)
    few = test.part(slice(0, ORACLED))
    found = simulate(model, few, oracles=tuple(INTERPRETERS)).oracles
    ran = {INTERPRETERS[name]: said for name, said in found.items() if said.status == "ok"}
    exact = tuple(name for name, said in ran.items() if said.explained)
    wrong = tuple(name for name, said in ran.items() if not said.explained)
    theirs = _tensorflow(made.float_model, calibration, test, truth)
    return Pair(ours, theirs, exact, wrong, tuple(op.kind for op in model.main.ops))


def _tensorflow(
    float_model: bytes, calibration: Samples, test: Samples, truth: Any
) -> float | None:
    """dB of TensorFlow's int8 file by TFLite's reference kernels."""
    try:
        content = quantize_with_tensorflow(float_model, calibration)
        graph = read_tflite(content).main
        x, y = graph.tensors[graph.inputs[0]], graph.tensors[graph.outputs[0]]
        given = [quantize(test.x, x)]
        (got,) = run_samples(_interpreter(content), given)
    except (EdgeqError, RuntimeError, ValueError):
        return None
    return nearness(truth, dequantize(np.asarray(got), y))


def _interpreter(content: bytes) -> Any:
    """TensorFlow's own interpreter with reference kernels, which knows what its converter writes."""
    lite = tensorflow().lite
    kernels = lite.experimental.OpResolverType.BUILTIN_REF
    made = lite.Interpreter(model_content=content, experimental_op_resolver_type=kernels)
    made.allocate_tensors()
    return made

"""Checks that the differentiable TensorFlow operators compute what the float .tflite computes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from edgeq.errors import UnsupportedError
from edgeq.graph import Graph, Model, write_tflite
from edgeq.runtime import float_interpreter, run_samples
from edgeq.trainable.operator_spec import OperatorSpec
from edgeq.trainable.operators import compute

TOLERANCE = 1e-3  # of the largest output
Arrays = Sequence[npt.NDArray[np.generic]]


def check_parity(model: Model, inputs: Arrays) -> None:
    """Compares every output on a few samples, computed as one batch, with the TFLite interpreter's.

    inputs: [n, *sample shape] for each input of the main graph.

    Raises UnsupportedError for an operator without a gradient, and for an output that differs, for
    example because an operator mixes the samples of a batch.
    """
    expected = run_samples(float_interpreter(write_tflite(model)), inputs)
    found = _computed(model.main, inputs)
    for t, want, got in zip(model.main.outputs, expected, found, strict=True):
        real = np.asarray(want, np.float64).reshape(-1)
        difference = np.abs(np.asarray(got, np.float64).reshape(-1) - real).max(initial=0.0)
        if not difference <= TOLERANCE * max(1.0, float(np.abs(real).max(initial=0.0))):
            why = f"output {model.main.tensors[t].name!r} differs by {difference:.3g} from the float model's"
            raise UnsupportedError("this model in training", why, "quantize it without training")


def _computed(graph: Graph, inputs: Arrays) -> list[Any]:
    try:
        return batch_outputs(graph, inputs)
    except (tf.errors.InvalidArgumentError, ValueError) as error:
        why = (
            f"TensorFlow cannot compute several samples at once: {str(error).splitlines()[0][:160]}"
        )
        raise UnsupportedError(
            "this model in training", why, "quantize it without training"
        ) from error


def batch_outputs(graph: Graph, inputs: Arrays) -> list[Any]:
    """The float outputs of a batch of samples."""
    values: dict[int, Any] = {t: x.array for t, x in enumerate(graph.tensors) if x.constant}
    values |= {t: tf.convert_to_tensor(x) for t, x in zip(graph.inputs, inputs, strict=True)}
    for op in graph.ops:
        shapes = [
            tuple(graph.tensors[t].shape if t >= 0 else () for t in side)
            for side in (op.inputs, op.outputs)
        ]
        result = compute(
            OperatorSpec(op.kind, dict(op.attributes), *shapes), [values.get(t) for t in op.inputs]
        )
        values |= dict(
            zip(op.outputs, result if isinstance(result, (list, tuple)) else [result], strict=True)
        )
    return [values[t] for t in graph.outputs]

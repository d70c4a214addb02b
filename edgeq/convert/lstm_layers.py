"""Keras's LSTM layers as TFLite's one operator of a whole sequence.

TensorFlow's converter makes a loop of them. Here a layer is traced as a call of a function that
TensorFlow does not look into, of which the converter makes a custom operator with the layer's
weights as inputs, and that becomes UNIDIRECTIONAL_SEQUENCE_LSTM. What the layer computes is compared
with Keras afterwards, as all of a converted model is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from edgeq.convert.backend import imported, tensorflow
from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.graph.compact import without_unused

MARKER = "PartitionedCall"
"""The custom operator that the converter makes of a function's call."""
OPTIONS = (
    ("asymmetric_quantize_inputs", False),
    ("cell_clip", 0.0),
    ("diagonal_recurrent_tensors", False),
    ("fused_activation_function", "TANH"),
    ("proj_clip", 0.0),
    ("time_major", False),
)


def lstm_layers(model: Any) -> list[Any]:
    """The layers of a Keras model that are the LSTM that TFLite knows."""
    if model is None or not isinstance(model, imported("keras").Model):
        return []
    return [layer for layer in model._flatten_layers() if _is_plain(layer)]


def stateful_layers(model: Any) -> list[Any]:
    """The layers of a Keras model that keep a state from one call to the next."""
    layers = [] if model is None else model._flatten_layers()
    return [layer for layer in layers if getattr(layer, "stateful", False)]


def _is_plain(layer: Any) -> bool:
    keras = imported("keras")
    if type(layer) not in (keras.layers.LSTM, keras.layers.RNN) or layer.unroll:
        return False
    cell = layer.cell
    return (
        type(cell) is keras.layers.LSTMCell
        and cell.activation is keras.activations.tanh
        and cell.recurrent_activation is keras.activations.sigmoid
        and cell.compute_dtype == "float32"
        and not layer.return_state
    )


@contextmanager
def as_markers() -> Iterator[None]:
    """Within it, plain LSTM layers are traced as marked calls."""
    layer_type = imported("keras").layers.RNN
    own = layer_type.call

    def call(
        layer: Any,
        sequences: Any,
        initial_state: Any = None,
        mask: Any = None,
        training: Any = False,
    ) -> Any:
        given = initial_state is not None or mask is not None
        if given or not _is_plain(layer) or None in tuple(sequences.shape):
            return own(layer, sequences, initial_state, mask, training)
        return _marked(layer, sequences)

    layer_type.call = call
    try:
        yield
    finally:
        layer_type.call = own


def _marked(layer: Any, x: Any) -> Any:
    """The layer's outputs as a call with its weights, and whether it keeps its state."""
    tf, cell = tensorflow(), layer.cell
    shape = (*x.shape[:2], cell.units)

    @tf.function(autograph=False, experimental_attributes={"_noinline": True})  # type: ignore[untyped-decorator]
    def lstm(x: Any, kernel: Any, recurrent: Any, bias: Any, keeps: Any) -> Any:
        terms = (tf.reduce_sum(tensor) for tensor in (x, kernel, recurrent, bias, keeps))
        return tf.fill(shape, tf.add_n(list(terms)))

    bias = cell.bias if cell.use_bias else tf.zeros(4 * cell.units)
    weights = [tf.convert_to_tensor(w) for w in (cell.kernel, cell.recurrent_kernel, bias)]
    x = tf.reverse(x, [1]) if layer.go_backwards else x
    y = lstm(x, *weights, tf.fill([1], float(layer.stateful)))
    return y if layer.return_sequences else y[:, -1]


def with_lstm(model: Model) -> Model:
    """The converted model with the operator of TFLite in place of each marker, and without what the
    marked functions computed, which the file has as other graphs.
    """
    graph = model.main
    if not any(_is_marker(graph, op) for op in graph.ops):
        return model
    for op in graph.ops:
        if _is_marker(graph, op):
            graph = _with_operator(graph, op)
    return without_unused(replace(model, graphs=(graph,)))


def _is_marker(graph: Graph, op: Op) -> bool:
    constants = [t >= 0 and graph.tensors[t].constant for t in op.inputs]
    return op.custom_code == MARKER and constants[1:] == [True] * 4


def _with_operator(graph: Graph, op: Op) -> Graph:
    x, kernel, recurrent, bias, keeps = (graph.tensors[t] for t in op.inputs)
    y, tensors = graph.tensors[op.outputs[0]], list(graph.tensors)
    name = y.name.removesuffix(f"/{MARKER}")
    tensors[op.outputs[0]] = replace(y, name=f"{name}/lstm" if name != y.name else y.name)

    def add(tensor: Tensor) -> int:
        tensors.append(tensor)
        return len(tensors) - 1

    def gates(weights: Tensor, what: str) -> list[int]:
        parts = np.split(np.asarray(weights.array, np.float32), 4, axis=-1)
        return [add(_constant(f"{name}/{what}{k}", part.T)) for k, part in enumerate(parts)]

    of_x, of_h = gates(kernel, "kernel"), gates(recurrent, "recurrent_kernel")
    biases, size = gates(bias, "bias"), (x.shape[0], recurrent.shape[0])
    kept = bool(keeps.array.any())
    states = [add(_state(f"{name}/{what}", size, kept)) for what in ("hidden", "cell")]
    made = Op(
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        (op.inputs[0], *of_x, *of_h, -1, -1, -1, *biases, -1, -1, *states, -1, -1, -1, -1),
        (op.outputs[0], *states) if kept else op.outputs,
        OPTIONS,
        options_type="UnidirectionalSequenceLSTMOptions",
    )
    ops = tuple(made if other is op else other for other in graph.ops)
    return replace(graph, tensors=tuple(tensors), ops=ops)


def _constant(name: str, values: npt.NDArray[np.float32]) -> Tensor:
    buffer = np.ascontiguousarray(values, "<f4").tobytes()
    return Tensor(name, values.shape, "float32", buffer=buffer)


def _state(name: str, shape: tuple[int, int], kept: bool) -> Tensor:
    """A variable, or zeros from which each inference starts."""
    if kept:
        return Tensor(name, shape, "float32", variable=True)
    return replace(_constant(name, np.zeros(shape, np.float32)), restarts=True)

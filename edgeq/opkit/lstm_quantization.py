"""An LSTM's weights, state and intermediate results in integers, from those in float32.

Weights have one scale for a gate, as TFLM reads them; cells have a power of two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from edgeq.graph import Quantization, Tensor
from edgeq.opkit.contract import Interval, QuantizedInputs, Sum
from edgeq.opkit.lstm import BIASES, CELL, GATE_SCALE, HIDDEN, OF_H, OF_X, Real, by_steps, sizes
from edgeq.opkit.node import Node, Values, constant

GATES = tuple(Sum((x, h), b) for x, h, b in zip(OF_X, OF_H, BIASES, strict=True))
LARGEST = 127  # of a weight
COARSE_CELLS = 2.0**-11  # a scale of cells whose range is not known: they reach to 16
MARGIN = 1.25  # by which a range of cells is widened, as another sequence may go beyond
BIAS = {"int8": ("int32", 2.0**30), "int16": ("int64", 2.0**45)}  # type, and the largest magnitude


def inputs_in_integers(
    node: Node, x: Tensor, y: Tensor, ranges: Mapping[int, Interval]
) -> QuantizedInputs:
    """What the inputs of a float node become, all but the first, and its intermediate results.

    x, y: input and output in integers. ranges: of the cells, by their position.
    """
    made = dict[int, Tensor]()
    for p, of_h, b in zip(OF_X, OF_H, BIASES, strict=True):
        bias = constant(node, b).astype(np.float64)
        scale = _fitting(_scale(constant(node, p)), bias, x)
        made[p] = _weights(node.input(p), scale)
        made[of_h] = _weights(node.input(of_h), _scale(constant(node, of_h)))
        made[b] = _bias(node.input(b), _float32(x.scale * scale), x.dtype)
    hidden, cell = node.input(HIDDEN), node.input(CELL)
    made[HIDDEN] = _state(hidden, y.dtype, y.quantization)
    made[CELL] = _state(cell, "int16", Quantization((cell_scale(ranges.get(CELL)),), (0,)))
    gate = Quantization((GATE_SCALE,), (0,))
    gates = [Tensor(f"{node.name}/gate{k}", (0,), "int16", gate, b"") for k in range(4)]
    inner = Tensor(f"{node.name}/hidden", (0,), y.dtype, y.quantization, b"")
    return QuantizedInputs(made, (*gates, inner))


def cell_scale(interval: Interval | None) -> float:
    """The least power of two with which int16 holds the cells, and a bit more."""
    if interval is None:
        return COARSE_CELLS
    largest = MARGIN * max(-interval[0], interval[1], 2.0**-15)
    return float(2.0 ** np.ceil(np.log2(largest / 2**15)))


def cell_ranges(layer: Real, node: Node, x: Values) -> Mapping[int, Interval]:
    """The least and the largest cell of float inputs x [samples, *shape], by the cells' position."""
    low = high = 0.0
    for _, _, cell in _run(layer, node, x):
        low, high = min(low, float(cell.min())), max(high, float(cell.max()))
    return {CELL: (low, high)}


def gate_inputs(layer: Real, node: Node, x: Values) -> Values:
    """What the weights of the gates are multiplied by, inputs and hidden state side by side: [rows,
    inputs + units].
    """
    rows = [np.concatenate([step, hidden], axis=1) for step, hidden, _ in _run(layer, node, x)]
    return np.concatenate(rows)


def _run(layer: Real, node: Node, x: Values) -> Iterator[tuple[Values, Values, Values]]:
    """Of each step the inputs [rows, inputs], the hidden state before it and the cells after it.

    State that is kept passes from each sample to the next one.
    """
    s, steps = sizes(node), by_steps(node, x)
    if not node.input(HIDDEN).constant:
        steps = steps.reshape(s.steps, len(x), s.batches, s.inputs).transpose(1, 0, 2, 3)
        steps = steps.reshape(-1, s.batches, s.inputs)
    hidden = cell = np.zeros((steps.shape[1], s.units), np.float32)
    for step in steps:
        before = hidden
        hidden, cell = layer.fast_step(step, hidden, cell)
        yield step, before, cell


def _scale(weights: Values) -> float:
    largest = float(np.abs(weights).max(initial=0.0))
    return _float32((largest if largest > 2.0**-96 else 1.0) / LARGEST)


def _fitting(scale: float, bias: Values, x: Tensor) -> float:
    """The scale of weights, larger where the bias would not fit its type."""
    least = float(np.abs(bias).max(initial=0.0)) / (BIAS[x.dtype][1] * x.scale)
    return _float32(max(scale, least))


def _weights(real: Tensor, scale: float) -> Tensor:
    values = np.clip(np.round(real.array.astype(np.float64) / scale), -LARGEST, LARGEST)
    quantization = Quantization((scale,), (0,))
    buffer = values.astype(np.int8).tobytes()
    return replace(real, dtype="int8", quantization=quantization, buffer=buffer)


def _bias(real: Tensor, scale: float, dtype: str) -> Tensor:
    kind = BIAS[dtype][0]
    values = np.round(real.array.astype(np.float64) / scale)
    buffer = values.astype(np.dtype(kind).newbyteorder("<")).tobytes()
    return replace(real, dtype=kind, quantization=Quantization((scale,), (0,)), buffer=buffer)


def _state(real: Tensor, dtype: str, quantization: Quantization | None) -> Tensor:
    if not real.constant:
        return replace(real, dtype=dtype, quantization=quantization)
    zero = 0 if quantization is None else quantization.zero_point[0]
    buffer = np.full(real.shape, zero, dtype).tobytes()
    return replace(real, dtype=dtype, quantization=quantization, buffer=buffer)


def _float32(value: float) -> float:
    return float(np.float32(value))

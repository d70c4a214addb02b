"""UNIDIRECTIONAL_SEQUENCE_LSTM: an LSTM layer over all steps (TFLM unidirectional_sequence_lstm.cc).

Its state is a hidden state, which is the output of the step before, and a cell state. It is kept
from one inference to the next, or starts anew at each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from edgeq.opkit import lstm_kernels, lstm_quantization
from edgeq.opkit.checks import check_quantized
from edgeq.opkit.contract import Interval
from edgeq.opkit.float_unary import is_float
from edgeq.opkit.floats import LARGEST
from edgeq.opkit.integer_lstm import IntegerLstm, cell_units, integer_lstm
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.legal import ONE_BY_ONE
from edgeq.opkit.lstm import (
    BIASES,
    CELL,
    HIDDEN,
    OF_H,
    OF_X,
    SQUASHED,
    Real,
    by_steps,
    from_steps,
    gate_bias,
    gate_matrix,
    sizes,
)
from edgeq.opkit.node import Node, Shape, Values, constant, unsupported


@dataclass(frozen=True)
class Attributes:
    fused_activation_function: str = "NONE"
    cell_clip: float = 0.0
    time_major: bool = False


OPTIONS = "UnidirectionalSequenceLSTMOptions"
_F32 = "float32"
TYPES = {
    ("int8", *["int8"] * 8, *["int32"] * 4, "int8", "int16"): ("int8", "int8", "int16"),
    ("int16", *["int8"] * 8, *["int64"] * 4, "int16", "int16"): ("int16", "int16", "int16"),
    (_F32, *[_F32] * 8, *[_F32] * 4, _F32, _F32): (_F32, _F32, _F32),
}
NEWEST_VERSION = 4
STATE = (HIDDEN, CELL)
RESTARTS = True
_DEEPEST = 1 << 16  # sums of more products might be inexact
_MOST_UNITS = 3 << 14  # of the table for one step of a cell, so that products stay within 32 bits
_FINEST = 31  # the largest right shift of 32 bits


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """x [batches, steps, inputs] -> [batches, steps, units], and where it is kept the state, twice
    [batches, units]; batches and steps change places where time is major.

    Raises UnsupportedError for weights that are computed or do not fit, and for another function
    of cells than tanh. What TFLM does not compute, peepholes, projections, layer norms and coupled
    gates, changes the number of inputs, which `TYPES` states.
    """
    if node.attributes.fused_activation_function != "TANH":
        activation = node.attributes.fused_activation_function
        raise unsupported(node, f"its cells have the activation {activation}, TFLM knows TANH")
    _check_shapes(node)
    if not is_float(node):
        _check_scales(node)
    s = sizes(node)
    y = (*node.input(0).shape[:2], s.units)
    states = tuple(node.input(p).shape for p in STATE)
    return (y, *states) if lstm_kernels.keeps_state(node) else (y,)


def _check_shapes(node: Node) -> None:
    if len(node.input(0).shape) != 3 or len(node.input(OF_X[0]).shape) != 2:
        raise unsupported(node, "its input must have three dimensions, its weights two")
    s = sizes(node)
    wanted = dict.fromkeys(OF_X, (s.units, s.inputs)) | dict.fromkeys(BIASES, (s.units,))
    wanted |= dict.fromkeys(OF_H, (s.units, s.units))
    for p, shape in wanted.items():
        if node.input(p).shape != shape:
            given = list(node.input(p).shape)
            raise unsupported(node, f"its input {p} has shape {given}, not {list(shape)}")
        constant(node, p)
    for p in STATE:
        if node.input(p).size != s.batches * s.units:
            raise unsupported(node, f"its state has shape {list(node.input(p).shape)}")
        _check_start(node, p)
    if max(s.inputs, s.units) > _DEEPEST:
        raise unsupported(node, f"it sums more than {_DEEPEST} products")


def _check_start(node: Node, position: int) -> None:
    """Raises UnsupportedError where a state that each inference resets is not reset to zero."""
    state = node.input(position)
    zero = 0 if state.quantization is None else state.zero_point
    if state.constant and np.any(state.array != zero):
        raise unsupported(node, "its state does not start at zero")


def _check_scales(node: Node) -> None:
    """Scales that TFLM computes with. The output has the integers of the hidden state, whatever scale
    the file gives it: TensorFlow's quantizer writes others in front of CONCATENATION.
    """
    tensors = [node.input(p) for p in (0, *OF_X, *OF_H, *STATE)]
    check_quantized(node, *tensors, node.output)
    symmetric = [node.input(p) for p in (*OF_X, *OF_H, CELL)]
    if node.output.dtype == "int16":
        symmetric += [node.input(0), node.input(HIDDEN)]
    if any(t.zero_point for t in symmetric):
        raise unsupported(node, "its weights, cells or int16 values have zero points other than 0")
    units = cell_units(node.input(CELL).scale)
    if units.multiplier > _MOST_UNITS or units.shift > _FINEST:
        raise unsupported(node, f"its cells have the scale {node.input(CELL).scale:g}")
    most = 2.0**30 if node.output.dtype == "int8" else 2.0**7
    pairs = [(0, OF_X), (HIDDEN, OF_H)]
    factors = [node.input(x).scale * node.input(p).scale * 2.0**12 for x, at in pairs for p in at]
    if max(factors) >= most:
        raise unsupported(node, f"its scales multiply values by {max(factors):g}")
    if max(SQUASHED**2 / node.input(p).scale for p in STATE) >= 1:
        raise unsupported(node, "its state has scales too fine for what it is computed from")
    if node.output.dtype == "int8" and not integer_lstm(node).fits():
        raise unsupported(node, "sums of its weights may exceed 32 bits")


def work(node: Node) -> int:
    """What simulating it takes, in multiply-accumulates of matrix products."""
    return macs(node) * (ONE_BY_ONE if is_float(node) else 2)


def macs(node: Node) -> int:
    """Multiply-accumulates: of each step, 4 gates of all units with inputs and units; 0 where the
    shapes are not those of an LSTM.
    """
    ends = (node.optional(0), node.optional(OF_X[0]))
    if [len(t.shape) for t in ends if t is not None] != [3, 2]:
        return 0
    s = sizes(node)
    return s.batches * s.steps * 4 * s.units * (s.inputs + s.units)


@lru_cache(maxsize=64)
def _real(node: Node) -> Real:
    clip = node.attributes.cell_clip
    of_x, of_h = gate_matrix(node, OF_X), gate_matrix(node, OF_H)
    return Real(of_x, of_h, gate_bias(node), clip if clip > 0 else LARGEST)


def simulate(node: Node, *values: Values | None) -> Values | tuple[Values, ...]:
    """x [samples, *shape] -> the outputs [samples, *shape], and where it is kept the state's new
    value; of one sample then.
    """
    x, hidden, cell = values[0], values[HIDDEN], values[CELL]
    assert x is not None
    assert hidden is not None
    assert cell is not None
    s = sizes(node)
    layer: Real | IntegerLstm = _real(node) if is_float(node) else integer_lstm(node)
    steps = by_steps(node, x)
    shape = (len(x), s.batches, s.units)
    h, c = (
        np.broadcast_to(state.reshape(-1, s.batches, s.units), shape).reshape(-1, s.units)
        for state in (hidden, cell)
    )
    found = np.empty((s.steps, len(h), s.units), x.dtype)
    for t in range(s.steps):
        found[t], c = layer.step(steps[t], h, c)
        h = found[t]
    y = from_steps(node, found)
    if not lstm_kernels.keeps_state(node):
        return y
    return y, h.reshape(hidden.shape), c.reshape(cell.shape)


def state_ranges(node: Node, x: Values) -> Mapping[int, Interval]:
    """The range of the cells on real inputs."""
    return lstm_quantization.cell_ranges(_real(node), node, x)


inputs_in_integers = lstm_quantization.inputs_in_integers
SUMMED = lstm_quantization.GATES


def sum_inputs(node: Node, x: Values) -> Values:
    """What the weights of the gates are multiplied by on real inputs."""
    return lstm_quantization.gate_inputs(_real(node), node, x)


def kernel(node: Node) -> KernelCall:
    """`edgeq_unidirectional_sequence_lstm_s8`, `_s16` or `_f32`."""
    return lstm_kernels.kernel(node, _real(node) if is_float(node) else integer_lstm(node))

"""The C kernels of an LSTM: their parameters, scratch and in-place offset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from edgeq.fixedpoint import Multiplier, wide_multiplier, wrap_int32
from edgeq.graph import DTYPES
from edgeq.opkit.instruction_sets import largest
from edgeq.opkit.integer_lstm import IntegerLstm
from edgeq.opkit.kernel_call import KernelCall, Parameter, nested
from edgeq.opkit.lstm import CELL, HIDDEN, Real, Sizes, sizes
from edgeq.opkit.node import Node, Values
from edgeq.opkit.sigmoid_table import SIGMOID

Fields = Mapping[str, Parameter | None]
SUFFIXES = {"int8": "s8", "int16": "s16", "float32": "f32"}
SUMS = {"int8": np.int32, "int16": np.int64, "float32": np.float32}


def keeps_state(node: Node) -> bool:
    """Whether the state is kept from one inference to the next."""
    return not node.input(HIDDEN).constant


def kernel(node: Node, layer: Real | IntegerLstm) -> KernelCall:
    """The call of the kernel for the type of the output. layer: the node's constants."""
    s, dtype = sizes(node), node.output.dtype
    batch_first = not node.attributes.time_major
    rows = (s.steps, 1) if batch_first else (1, s.batches)
    parameters: dict[str, Parameter | None] = {
        "batches": s.batches,
        "steps": s.steps,
        "inputs": s.inputs,
        "units": s.units,
        "x_batch": rows[0] * s.inputs,
        "x_step": rows[1] * s.inputs,
        "y_batch": rows[0] * s.units,
        "y_step": rows[1] * s.units,
        "x_groups": -(-s.inputs // 4),
        "h_groups": -(-s.units // 4),
        "keeps": int(keeps_state(node)),
        "x_weights": _blocks(layer.x_weights, node.input(1).dtype),
        "h_weights": _blocks(layer.h_weights, node.input(1).dtype),
    }
    if isinstance(layer, Real):
        parameters |= {"x_bias": _together(layer.bias), "h_bias": None}
        parameters |= nested("gates", {"clip": layer.clip})
    else:
        x_bias, h_bias = (_bias(bias, dtype) for bias in (layer.x_bias, layer.h_bias))
        parameters |= {"x_bias": x_bias, "h_bias": h_bias if dtype == "int8" else None}
        parameters |= nested("gates", _integer_gates(layer))
    name = f"edgeq_unidirectional_sequence_lstm_{SUFFIXES[dtype]}"
    vectors = 4 * (-(-s.inputs // 4) - (-s.units // 4)) * DTYPES[dtype].itemsize
    cells = 0 if keeps_state(node) else s.units * DTYPES[node.input(CELL).dtype].itemsize
    in_place = _offset(s, dtype) if batch_first or s.batches == 1 else None
    return KernelCall(name, parameters, (0,), vectors + cells, (in_place,), scattered=True)


def _offset(s: Sizes, dtype: str) -> int:
    """A row of the output is written when the row of the input has been read."""
    wider = s.units - s.inputs
    return max(wider, wider * s.batches * s.steps) * DTYPES[dtype].itemsize


def _integer_gates(layer: IntegerLstm) -> Fields:
    wide = layer.dtype == "int16"
    (x, x_shifts), (h, h_shifts) = (
        _factors(factors, wide) for factors in (layer.x_factors, layer.h_factors)
    )
    return {
        "x_multiplier": x,
        "h_multiplier": h,
        **_shifts("x", x_shifts),
        **_shifts("h", h_shifts),
        "update_multiplier": layer.update.multiplier,
        "output_multiplier": layer.output.multiplier,
        "update_right": -layer.update.shift,
        "output_right": -layer.output.shift,
        "cell_shift": layer.cell.shift,
        "cell_multiplier": layer.cell.multiplier,
        "zero_point": layer.zero_point,
        "clip": layer.clip,
        "sigmoid": SIGMOID,
    }


def _factors(factors: Sequence[Multiplier], wide: bool) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Multipliers and shifts, positive ones to the left; wide: those of `edgeq_requantize_wide`."""
    multipliers = tuple(f.multiplier for f in factors)
    if wide:
        multipliers = tuple(int(m) for m in wide_multiplier(multipliers))
    return multipliers, tuple(f.shift - 15 if wide else f.shift for f in factors)


def _shifts(name: str, shifts: Sequence[int]) -> Fields:
    """Left shifts of sums, which are doubled besides, and right shifts of the high words."""
    left, right = (tuple(max(sign * s, 0) for s in shifts) for sign in (1, -1))
    return {f"{name}_left": tuple(1 + s for s in left), f"{name}_right": right}


def _blocks(weights: Values, dtype: str) -> Values:
    """Weights [taps, 4 * units] as [units, groups, 4 gates, 4 taps], zeros behind the last tap."""
    taps, units = weights.shape[0], weights.shape[1] // 4
    padded = np.pad(weights, ((0, -taps % 4), (0, 0))).reshape(-1, 4, 4, units)
    return np.ascontiguousarray(padded.transpose(3, 0, 2, 1)).astype(dtype)


def _bias(bias: Values, dtype: str) -> Values:
    return _together(wrap_int32(bias) if dtype == "int8" else bias).astype(SUMS[dtype])


def _together(bias: Values) -> Values:
    """Biases [4 * units], gate by gate, as [units and more, 4 gates]: what is computed at once is
    read beyond the last unit.
    """
    by_unit = bias.reshape(4, -1).T
    return np.ascontiguousarray(np.pad(by_unit, ((0, largest("NEURON_BLOCKS") - 1), (0, 0))))

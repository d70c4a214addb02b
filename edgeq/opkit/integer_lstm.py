"""An LSTM on integers: gates of scale 2^-12, what their functions give of 2^-15, int16 cells (TFLM
lstm_eval.cc, lstm_eval_common.cc).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from edgeq.fixedpoint import (
    LIMITS,
    Multiplier,
    multiply_by_quantized_multiplier,
    multiply_wide_by_quantized_multiplier,
    quantize_multiplier,
    round_half_away,
    saturate,
    wrap_int32,
)
from edgeq.opkit.lstm import (
    CELL,
    GATE_SCALE,
    HIDDEN,
    OF_H,
    OF_X,
    SQUASHED,
    gate_bias,
    gate_matrix,
)
from edgeq.opkit.node import Node, Values
from edgeq.opkit.squash16 import InputScale, Integers, logistic_units, table_units, tanh_units

GATE = InputScale(3, 0)  # gates of 2^-12 in units of the table
KEEP = Multiplier(
    1 << 30, -14
)  # 2^-15, the scale of the forget gate, with which cells are multiplied


@dataclass(frozen=True, eq=False)
class IntegerLstm:
    """The constants of an LSTM. x_weights, h_weights: float64 [taps, 4 * units], in which sums are
    exact. x_bias, h_bias: with zero points folded in. x_factors, h_factors: of each gate. clip: the
    largest magnitude of a cell.
    """

    dtype: str
    x_weights: Values
    h_weights: Values
    x_bias: Integers
    h_bias: Integers
    x_factors: tuple[Multiplier, ...]
    h_factors: tuple[Multiplier, ...]
    update: Multiplier
    output: Multiplier
    zero_point: int
    cell: InputScale
    clip: int

    def step(self, x: Values, hidden: Values, cell: Values) -> tuple[Values, Values]:
        """x [rows, inputs], hidden and cell [rows, units] -> the new hidden and cell."""
        of_x = self._gates(x, self.x_weights, self.x_bias, self.x_factors)
        of_h = self._gates(hidden, self.h_weights, self.h_bias, self.h_factors)
        gates = saturate(of_x + of_h, "int16").astype(np.int64)
        into, forget, update, out = np.split(table_units(GATE, gates), 4, axis=1)
        kept = multiply_by_quantized_multiplier(
            logistic_units(forget) * cell.astype(np.int64), *KEEP
        )
        added = multiply_by_quantized_multiplier(
            logistic_units(into) * tanh_units(update), *self.update
        )
        total = saturate(kept + saturate(added, "int16"), "int16")
        cell = np.clip(total, -self.clip, min(self.clip, LIMITS["int16"][1]))
        squashed = tanh_units(table_units(self.cell, cell.astype(np.int64)))
        made = multiply_by_quantized_multiplier(squashed * logistic_units(out), *self.output)
        return saturate(made + self.zero_point, self.dtype), cell.astype(np.int16)

    def fits(self) -> bool:
        """Whether sums of int8, doubled and shifted left as the factors ask, fit 32 bits, whatever
        the inputs, so that the reference overflows nowhere.
        """
        parts = (
            (self.x_weights, self.x_bias, self.x_factors),
            (self.h_weights, self.h_bias, self.h_factors),
        )
        for weights, bias, factors in parts:
            largest = (128 * np.abs(weights).sum(axis=0) + np.abs(bias)).reshape(4, -1).max(axis=1)
            shifts = np.array([1 + max(factor.shift, 0) for factor in factors])
            if np.any(np.ldexp(largest, shifts) >= 2.0**31):
                return False
        return True

    def _gates(
        self, x: Values, weights: Values, bias: Integers, factors: tuple[Multiplier, ...]
    ) -> Integers:
        """What the gates get of one of their two inputs: int64 [rows, 4 * units] within int16."""
        units = weights.shape[1] // 4
        total = (x.astype(np.float64) @ weights).astype(np.int64) + bias
        multiplier, shift = (np.repeat(numbers, units) for numbers in zip(*factors, strict=True))
        if self.dtype == "int8":
            scaled = multiply_by_quantized_multiplier(wrap_int32(total), multiplier, shift)
        else:
            scaled = multiply_wide_by_quantized_multiplier(total, multiplier, shift)
        return np.clip(scaled, *LIMITS["int16"])


@lru_cache(maxsize=64)
def integer_lstm(node: Node) -> IntegerLstm:
    """The constants of a node whose scales `factors` accepts."""
    hidden, cell = node.input(HIDDEN), node.input(CELL)
    x_weights, h_weights = (gate_matrix(node, at).astype(np.float64) for at in (OF_X, OF_H))
    x_bias = gate_bias(node).astype(np.int64) - _folded(node.input(0).zero_point, x_weights)
    return IntegerLstm(
        node.output.dtype,
        x_weights,
        h_weights,
        x_bias,
        -_folded(hidden.zero_point, h_weights),
        *gate_factors(node),
        quantize_multiplier(SQUASHED * SQUASHED / cell.scale),
        quantize_multiplier(SQUASHED * SQUASHED / hidden.scale),
        hidden.zero_point,
        cell_units(cell.scale),
        cell_limit(node.attributes.cell_clip, cell.scale),
    )


def gate_factors(node: Node) -> tuple[tuple[Multiplier, ...], tuple[Multiplier, ...]]:
    """Of each gate what sums of x and of the hidden state are multiplied by.

    Raises ValueError where one is too large for a multiplier.
    """
    ends = ((node.input(0), OF_X), (node.input(HIDDEN), OF_H))
    of_x, of_h = (
        tuple(quantize_multiplier(t.scale * node.input(p).scale / GATE_SCALE) for p in positions)
        for t, positions in ends
    )
    return of_x, of_h


def cell_power(scale: float) -> int:
    """The power of two nearest to a cell's scale, in float32 as `CheckedLog2` has it."""
    log2 = np.float32(np.log(np.float32(scale))) * (np.float32(1) / np.log(np.float32(2)))
    return round_half_away(float(np.float32(log2)))


def cell_units(scale: float) -> InputScale:
    """Cells in units of the table, scaled by a power of two (TFLM lstm_eval.cc, `Tanh`)."""
    left = 15 + cell_power(scale) - 3
    return InputScale(3, -left) if left < 0 else InputScale(3 << left, 0)


def cell_limit(clip: float, scale: float) -> int:
    """The largest magnitude of a cell; 32768 where `clip`, a real value, says that there is none."""
    if clip <= 0:
        return 32768
    return int(min(float(np.float32(clip)) / scale, 32767.0))


def _folded(zero_point: int, weights: Values) -> Integers:
    return np.asarray((zero_point * weights.sum(axis=0)).astype(np.int64))

"""The sizes, weights and scales of an LSTM (TFLM lstm_eval_common.cc), and its real arithmetic.

Gates are in the order of their weights in the file: input, forget, cell, output gate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.opkit.floats import LARGEST, products
from edgeq.opkit.logistic32 import logistic32
from edgeq.opkit.node import Node, Values, constant
from edgeq.opkit.tanh32 import tanh32

OF_X, OF_H, BIASES = (1, 2, 3, 4), (5, 6, 7, 8), (12, 13, 14, 15)
HIDDEN, CELL = 18, 19
GATE_SCALE, SQUASHED = 2.0**-12, 2.0**-15  # of what a gate's function takes and gives


@dataclass(frozen=True)
class Sizes:
    """batches, steps: of the input; inputs: of a step; units: of the state."""

    batches: int
    steps: int
    inputs: int
    units: int


def sizes(node: Node) -> Sizes:
    """The sizes of x [batches, steps, inputs], or [steps, batches, inputs] where time is major."""
    first, second, inputs = node.input(0).shape
    batches, steps = (second, first) if node.attributes.time_major else (first, second)
    return Sizes(batches, steps, inputs, node.input(OF_X[0]).shape[0])


def gate_matrix(node: Node, positions: tuple[int, ...]) -> Values:
    """The weights of all gates as one matrix [taps, 4 * units], gate by gate."""
    return np.asarray(np.concatenate([constant(node, p) for p in positions]).T)


def gate_bias(node: Node) -> Values:
    """The biases of all gates, [4 * units], gate by gate."""
    return np.concatenate([constant(node, p) for p in BIASES])


def by_steps(node: Node, x: Values) -> Values:
    """x [samples, *input shape] as [steps, samples * batches, inputs]."""
    s = sizes(node)
    if node.attributes.time_major:
        steps = x.reshape(-1, s.steps, s.batches, s.inputs).transpose(1, 0, 2, 3)
    else:
        steps = x.reshape(-1, s.batches, s.steps, s.inputs).transpose(2, 0, 1, 3)
    return np.ascontiguousarray(steps).reshape(s.steps, -1, s.inputs)


def from_steps(node: Node, y: Values) -> Values:
    """The inverse of `by_steps` for outputs [steps, samples * batches, units]."""
    s = sizes(node)
    steps = y.reshape(s.steps, -1, s.batches, s.units)
    order = (1, 0, 2, 3) if node.attributes.time_major else (1, 2, 0, 3)
    return np.ascontiguousarray(steps.transpose(order))


@dataclass(frozen=True)
class Real:
    """An LSTM on float32, each operation rounded in the order of TFLite's reference kernels.

    x_weights [inputs, 4 * units], h_weights [units, 4 * units], bias [4 * units]. clip: the largest
    magnitude of a cell, `LARGEST` for no limit.
    """

    x_weights: Values
    h_weights: Values
    bias: Values
    clip: float = LARGEST

    def step(self, x: Values, hidden: Values, cell: Values) -> tuple[Values, Values]:
        """x [rows, inputs], hidden and cell [rows, units] -> the new hidden and cell."""
        of_x = _bounded(products(x, self.x_weights) + self.bias)
        gates = of_x + _bounded(products(hidden, self.h_weights))
        into, forget, update, out = np.split(gates, 4, axis=1)
        added = logistic32(into) * tanh32(update)
        cell = np.clip(
            logistic32(forget) * cell + added, -np.float32(self.clip), np.float32(self.clip)
        )
        return tanh32(cell) * logistic32(out), cell

    def fast_step(self, x: Values, hidden: Values, cell: Values) -> tuple[Values, Values]:
        """`step` with sums in any order."""
        into, forget, update, out = np.split(
            x @ self.x_weights + hidden @ self.h_weights + self.bias, 4, axis=1
        )
        kept = _sigmoid(forget) * cell + _sigmoid(into) * np.tanh(update)
        cell = np.clip(kept, -np.float32(self.clip), np.float32(self.clip))
        return np.tanh(cell) * _sigmoid(out), cell


def _sigmoid(x: Values) -> Values:
    return np.asarray((np.tanh(x / 2) + 1) / 2)


def _bounded(sums: Values) -> Values:
    return np.clip(sums, -np.float32(LARGEST), np.float32(LARGEST))

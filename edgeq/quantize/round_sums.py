"""Weights rounded together where the products of several weights add up to one sum, as in the gates
of an LSTM: second-order rounding, and biases that take up the mean error.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgeq.data import Samples
from edgeq.graph import Op, Tensor
from edgeq.opkit.contract import QuantizedInputs, Sum
from edgeq.opkit.node import Node
from edgeq.ops import operator, resolve, supported
from edgeq.quantize.assemble import activation_quantization
from edgeq.quantize.calibrator_search import SELECTION_SAMPLES
from edgeq.quantize.observe import activations
from edgeq.quantize.own_integers import state_intervals
from edgeq.quantize.quantization_state import Floats, QuantizationState
from edgeq.quantize.second_order import coordinate_descent, round_sequentially

DAMPING = 0.01  # of the mean diagonal of a Hessian, added to each
LIMIT = 127  # of a weight
ROWS = 32768  # of inputs, evenly sampled


def round_sums(state: QuantizationState, samples: Samples) -> QuantizationState:
    """The state with weights of such operators chosen to reproduce their sums on the samples; those
    that stay on floats keep theirs.
    """
    for index, op in enumerate(state.graph.ops):
        computed = state.dtype(op.outputs[0]) != "float32" if op.outputs else False
        if computed and op.kind in supported() and operator(op.kind).summed:
            state = _rounded(state, index, op, samples.subsample(SELECTION_SAMPLES))
    return state


def _rounded(state: QuantizationState, index: int, op: Op, samples: Samples) -> QuantizationState:
    node, known = resolve(state.graph, index), operator(op.kind)
    assert known.sum_inputs is not None
    found = [
        known.sum_inputs(node, values[op.inputs[0]])
        for values in activations(state.model, samples, [op.inputs[0]])
    ]
    rows = np.concatenate(found)
    rows = rows[:: -(-len(rows) // ROWS)].astype(np.float64)
    mean = rows.mean(axis=0)
    hessian = (rows - mean).T @ (rows - mean) / len(rows)
    hessian += DAMPING * np.trace(hessian) / len(hessian) * np.eye(len(hessian))
    made = _made(state, node, op)
    for part in known.summed:
        state = _one(state, op, part, made, hessian, mean)
    return state


def _made(state: QuantizationState, node: Node, op: Op) -> QuantizedInputs:
    make = operator(op.kind).inputs_in_integers
    assert make is not None
    x, y = (_quantized(state, t) for t in (op.inputs[0], op.outputs[0]))
    return make(node, replace(x, dtype=y.dtype), y, state_intervals(state, op))


def _quantized(state: QuantizationState, t: int) -> Tensor:
    quantization = activation_quantization(state, t)
    return replace(state.graph.tensors[t], dtype=state.dtype(t), quantization=quantization)


def _one(
    state: QuantizationState,
    op: Op,
    part: Sum,
    made: QuantizedInputs,
    hessian: Floats,
    mean: Floats,
) -> QuantizationState:
    """The state with the weights of one sum rounded: as one matrix, in units of their scales."""
    weights = [
        np.asarray(state.graph.tensors[op.inputs[p]].array, np.float64) for p in part.weights
    ]
    steps = np.concatenate(
        [
            np.full(w.shape[1], made.inputs[p].scale)
            for p, w in zip(part.weights, weights, strict=True)
        ]
    )
    target = (np.concatenate(weights, axis=1) / steps)[None]
    form = (hessian * steps[:, None] * steps)[None]
    ones = np.ones(target.shape[:2])
    start = round_sequentially(target, form, ones, LIMIT)
    integers = coordinate_descent(start, target, form, ones, LIMIT)[0]
    shift = -((integers - target[0]) * steps) @ mean
    bias = state.graph.tensors[op.inputs[part.bias]].array.astype(np.float64) + shift
    ends = np.cumsum([w.shape[1] for w in weights])[:-1]
    values = np.split(integers.astype(np.int8), ends, axis=1)
    chosen = {op.inputs[p]: v for p, v in zip(part.weights, values, strict=True)}
    state = replace(state, chosen={**state.chosen, **chosen})
    return state.with_constants({op.inputs[part.bias]: bias})

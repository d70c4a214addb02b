"""Weights of an LSTM rounded together: sums of gates come nearer, and files hold what was chosen."""

from __future__ import annotations

import numpy as np
import pytest
from ops.test_unidirectional_sequence_lstm import Y, real
from quantize.test_own_integers import SIZES

from edgeq.data import Samples
from edgeq.graph import read_tflite, write_tflite
from edgeq.ops import operator, resolve
from edgeq.quantize.options import Options
from edgeq.quantize.quantization_state import QuantizationState, Range
from edgeq.quantize.quantize import quantize
from edgeq.quantize.round_sums import round_sums
from edgeq.simulate.execute import execute, real_outputs

MODEL = real(SIZES, restarts=True)


def samples(seed: int = 0) -> Samples:
    """Inputs that go together, as features of one signal do."""
    rng = np.random.default_rng(seed)
    common = rng.uniform(-2, 2, (40, 1, SIZES[1], 1))
    x = common + rng.uniform(-0.2, 0.2, (40, 1, *SIZES[1:3]))
    return Samples((x.astype(np.float32),))


def ranged() -> QuantizationState:
    return QuantizationState(MODEL, {0: Range(-2.0, 2.0), Y: Range(-1.0, 1.0)})


def test_sums_of_gates_are_nearer_than_with_nearest_weights() -> None:
    state = ranged()
    rounded, graph = round_sums(state, samples()), state.graph
    node = resolve(graph, 0)
    rows = operator(node.kind).sum_inputs(node, samples().inputs[0]).astype(np.float64)  # type: ignore[misc]
    for part in operator(node.kind).summed:
        positions = [graph.ops[0].inputs[p] for p in part.weights]
        real = np.concatenate([graph.tensors[t].array for t in positions], axis=1)
        bias = graph.ops[0].inputs[part.bias]
        want = rows @ real.T + graph.tensors[bias].array
        errors = []
        for chosen, biases in (({}, graph), (rounded.chosen, rounded.graph)):
            steps = [np.abs(graph.tensors[t].array).max() / 127 for t in positions]
            parts = [
                step * (chosen[t] if t in chosen else np.round(graph.tensors[t].array / step))
                for t, step in zip(positions, steps, strict=True)
            ]
            got = rows @ np.concatenate(parts, axis=1).T + biases.tensors[bias].array
            errors.append(np.mean((got - want) ** 2))
        assert errors[1] < 0.7 * errors[0]


@pytest.mark.slow
def test_the_file_is_nearer_to_the_float_model() -> None:
    given, unseen, errors = samples(), samples(1), []
    want = execute(MODEL.main, unseen.inputs)[Y]
    for rounding in ("nearest", "auto"):
        options = Options(rounding=rounding, calibrator="min-max", scheme="int16x8")
        made = read_tflite(quantize(write_tflite(MODEL), given, options).content)
        errors.append(np.sqrt(np.mean((real_outputs(made.main, unseen)[0] - want) ** 2)))
    assert errors[1] < 0.9 * errors[0]

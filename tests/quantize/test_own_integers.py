"""LSTM layers in integers: scales of gates and cells, and how near they come to the float model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ops.test_unidirectional_sequence_lstm import CELL, HIDDEN, Sizes, Y, real

from edgeq.data import Samples
from edgeq.graph import Model, read_tflite, write_tflite
from edgeq.opkit.lstm_quantization import cell_scale
from edgeq.ops import bind, operator
from edgeq.quantize.options import Options
from edgeq.quantize.quantize import quantize
from edgeq.simulate.execute import execute, real_outputs

SIZES: Sizes = (1, 8, 6, 7)


def samples(count: int = 40, sizes: Sizes = SIZES) -> Samples:
    x = np.random.default_rng(0).uniform(-2, 2, (count, 1, sizes[1], sizes[2]))
    return Samples((x.astype(np.float32),))


def error(model: Model, scheme: str) -> float:
    """RMS difference of the quantized model's outputs from the float model's, which spread by 1."""
    given = samples()
    made = read_tflite(quantize(write_tflite(model), given, Options(scheme=scheme)).content)
    want = execute(model.main, given.inputs)[Y]
    return float(np.sqrt(np.mean((real_outputs(made.main, given)[0] - want) ** 2)))


@pytest.mark.slow
@pytest.mark.parametrize("restarts", [True, False])
def test_integers_come_near_to_the_float_model(restarts: bool) -> None:
    model = real(SIZES, restarts=restarts)
    assert error(model, "int8") < 0.02
    assert error(model, "int16x8") < 0.008


@pytest.mark.slow
def test_hidden_state_has_the_scale_of_the_output_and_cells_a_power_of_two() -> None:
    model = real(SIZES, restarts=True)
    made = read_tflite(quantize(write_tflite(model), samples()).content).main
    (node,) = bind(made)
    y, hidden, cell = node.output, node.input(18), node.input(19)
    assert (y.dtype, hidden.quantization) == ("int8", y.quantization)
    assert (cell.dtype, np.frexp(cell.scale)[0], cell.zero_point) == ("int16", 0.5, 0)
    cells = execute(model.main, samples().inputs, keep=[Y])
    assert np.abs(cells[Y]).max() < 1
    assert [t.quantization.scale for t in _inner(made)[:4] if t.quantization] == [(2**-12,)] * 4


def _inner(graph: object) -> list:  # type: ignore[type-arg]
    (op,) = graph.ops  # type: ignore[attr-defined]
    return [graph.tensors[t] for t in op.intermediates]  # type: ignore[attr-defined]


@pytest.mark.slow
@pytest.mark.parametrize("restarts", [True, False])
def test_ranges_of_cells_are_those_of_the_float_model(restarts: bool) -> None:
    """A state that is kept goes on from each sample to the next."""
    kept = real(SIZES)
    graph = replace(kept.main, outputs=(Y,))
    given, starts = samples(6).inputs[0], {HIDDEN: [], CELL: []}  # type: ignore[var-annotated]
    for k in range(6):
        part = given[k : k + 1] if restarts else given[: k + 1]
        values = execute(graph, [part], keep=[HIDDEN, CELL])
        starts[CELL].append(values[CELL][-1])
    (node,) = bind(real(SIZES, restarts=restarts).main)
    ((low, high),) = operator(node.kind).state_ranges(node, given).values()  # type: ignore[misc]
    last = np.array(starts[CELL])
    assert low <= last.min() + 1e-5
    assert high >= last.max() - 1e-5


@pytest.mark.parametrize(
    ("interval", "scale"),
    [
        (None, 2.0**-11),
        ((-0.9, 0.5), 2.0**-14),
        ((-0.5, 0.7), 2.0**-15),
        ((0.0, 12.0), 2.0**-11),
        ((0.0, 13.0), 2.0**-10),
        ((0.0, 0.0), 2.0**-29),
    ],
)
def test_cells_reach_a_quarter_further_than_was_seen(
    interval: tuple[float, float] | None, scale: float
) -> None:
    assert cell_scale(interval) == scale

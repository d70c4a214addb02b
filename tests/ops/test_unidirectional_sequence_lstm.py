"""UNIDIRECTIONAL_SEQUENCE_LSTM against TFLM and the compiled C, inference by inference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from ops.harness import agrees, assert_all_agree, constant, quantized

from edgeq.errors import UnsupportedError
from edgeq.graph import Graph, Model, Op, Quantization, Tensor, read_tflite, write_tflite
from edgeq.ops import bind, operator
from edgeq.simulate.compare import compare_with
from edgeq.simulate.difference_conditions import other_hidden_scale
from edgeq.simulate.execute import execute, random_inputs
from edgeq.simulate.interpreter import interpreter_of
from edgeq.simulate.oracles import ORACLES

Sizes = tuple[int, int, int, int]
"""Batches, steps, inputs, units."""
Y, HIDDEN, CELL = 13, 14, 15


def integer(
    sizes: Sizes = (1, 5, 6, 7),
    dtype: str = "int8",
    zero_points: tuple[int, int] = (-3, 5),
    scales: tuple[float, float] = (0.05, 2.0**-11),
    time_major: bool = False,
    clip: float = 0.0,
    restarts: bool = False,
    seed: int = 0,
) -> Model:
    """zero_points: of input and output. scales: of the input and of the cells."""
    _, _, inputs, units = sizes
    generator = np.random.default_rng(seed)
    x_zero, y_zero = zero_points if dtype == "int8" else (0, 0)
    fine = 1 if dtype == "int8" else 1 / 256

    def weights(gate: str, taps: int) -> Tensor:
        values = generator.integers(-127, 128, (units, taps)).astype(np.int8)
        return constant(gate, values, float(generator.uniform(0.004, 0.008)))

    of_x = [weights(f"x{k}", inputs) for k in range(4)]
    of_h = [weights(f"h{k}", units) for k in range(4)]
    bias_type = np.int32 if dtype == "int8" else np.int64
    biases = [
        constant(
            f"b{k}",
            generator.integers(-2000, 2000, units).astype(bias_type),
            scales[0] * fine * of_x[k].scale,
        )
        for k in range(4)
    ]
    x = quantized("x", _outer(sizes, inputs, time_major), scales[0] * fine, x_zero, dtype)
    y = quantized("y", _outer(sizes, units, time_major), fine / 128, y_zero, dtype)
    hidden = replace(y, name="hidden", shape=(sizes[0], units))
    cell = quantized("cell", (sizes[0], units), scales[1], 0, "int16")
    gates = [quantized(f"gate{k}", (0,), 2.0**-12, 0, "int16") for k in range(4)]
    inner = [replace(t, shape=(0,), buffer=b"") for t in (*gates, replace(y, name="inner"))]
    return _model([x, *of_x, *of_h, *biases], y, hidden, cell, inner, time_major, clip, restarts)


def real(
    sizes: Sizes = (1, 5, 6, 7), time_major: bool = False, clip: float = 0.0, restarts: bool = False
) -> Model:
    _, _, inputs, units = sizes
    generator = np.random.default_rng(2)

    def weights(name: str, *shape: int) -> Tensor:
        return constant(name, generator.uniform(-1, 1, shape).astype(np.float32))

    given = [Tensor("x", _outer(sizes, inputs, time_major), "float32")]
    given += [weights(f"x{k}", units, inputs) for k in range(4)]
    given += [weights(f"h{k}", units, units) for k in range(4)]
    given += [weights(f"b{k}", units) for k in range(4)]
    y = Tensor("y", _outer(sizes, units, time_major), "float32")
    hidden, cell = (Tensor(name, (sizes[0], units), "float32") for name in ("hidden", "cell"))
    return _model(given, y, hidden, cell, (), time_major, clip, restarts)


def _outer(sizes: Sizes, last: int, time_major: bool) -> tuple[int, int, int]:
    batches, steps = sizes[:2]
    return (steps, batches, last) if time_major else (batches, steps, last)


def _model(
    given: Sequence[Tensor],
    y: Tensor,
    hidden: Tensor,
    cell: Tensor,
    inner: Sequence[Tensor],
    time_major: bool,
    clip: float,
    restarts: bool,
) -> Model:
    states = [_state(tensor, restarts) for tensor in (hidden, cell)]
    tensors = (*given, y, *states, *inner)
    inputs = (*range(9), -1, -1, -1, *range(9, 13), -1, -1, HIDDEN, CELL, -1, -1, -1, -1)
    attributes = (
        ("asymmetric_quantize_inputs", False),
        ("cell_clip", float(np.float32(clip))),
        ("diagonal_recurrent_tensors", False),
        ("fused_activation_function", "TANH"),
        ("proj_clip", 0.0),
        ("time_major", time_major),
    )
    op = Op(
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        inputs,
        (Y,) if restarts else (Y, HIDDEN, CELL),
        attributes,
        1,
        tuple(range(16, 16 + len(inner))),
        options_type="UnidirectionalSequenceLSTMOptions",
    )
    return Model((Graph(tensors, (op,), (0,), (Y,)),))


def _state(tensor: Tensor, restarts: bool) -> Tensor:
    if not restarts:
        return replace(tensor, variable=True)
    zero = 0 if tensor.quantization is None else tensor.zero_point
    begun = np.full(tensor.shape, zero, tensor.dtype).tobytes()
    return replace(tensor, buffer=begun, restarts=True)


def rescaled(model: Model) -> Model:
    """A model whose output has another scale than the hidden state that it is a copy of."""
    graph = model.main
    y = quantized("y", graph.tensors[Y].shape, 0.3, 1)
    tensors = tuple(y if t == Y else tensor for t, tensor in enumerate(graph.tensors))
    return replace(model, graphs=(replace(graph, tensors=tensors),))


CASES = {
    "output of another scale": rescaled(integer(seed=17)),
    "int8": integer(),
    "gates by factors above 1": integer(scales=(0.4, 2.0**-11), seed=15),
    "many inputs": integer((1, 2, 300, 3), "int16", seed=16),
    "one step": integer((1, 1, 3, 5), seed=1),
    "one unit": integer((1, 3, 1, 1), seed=2),
    "batches": integer((3, 4, 5, 8), seed=3),
    "time major": integer((3, 4, 5, 9), time_major=True, seed=4),
    "clipped": integer(clip=0.5, seed=5),
    "fine cells": integer(scales=(0.05, 2.0**-15), seed=6),
    "coarse cells": integer(scales=(0.4, 2.0**-8), seed=7),
    "wide units": integer((1, 4, 3, 16), seed=8),
    "wide inputs": integer((1, 4, 17, 4), seed=9),
    "restarts": integer((2, 4, 5, 6), restarts=True, seed=10),
    "restarts, time major": integer((2, 4, 6, 5), restarts=True, time_major=True, seed=11),
    "int16": integer(dtype="int16", seed=12),
    "int16, batches": integer((2, 3, 5, 6), "int16", clip=0.7, seed=13),
    "int16 restarts": integer((1, 6, 5, 6), "int16", restarts=True, seed=14),
}
FLOATS = {
    "float32": real(),
    "float32, batches": real((2, 3, 5, 6)),
    "float32, time major": real((2, 3, 5, 6), time_major=True),
    "float32, clipped": real(clip=0.3),
    "float32 restarts": real((2, 4, 3, 5), restarts=True),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", [*CASES, *FLOATS])
def test_every_engine_agrees(name: str) -> None:
    """tflite-runtime computes the gates' functions without a table, see known differences."""
    model = {**CASES, **FLOATS}[name]
    y = assert_all_agree(model, samples=6, tflite=False)
    assert len(np.unique(y)) > 3
    inputs = random_inputs(model.main, 6)
    said = compare_with(ORACLES["tflm"], model, inputs, by=interpreter_of("tflm"))
    assert agrees(said), said


@pytest.mark.slow
@pytest.mark.parametrize("name", ["int8", "batches", "coarse cells", "restarts", "float32"])
def test_tflite_runtime_differs_as_is_known(name: str) -> None:
    model = {**CASES, **FLOATS}[name]
    inputs, by = random_inputs(model.main, 6), interpreter_of("tflite-runtime")
    said = compare_with(ORACLES["tflite-runtime"], model, inputs, by=by)
    assert (said.status, said.explained) == ("ok", True), said


def with_inner(model: Model, scale: float, zero_point: int) -> Model:
    """The model whose fifth intermediate tensor has this quantization."""
    graph = model.main
    t = graph.ops[0].intermediates[4]
    inner = replace(graph.tensors[t], quantization=Quantization((scale,), (zero_point,)))
    tensors = (*graph.tensors[:t], inner, *graph.tensors[t + 1 :])
    return replace(model, graphs=(replace(graph, tensors=tensors),))


@pytest.mark.parametrize(("scale", "zero_point"), [(2.0**-6, 5), (2.0**-7, 9)])
def test_tflite_quantizes_the_hidden_state_by_an_intermediate_tensor(
    scale: float, zero_point: int
) -> None:
    usual = integer()
    model = with_inner(usual, scale, zero_point)
    inputs = random_inputs(model.main, 6)
    tflm, tflite = (
        compare_with(ORACLES[name], model, inputs, by=interpreter_of(name))
        for name in ("tflm", "tflite-runtime")
    )
    assert (tflm.status, tflm.bytes_different) == ("ok", 0)
    assert tflite.explained, tflite
    assert "intermediate tensor" in tflite.known[-1].reason
    (node,), (same,) = bind(model.main), bind(usual.main)
    assert other_hidden_scale(node)
    assert not other_hidden_scale(same)


def in_turn(first: Model, second: Model) -> Model:
    """The second layer reads what the first one gives."""
    a, b = first.main, second.main
    count = len(a.tensors)

    def moved(tensors: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(Y if t == 0 else t if t < 0 else t + count for t in tensors)

    (op,) = b.ops
    op = replace(
        op,
        inputs=moved(op.inputs),
        outputs=moved(op.outputs),
        intermediates=moved(op.intermediates),
    )
    graph = replace(a, tensors=(*a.tensors, *b.tensors), ops=(*a.ops, op), outputs=(count + Y,))
    return Model((graph,))


@pytest.mark.slow
def test_a_kept_state_beside_one_that_starts_anew() -> None:
    model = in_turn(integer((1, 4, 6, 7)), integer((1, 4, 7, 5), restarts=True, seed=1))
    y = assert_all_agree(model, samples=6, tflite=False)
    assert len(np.unique(y)) > 3
    inputs = random_inputs(model.main, 6)
    for name in ORACLES:
        said = compare_with(ORACLES[name], model, inputs, by=interpreter_of(name))
        assert (said.status, said.explained) == ("ok", True), said


def test_a_unit_keeps_what_its_gates_let_through() -> None:
    """Gates that are wide open, a cell that counts: each step adds tanh(1)."""
    graph = real((1, 2, 1, 1)).main
    wide, one = np.float32([[40]]), np.float32([[1]])
    weights = [np.zeros((1, 1), np.float32)] * 2 + [one] + [np.zeros((1, 1), np.float32)] * 5
    biases = [wide[0], wide[0], np.zeros(1, np.float32), wide[0]]
    tensors = list(graph.tensors)
    for t, values in enumerate([*weights, *biases], 1):
        tensors[t] = replace(tensors[t], buffer=values.tobytes())
    x = np.ones((2, 1, 2, 1), np.float32)
    values = execute(replace(graph, tensors=tuple(tensors)), [x], keep=[Y, CELL])
    cells = np.tanh(1) * np.arange(1, 5)
    np.testing.assert_allclose(values[Y].ravel(), np.tanh(cells), rtol=1e-6)
    np.testing.assert_allclose(values[CELL].ravel(), cells[1::2], rtol=1e-6)


def test_what_restarts_gives_the_same_for_each_sample() -> None:
    kept, anew = integer(), integer(restarts=True)
    x = np.repeat(random_inputs(kept.main, 1)[0], 3, axis=0)
    first, again = (execute(model.main, [x])[Y] for model in (kept, anew))
    assert np.array_equal(first[0], again[0])
    assert np.array_equal(again[0], again[2])
    assert not np.array_equal(first[0], first[1])


@pytest.mark.parametrize("name", ["int8", "restarts", "float32 restarts"])
def test_a_file_says_what_starts_anew(name: str) -> None:
    model = {**CASES, **FLOATS}[name]
    assert read_tflite(write_tflite(model)) == model


def test_rows_of_the_output_may_lie_over_rows_that_were_read() -> None:
    """One step widens 3 inputs to 16 units: 4 steps end 52 bytes behind."""
    (wide,) = bind(CASES["wide units"].main)
    (narrow,) = bind(CASES["wide inputs"].main)
    (mixed,) = bind(CASES["time major"].main)
    offsets = [operator(node.kind).kernel(node).overlap for node in (wide, narrow, mixed)]  # type: ignore[union-attr]
    assert offsets == [(52,), (-13,), (None,)]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({HIDDEN: {"variable": False, "buffer": bytes(7)}}, "its input 18 is no variable"),
        ({1: {"shape": (6, 7)}}, r"its input 2 has shape|its input 1 has shape \[6, 7\]"),
        ({9: {"dtype": "int64", "buffer": bytes(56)}}, "its types are"),
        (
            {CELL: {"quantization": quantized("", (1,), 2.0**3).quantization}},
            "cells have the scale",
        ),
        ({5: {"quantization": quantized("", (1,), 0.1, 3).quantization}}, "zero points other"),
        ({0: {"quantization": quantized("", (1,), 1e9).quantization}}, "multiply values by"),
        ({0: {"quantization": quantized("", (1,), 2e3).quantization}}, "may exceed 32 bits"),
        ({CELL: {"quantization": quantized("", (1,), 2.0**-30).quantization}}, "too fine"),
        ({2: {"buffer": None}}, "its input 2|is computed"),
    ],
)
def test_refuses_what_tflm_refuses(change: dict[int, dict[str, object]], why: str) -> None:
    graph = integer().main
    tensors = tuple(
        replace(tensor, **change.get(t, {}))  # type: ignore[arg-type]
        for t, tensor in enumerate(graph.tensors)
    )
    with pytest.raises(UnsupportedError, match=why):
        bind(replace(graph, tensors=tensors))


def test_refuses_cells_with_another_function() -> None:
    graph = integer().main
    options = tuple(
        (name, "RELU" if name == "fused_activation_function" else value)
        for name, value in graph.ops[0].attributes
    )
    with pytest.raises(UnsupportedError, match="have the activation RELU"):
        bind(replace(graph, ops=(replace(graph.ops[0], attributes=options),)))


def test_refuses_peepholes() -> None:
    graph = integer().main
    inputs = list(graph.ops[0].inputs)
    inputs[9] = 9
    with pytest.raises(UnsupportedError, match="it has 16 inputs, known are 15"):
        bind(replace(graph, ops=(replace(graph.ops[0], inputs=tuple(inputs)),)))

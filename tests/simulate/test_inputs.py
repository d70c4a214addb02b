"""Arrays as people have them: real numbers or integers, with the batch axis or without."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ops.harness import quantized

from edgeq.data import quantize
from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Tensor
from edgeq.simulate.inputs import as_inputs

SHAPES = [(1, 4), (1, 3, 5, 2), (1,), (2, 3), (1, 1, 1)]


def graph_of(*inputs: Tensor) -> Graph:
    """A graph of nothing but inputs."""
    return Graph(tuple(inputs), (), tuple(range(len(inputs))), ())


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16"])
@pytest.mark.parametrize("real", ["float16", "float32", "float64"])
def test_real_numbers_get_the_inputs_own_scale(
    shape: tuple[int, ...], dtype: str, real: str
) -> None:
    generator = np.random.default_rng(len(shape))
    tensor = quantized("x", shape, 0.037, 0 if dtype == "int16" else 5, dtype)
    x = generator.normal(0, 3, (7, *shape)).astype(real)
    (found,) = as_inputs(graph_of(tensor), [x])
    assert (found.dtype, found.shape) == (np.dtype(dtype), (7, *shape))
    assert np.array_equal(found, quantize(x.astype(np.float32), tensor))


def test_a_value_is_rounded_and_saturated() -> None:
    tensor = quantized("x", (1, 4), 0.5, -1)
    (found,) = as_inputs(graph_of(tensor), np.array([[0.25, -0.25, 1e9, -1e9]]))
    assert found.tolist() == [[[0, -2, 127, -128]]]


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "int32", "bool"])
def test_integers_are_taken_as_they_are(dtype: str) -> None:
    tensor = Tensor("x", (1, 4), dtype)
    x = np.arange(12).reshape(3, 1, 4).astype(dtype)
    (found,) = as_inputs(graph_of(tensor), [x])
    assert found is x
    assert as_inputs(graph_of(tensor), x[:, 0])[0].tolist() == x.tolist()


def test_a_float_input_stays_real() -> None:
    tensor = Tensor("x", (1, 2), "float32")
    (found,) = as_inputs(graph_of(tensor), [[[0.1, np.nan]]])
    assert found.dtype == np.float32
    assert found.shape == (1, 1, 2)


def test_each_input_is_taken_for_itself() -> None:
    real, whole = quantized("a", (1, 2), 1.0), Tensor("b", (3,), "int32")
    found = as_inputs(graph_of(real, whole), [np.ones((4, 2)), np.ones((4, 3), np.int32)])
    assert [(x.dtype.name, x.shape) for x in found] == [("int8", (4, 1, 2)), ("int32", (4, 3))]


X = quantized("x", (1, 4), 1.0)

WRONG = {
    "too many arrays": (X, [np.zeros((2, 4)), np.zeros((2, 4))], "2 input arrays"),
    "no array": (X, [], "0 input arrays"),
    "another shape": (X, [np.zeros((2, 5))], "data of shape [5] float64"),
    "a sample without its axis": (X, [np.zeros(4)], "data of shape [] float64"),
    "a number": (X, [3.0], 'data for the input "x"'),
    "ragged": (X, [[[1.0], [1.0, 2.0]]], 'data for the input "x"'),
    "another integer": (X, [np.zeros((2, 4), np.int16)], "data of shape [1, 4] int16"),
    "text": (X, [np.full((2, 4), "a")], "data of shape [1, 4] <U1"),
    "objects": (X, [np.full((2, 4), None)], "data of shape [1, 4] object"),
    "complex": (X, [np.zeros((2, 4), complex)], "data of shape [1, 4] complex128"),
    "integers for a float": (
        replace(X, dtype="float32", quantization=None),
        [np.zeros((2, 4), np.int8)],
        "data of shape [1, 4] int8",
    ),
    "real numbers without a scale": (
        replace(X, quantization=None),
        [np.zeros((2, 4))],
        "data of shape [1, 4] float64",
    ),
    "NaN": (X, [np.full((2, 4), np.nan)], 'data for the input "x"'),
    "infinity": (X, [np.full((2, 4), np.inf)], 'data for the input "x"'),
    "no samples": (X, [np.zeros((0, 4))], "data of 0 samples"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit_is_one_line(name: str) -> None:
    tensor, inputs, what = WRONG[name]
    with pytest.raises(EdgeqError) as caught:
        as_inputs(graph_of(tensor), inputs)  # type: ignore[arg-type]
    assert caught.value.what == what
    assert "\n" not in str(caught.value)


def test_different_counts_are_one_line() -> None:
    with pytest.raises(EdgeqError, match=r"inputs of \[2, 3\] samples"):
        as_inputs(graph_of(X, replace(X, name="y")), [np.zeros((2, 4)), np.zeros((3, 4))])

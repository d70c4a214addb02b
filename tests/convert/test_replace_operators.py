"""Operators that TFLite has no form of are written with others, and compute what Keras computes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from edgeq.convert.keras_model import keras_callee
from edgeq.convert.source import float_tflite_of, source_of
from edgeq.data import Samples
from edgeq.graph import read_tflite
from edgeq.runtime import float_interpreter, run_samples

pytestmark = pytest.mark.slow
VOLUME, MAP, VECTORS = (5, 6, 7, 2), (5, 6, 4), (5, 3)
ROWS, PLACES = [[n % 5] for n in range(30)], [[0, n % 5, n % 4] for n in range(30)]
Layers = Callable[[Any, Any], Any]  # keras, the input -> the output


def pooled(name: str, **options: Any) -> Layers:
    return lambda k, x: getattr(k.layers, name)(**options)(x)


def convolved(**options: Any) -> Layers:
    """With a bias of its own, which is to stay in the convolution."""
    return lambda k, x: k.layers.Conv3D(3, bias_initializer="random_normal", **options)(x)


def narrow(k: Any, x: Any) -> Any:
    """Numbers of 8 bits."""
    return k.ops.cast(k.ops.cast(x * 99 + 100, "int32"), "uint8")


CASES: dict[str, tuple[tuple[int, ...], Layers]] = {
    "max": (VOLUME, pooled("MaxPooling3D", pool_size=2)),
    "max, same, strides": (VOLUME, pooled("MaxPooling3D", pool_size=(3, 2, 3), strides=(2, 1, 2), padding="same")),
    "average": (VOLUME, pooled("AveragePooling3D", pool_size=(2, 3, 2))),
    "average, same": (VOLUME, pooled("AveragePooling3D", pool_size=3, strides=2, padding="same")),
    "convolution": (VOLUME, convolved(kernel_size=3)),
    "convolution, same, strides": (VOLUME, convolved(kernel_size=(2, 3, 3), strides=(2, 1, 2), padding="same")),
    "convolution, stride beyond": (VOLUME, convolved(kernel_size=(1, 2, 2), strides=2, padding="same")),
    "sign": (MAP, lambda k, x: k.ops.sign(x)),
    "power": (MAP, lambda k, x: k.ops.power(x, 5.0)),
    "sinh, cosh": (MAP, lambda k, x: k.ops.sinh(x) + k.ops.cosh(x)),
    "nan_to_num": (MAP, lambda k, x: k.ops.nan_to_num(x * 2)),
    "median": (MAP, lambda k, x: k.ops.median(x, axis=-1)),
    "scatter": (MAP, lambda k, x: k.ops.scatter([[3], [1], [3]], x[0, :3, 0], (5, 4))),
    "scatter_update": (MAP, lambda k, x: k.ops.scatter_update(x, [[0, 4], [0, 1]], 2 * x[0, :2])),
    "scatter, 30 rows": (MAP, lambda k, x: k.ops.scatter(ROWS, k.ops.reshape(x[0], (30, 4)), (5, 4))),
    "scatter_update, 30 rows": (MAP, lambda k, x: k.ops.scatter_update(x, PLACES, k.ops.reshape(x[0], (30, 4)))),
    "slice_update": (MAP, lambda k, x: k.ops.slice_update(x, [0, 1, 2, 0], x[:, :2, :3])),
    "bytes": (MAP, lambda k, x: k.ops.cast(narrow(k, x) * 3 - k.ops.minimum(narrow(k, x), 77), "float32")),
    "a vector of integers": (MAP, lambda k, x: k.ops.cast(k.ops.cast(x * 9, "int32") + k.ops.arange(4), "float32")),
    "comparisons of bytes": (MAP, lambda k, x: k.ops.where(narrow(k, x) > 99, x, -x)),
    "erf": (MAP, lambda k, x: k.ops.erf(3 * x)),
    "arctan, arcsin, arccos": (MAP, lambda k, x: k.ops.arctan(4 * x) + k.ops.arcsin(x) + k.ops.arccos(x)),
    "arcsinh, arctanh": (MAP, lambda k, x: k.ops.arcsinh(4 * x) + k.ops.arctanh(0.9 * x)),
    "arccosh": (MAP, lambda k, x: k.ops.arccosh(1.01 + k.ops.abs(3 * x))),
    "arctan2": (MAP, lambda k, x: k.ops.arctan2(x[:, 1:], x[:, :-1])),
    "arctan2 of zeros": (MAP, lambda k, x: k.ops.arctan2(k.ops.relu(x[:, 1:]), k.ops.relu(x[:, :-1]))),
    "diagonals": (VOLUME, lambda k, x: k.ops.diagonal(x, 1, 2, 3)[..., :5] + k.ops.diagonal(x, -1, 2, 3)),
    "prod": (MAP, lambda k, x: k.ops.prod(1 + x, axis=(1, -1))),
    "cumprod": (MAP, lambda k, x: k.ops.cumprod(1 + x, axis=2)),
    "cross": (VECTORS, lambda k, x: k.ops.cross(x[:, :3], x[:, 2:])),
    "segment_sum": (MAP, lambda k, x: k.ops.segment_sum(x[0], np.int32([2, 0, 2, 1, 0]), 4)),
    "searchsorted": (MAP, lambda k, x: k.ops.searchsorted(np.float32([-0.5, 0, 0.6]), k.ops.reshape(x, (-1,)))),
    "unfold": (MAP, lambda k, x: k.ops.unfold(x, 2, dilation=2, stride=1)),
    "bicubic": (MAP, lambda k, x: k.ops.image.resize(x, (8, 5), "bicubic")),
    "antialias": (MAP, lambda k, x: k.ops.image.resize(x, (3, 4), antialias=True)),
    "area": (MAP, lambda k, x: k.layers.Resizing(3, 4, "area")(x)),
    "isfinite": (MAP, lambda k, x: k.ops.where(k.ops.isfinite(x), x, 0)),
}  # fmt: skip
"""Shape of the input, and the layers."""


def differences(keras: Any, shape: tuple[int, ...], layers: Layers) -> tuple[float, set[str]]:
    """The largest difference of the outputs of Keras and of the float .tflite, and the operators of
    the .tflite.
    """
    keras.utils.set_random_seed(1)
    x = keras.Input(shape)
    source = source_of(keras_callee(keras.Model(x, layers(keras, x))))
    samples = Samples((np.random.default_rng(0).uniform(-1, 1, (4, *shape)).astype(np.float32),))
    content = float_tflite_of(source)
    (want,), (got,) = source(samples), run_samples(float_interpreter(content), samples.inputs)
    kinds = {op.kind for op in read_tflite(content).main.ops}
    return float(np.abs(got.reshape(want.shape).astype(float) - want).max()), kinds


@pytest.mark.parametrize("name", CASES)
def test_values_are_those_of_keras(name: str, keras: Any) -> None:
    difference, _ = differences(keras, *CASES[name])
    assert difference < 1e-5


@pytest.mark.parametrize("function", ["argmax", "argmin"])
def test_an_index_of_keras_is_one_operator(function: str, keras: Any) -> None:
    def layers(k: Any, x: Any) -> Any:
        return getattr(k.ops, function)(k.ops.relu(x), axis=-1)

    difference, kinds = differences(keras, MAP, layers)
    assert difference == 0
    assert kinds == {"RELU", function.upper().replace("ARG", "ARG_")}


def test_one_hot_vectors_of_an_index_need_no_wide_integers(keras: Any) -> None:
    def layers(k: Any, x: Any) -> Any:
        return k.ops.one_hot(k.ops.argmax(x, axis=-1), 4)

    difference, kinds = differences(keras, MAP, layers)
    assert difference == 0
    assert kinds == {"ARG_MAX", "RESHAPE", "NOT_EQUAL", "SELECT_V2"}


def test_a_choice_for_other_values_than_zero_stays(keras: Any) -> None:
    def layers(k: Any, x: Any) -> Any:
        ones = k.ops.logical_and(k.ops.equal(x, 1.0), x > 0.0)
        return k.ops.where(ones, np.float32(1e-40), x)

    _, kinds = differences(keras, MAP, layers)
    assert "EQUAL" in kinds


def test_a_model_without_such_operators_is_converted_as_it_was(keras: Any) -> None:
    x = keras.Input((4,))
    source = source_of(keras_callee(keras.Model(x, keras.layers.Dense(3)(x))))
    assert not [n for n in source.frozen.graph.as_graph_def().node if n.op == "PartitionedCall"]

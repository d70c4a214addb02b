"""What a refusal says to write in Keras instead is something that converts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeq.convert.convert import convert
from edgeq.data import Samples
from edgeq.errors import UnsupportedError
from edgeq.quantize.options import Options

QUICK = Options(calibrator="min-max", rounding="nearest", fill_ranges=False)
MAP, SERIES = (8, 8, 4), (6, 4)

Layers = Callable[[Any], Callable[[Any], Any]]  # keras -> what is applied to the input

CASES: dict[str, tuple[tuple[int, ...], Layers, Layers]] = {
    "GELU": (MAP, lambda k: k.layers.Conv2D(4, 3, activation="gelu"),
             lambda k: k.layers.Conv2D(4, 3, activation="hard_silu")),
    "WHILE": (SERIES, lambda k: k.layers.GRU(3), lambda k: k.layers.GRU(3, unroll=True)),
    "REDUCE_MAX": (MAP, lambda k: k.layers.GlobalMaxPooling2D(), lambda k: k.layers.MaxPooling2D(8)),
    "NEG": (MAP, lambda k: lambda x: -x, lambda k: k.layers.Rescaling(-1.0)),
    "SQUARE": (MAP, lambda k: k.ops.square, lambda k: lambda x: k.layers.Multiply()([x, x])),
    "SUM": (MAP, lambda k: lambda x: k.ops.sum(x, axis=(1, 2)), lambda k: lambda x: k.ops.mean(x, axis=(1, 2))),
    "EXP": (SERIES, lambda k: k.layers.Dense(3, activation="exponential"),
            lambda k: k.layers.Dense(3, activation="elu")),
    "MIRROR_PAD": (MAP, lambda k: lambda x: k.ops.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="reflect"),
                   lambda k: k.layers.ZeroPadding2D(1)),
    "TILE": (MAP, lambda k: k.layers.UpSampling2D((1, 2)),
             lambda k: lambda x: k.layers.Reshape((8, 16, 4))(k.layers.Concatenate(axis=3)([x, x]))),
}  # fmt: skip
"""Operator -> shape of the input, layers that make the operator, layers as the refusal says to write them."""


def converted(keras: Any, shape: tuple[int, ...], layers: Layers, folder: Path) -> None:
    inputs = keras.Input(shape)
    x = np.random.default_rng(0).uniform(0, 1, (8, *shape)).astype(np.float32)
    model = keras.Model(inputs, layers(keras)(inputs))
    convert(model, Samples((x,)), folder / "out.tflite", quantization=QUICK)


@pytest.mark.slow
@pytest.mark.parametrize("kind", CASES)
def test_advice_that_is_followed_leads_to_a_model(kind: str, keras: Any, tmp_path: Path) -> None:
    shape, refused, advised = CASES[kind]
    with pytest.raises(UnsupportedError) as caught:
        converted(keras, shape, refused, tmp_path)
    assert kind in caught.value.what
    converted(keras, shape, advised, tmp_path)
    assert (tmp_path / "out.tflite").is_file()

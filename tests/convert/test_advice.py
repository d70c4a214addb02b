"""What a refusal says to write in Keras instead is something that converts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeq.convert.convert import convert
from edgeq.convert.options import ConvertOptions
from edgeq.data import Samples
from edgeq.errors import UnsupportedError

QUICK = ConvertOptions(calibrator="min-max", rounding="nearest", fill_ranges=False)

Layers = Callable[[Any], Callable[[Any], Any]]  # keras -> what is applied to the input

CASES: dict[str, tuple[tuple[int, ...], Layers, Layers]] = {
    "RFFT2D": (
        (256, 1),
        lambda k: lambda x: k.ops.rfft(k.ops.reshape(x, (-1, 256)))[0],
        lambda k: k.layers.STFTSpectrogram("magnitude", 64, 32, 64),
    ),
}
"""Operator -> shape of the input, layers that make the operator, layers as the refusal says to
write them.
"""


def converted(keras: Any, shape: tuple[int, ...], layers: Layers, folder: Path) -> None:
    inputs = keras.Input(shape)
    x = np.random.default_rng(0).uniform(0, 1, (8, *shape)).astype(np.float32)
    model = keras.Model(inputs, layers(keras)(inputs))
    convert(model, Samples((x,)), folder / "out.tflite", options=QUICK)


@pytest.mark.slow
@pytest.mark.parametrize("kind", CASES)
def test_advice_that_is_followed_leads_to_a_model(kind: str, keras: Any, tmp_path: Path) -> None:
    shape, refused, advised = CASES[kind]
    with pytest.raises(UnsupportedError) as caught:
        converted(keras, shape, refused, tmp_path)
    assert kind in caught.value.what
    converted(keras, shape, advised, tmp_path)
    assert (tmp_path / "out.tflite").is_file()

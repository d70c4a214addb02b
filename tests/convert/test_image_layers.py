"""Layers that enlarge, rearrange and pad maps: what `convert` makes of them is exact."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ops.harness import agrees

from edgeq.convert.backend import imported
from edgeq.convert.convert import convert
from edgeq.convert.options import ConvertOptions
from edgeq.data import Samples
from edgeq.graph import read_tflite
from edgeq.simulate.execute import random_inputs
from edgeq.simulate.simulate import simulate

pytestmark = pytest.mark.slow
MAP = (8, 8, 4)
NEWER = "An older version of this builtin might be supported"
"""What tflite-runtime 2.14 says to a transposed convolution with an activation, and to int4."""

Layers = Callable[[Any, Any], Any]  # keras, the input -> the output


def decoder(k: Any, x: Any) -> Any:
    x = k.layers.Conv2D(6, 3, 2, "same", activation="relu")(x)
    x = k.layers.Conv2DTranspose(5, 3, 2, "same")(x)
    x = k.layers.ReLU()(k.layers.BatchNormalization()(x))
    return k.layers.Conv2DTranspose(3, 4, 2, "valid", use_bias=False)(x)


def depth_to_space(k: Any, x: Any) -> Any:
    """Blocks of 2 x 2 pixels from channels."""
    _, h, w, c = x.shape
    return layer_of(
        k, lambda y: imported("tensorflow").nn.depth_to_space(y, 2), (2 * h, 2 * w, c // 4)
    )(x)


def space_to_depth(k: Any, x: Any) -> Any:
    """Channels from blocks of 2 x 2 pixels."""
    _, h, w, c = x.shape
    return layer_of(
        k, lambda y: imported("tensorflow").nn.space_to_depth(y, 2), (h // 2, w // 2, 4 * c)
    )(x)


def layer_of(k: Any, function: Callable[[Any], Any], shape: tuple[int, ...]) -> Any:
    return k.layers.Lambda(function, output_shape=shape)


CASES: dict[str, tuple[tuple[int, ...], str, Layers]] = {
    "a decoder": (MAP, "TRANSPOSE_CONV", decoder),
    "one axis": (
        (16, 3),
        "TRANSPOSE_CONV",
        lambda k, x: k.layers.Conv1DTranspose(5, 3, 2, "same")(x),
    ),
    "nearest neighbours": (
        MAP,
        "RESIZE_NEAREST_NEIGHBOR",
        lambda k, x: k.layers.Resizing(13, 7, "nearest")(k.layers.Conv2D(4, 3)(x)),
    ),
    "bilinear": (
        MAP,
        "RESIZE_BILINEAR",
        lambda k, x: k.layers.Conv2D(3, 3)(
            k.layers.UpSampling2D(2, interpolation="bilinear")(k.layers.Conv2D(4, 3)(x))
        ),
    ),
    "pixels from channels": (
        MAP,
        "DEPTH_TO_SPACE",
        lambda k, x: depth_to_space(k, k.layers.Conv2D(8, 3)(x)),
    ),
    "channels from pixels": (
        MAP,
        "SPACE_TO_DEPTH",
        lambda k, x: k.layers.Conv2D(4, 1)(space_to_depth(k, x)),
    ),
    "mirrored": (
        MAP,
        "MIRROR_PAD",
        lambda k, x: k.layers.Conv2D(3, 3)(
            k.ops.pad(x, [[0, 0], [1, 2], [2, 1], [0, 0]], mode="reflect")
        ),
    ),
}
"""Shape of the input, an operator that is in the file, and the layers."""


def converted(keras: Any, name: str, folder: Path, **options: Any) -> Path:
    shape, _, layers = CASES[name]
    keras.utils.set_random_seed(1)
    inputs = keras.Input(shape)
    x = np.random.default_rng(0).uniform(-1, 1, (8, *shape)).astype(np.float32)
    path = folder / "out.tflite"
    chosen = ConvertOptions(calibrator="min-max", rounding="nearest", **options)
    convert(keras.Model(inputs, layers(keras, inputs)), Samples((x,)), path, options=chosen)
    return path


def assert_exact(path: Path, kind: str) -> None:
    """The file has the operator, and TFLM the simulator's bytes of every tensor, as tflite-runtime
    where it knows the operators' versions.
    """
    model = read_tflite(path)
    assert kind in [op.kind for op in model.main.ops]
    found = simulate(model, inputs=random_inputs(model.main, 4), oracles=("tflite-runtime", "tflm"))
    assert agrees(found.oracles["tflm"])
    tflite = found.oracles["tflite-runtime"]
    assert agrees(tflite) or NEWER in (tflite.reason or ""), tflite.reason


@pytest.mark.parametrize("name", CASES)
def test_every_byte_is_that_of_the_oracles(name: str, keras: Any, tmp_path: Path) -> None:
    assert_exact(converted(keras, name, tmp_path), CASES[name][1])


@pytest.mark.parametrize("scheme", ["int16x8", "int4"])
def test_a_decoder_in_other_widths(scheme: str, keras: Any, tmp_path: Path) -> None:
    """Its transposed convolutions keep int8 weights: no runtime knows them with int4."""
    path = converted(keras, "a decoder", tmp_path, scheme=scheme)
    assert_exact(path, "TRANSPOSE_CONV")
    graph = read_tflite(path).main
    weights = [graph.tensors[op.inputs[1]] for op in graph.ops if op.kind == "TRANSPOSE_CONV"]
    assert {w.dtype for w in weights} == {"int8"}

"""The four MLPerf Tiny reference models (v0.5 to v1.3) as plain data, layer by layer.

Source: mlcommons/tiny, benchmark/training/*/keras_model.py and vww_model.py; the published int8
files have the same operators in the same order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

RELU, NONE = "RELU", "NONE"


@dataclass(frozen=True)
class Conv:
    """A 2-D convolution with "same" padding. back: how many layers back its input lies, 1 for the
    layer before.
    """

    filters: int
    kernel: tuple[int, int] = (1, 1)
    stride: int = 1
    activation: str = RELU
    back: int = 1


@dataclass(frozen=True)
class Depthwise:
    """A 3x3 depthwise convolution with "same" padding, depth multiplier 1 and a ReLU."""

    stride: int = 1


@dataclass(frozen=True)
class Add:
    """The sum of the layer before and the one `back` layers back, with a ReLU."""

    back: int


@dataclass(frozen=True)
class Pool:
    """The global average over height and width."""


@dataclass(frozen=True)
class Dense:
    """A fully connected layer."""

    units: int
    activation: str = NONE


@dataclass(frozen=True)
class Softmax:
    """The softmax over the last axis."""


Layer: TypeAlias = Conv | Depthwise | Add | Pool | Dense | Softmax


@dataclass(frozen=True)
class Architecture:
    """Input shape [height, width, channels] or [features], and the layers in order."""

    shape: tuple[int, ...]
    layers: tuple[Layer, ...]


def separable(filters: int, stride: int = 1) -> tuple[Layer, ...]:
    """A depthwise convolution and the pointwise one behind it."""
    return Depthwise(stride), Conv(filters)


def residual(filters: int, stride: int) -> tuple[Layer, ...]:
    """Two 3x3 convolutions and their shortcut, which is a convolution where the shape changes."""
    body = (Conv(filters, (3, 3), stride), Conv(filters, (3, 3), activation=NONE))
    if stride == 1:
        return *body, Add(back=3)
    return *body, Conv(filters, (1, 1), stride, NONE, back=3), Add(back=2)


def classifier(classes: int) -> tuple[Layer, ...]:
    """From a feature map to probabilities."""
    return Pool(), Dense(classes), Softmax()


KWS = Architecture((49, 10, 1), (Conv(64, (10, 4), 2), *4 * separable(64), *classifier(12)))
IC = Architecture(
    (32, 32, 3),
    (Conv(16, (3, 3)), *residual(16, 1), *residual(32, 2), *residual(64, 2), *classifier(10)),
)
VWW = Architecture(
    (96, 96, 3),
    (
        Conv(8, (3, 3), 2),
        *separable(16),
        *separable(32, 2),
        *separable(32),
        *separable(64, 2),
        *separable(64),
        *separable(128, 2),
        *5 * separable(128),
        *separable(256, 2),
        *separable(256),
        *classifier(2),
    ),
)
AD = Architecture(
    (640,), (*4 * (Dense(128, RELU),), Dense(8, RELU), *4 * (Dense(128, RELU),), Dense(640))
)

INTEGER_FILES: Mapping[str, Architecture] = {
    "kws_ref_model": KWS,
    "pretrainedResnet_quant": IC,
    "vww_96_int8": VWW,
    "ad01_int8": AD,
}
"""Stem of the published int8 .tflite -> what it is."""

FLOAT_FILES: Mapping[str, Architecture] = {
    "kws_dscnn.keras": KWS,
    "ic_resnet8.keras": IC,
    "vww_mobilenet.keras": VWW,
    "ad_autoencoder.keras": AD,
    "pretrainedResnet.h5": IC,
    "kws_saved_model": KWS,
}
"""Name of the published float file or folder -> what it is."""

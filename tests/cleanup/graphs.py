"""Random int8 graphs with what converters leave behind: shape arithmetic, constants that are
computed, pairs of operators that cancel, dead ends, padding in front of convolutions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

import numpy as np

from edgeq.graph import AttributeValue, Graph, Model, Op, Quantization, Tensor
from edgeq.opkit.node import Values


def scaled(*scales: float, zero_point: int = 0) -> Quantization:
    """Quantization by these scales, rounded to float32 as in a file."""
    return Quantization(tuple(float(np.float32(s)) for s in scales), (zero_point,) * len(scales))


SCALE = scaled(0.05, zero_point=3)


def ints(name: str, *values: int) -> Tensor:
    """A constant list of int32."""
    return Tensor(name, (len(values),), "int32", buffer=np.array(values, "<i4").tobytes())


@dataclass
class Builder:
    """A graph as it grows. at: the tensor that the next operator reads."""

    random: np.random.Generator
    tensors: list[Tensor] = field(default_factory=list)
    ops: list[Op] = field(default_factory=list)
    at: int = 0

    @property
    def shape(self) -> tuple[int, ...]:
        return self.tensors[self.at].shape

    def tensor(self, tensor: Tensor) -> int:
        self.tensors.append(replace(tensor, name=f"{tensor.name}{len(self.tensors)}"))
        return len(self.tensors) - 1

    def values(
        self, shape: tuple[int, ...], dtype: str = "int8", by: Quantization = SCALE
    ) -> Tensor:
        array: Values = self.random.integers(-100, 100, shape).astype(dtype)
        return Tensor("values", shape, dtype, by, array.tobytes())

    def add(
        self,
        kind: str,
        shape: tuple[int, ...],
        *others: int,
        dtype: str = "int8",
        by: Quantization | None = SCALE,
        options: str = "",
        **attributes: AttributeValue,
    ) -> int:
        """The output of a new operator of `at` and others."""
        y = self.tensor(Tensor(kind.lower(), shape, dtype, by, shape_signature=(-1, *shape[1:])))
        pairs = tuple(sorted(attributes.items()))
        self.ops.append(Op(kind, (self.at, *others), (y,), pairs, options_type=options))
        return y


def transpose(b: Builder, axes: tuple[int, ...] | None = None) -> None:
    axes = axes or (0, *(int(axis) + 1 for axis in b.random.permutation(len(b.shape) - 1)))
    b.at = b.add("TRANSPOSE", tuple(b.shape[a] for a in axes), b.tensor(ints("perm", *axes)))


def transpose_and_back(b: Builder) -> None:
    axes = (0, *(int(axis) + 1 for axis in b.random.permutation(len(b.shape) - 1)))
    transpose(b, axes)
    transpose(b, tuple(int(a) for a in np.argsort(axes)))


def reshape(b: Builder, shape: tuple[int, ...] | None = None) -> None:
    size = prod(b.shape)
    first = int(b.random.choice([n for n in range(1, size + 1) if size % n == 0]))
    shape = shape or (1, first, size // first, 1)
    b.at = b.add("RESHAPE", shape, b.tensor(ints("shape", *shape)))


def reshape_and_back(b: Builder) -> None:
    before = b.shape
    reshape(b)
    reshape(b, before)


def through_float(b: Builder) -> None:
    """DEQUANTIZE, QUANTIZE to the same scale, or to another."""
    x, by = b.at, b.tensors[b.at].quantization
    b.at = b.add("DEQUANTIZE", b.shape, dtype="float32", by=None)
    other = scaled(b.random.choice([0.025, 0.05, 0.1]), zero_point=3)
    b.at = b.add("QUANTIZE", b.tensors[x].shape, by=other)
    if other != by:  # operators that keep the scale need it back
        b.at = b.add("QUANTIZE", b.shape)


def same_quantize(b: Builder) -> None:
    b.at = b.add("QUANTIZE", b.shape)


def dead_end(b: Builder) -> None:
    x = b.at
    transpose(b)
    reshape(b)
    b.at = x


def padded_convolution(b: Builder) -> None:
    """PAD as SAME would, or by one on each side, and a VALID convolution of stride 1 or 2."""
    if len(b.shape) != 4 or min(b.shape[1:3]) < 2:
        if prod(b.shape) % 24:
            return
        reshape(b, (1, 4, 6, prod(b.shape) // 24))
    (_, height, width, channels), stride = b.shape, int(b.random.integers(1, 3))
    ends = [1 - size % 2 if stride == 2 else 1 for size in (height, width)]
    starts = [int(size % 2) if stride == 2 else 1 for size in (height, width)]
    if b.random.random() < 0.3:
        starts = ends = [1, 1]
    pads = np.array([(0, 0), *zip(starts, ends, strict=True), (0, 0)], "<i4")
    padded = (1, height + starts[0] + ends[0], width + starts[1] + ends[1], channels)
    b.at = b.add("PAD", padded, b.tensor(Tensor("pads", (4, 2), "int32", buffer=pads.tobytes())))
    if b.random.random() < 0.7:
        depthwise(b, stride)
    else:
        convolution(b, stride, 24 // (height * width) or 1)


def geometry(b: Builder, stride: int, channels: int) -> tuple[tuple[int, ...], dict[str, Any]]:
    """The output shape of a VALID window of 3 x 3, and its options."""
    shape = (1, (b.shape[1] - 3) // stride + 1, (b.shape[2] - 3) // stride + 1, channels)
    return shape, {
        "padding": "VALID",
        "stride_h": stride,
        "stride_w": stride,
        "dilation_h_factor": 1,
        "dilation_w_factor": 1,
        "fused_activation_function": "NONE",
    }


def bias(b: Builder, channels: int) -> int:
    scale = np.float32(0.05) * np.float32(0.01)
    return b.tensor(b.values((channels,), "int32", scaled(*[scale] * channels)))


def convolution(b: Builder, stride: int, channels: int) -> None:
    shape, options = geometry(b, stride, channels)
    filters = b.values((channels, 3, 3, b.shape[3]), by=scaled(*[0.01] * channels))
    b.at = b.add(
        "CONV_2D",
        shape,
        b.tensor(filters),
        bias(b, channels),
        options="Conv2DOptions",
        **options,
    )


def depthwise(b: Builder, stride: int) -> None:
    channels = b.shape[3]
    shape, options = geometry(b, stride, channels)
    by = replace(scaled(*[0.01] * channels), axis=3)
    b.at = b.add(
        "DEPTHWISE_CONV_2D",
        shape,
        b.tensor(b.values((1, 3, 3, channels), by=by)),
        bias(b, channels),
        options="DepthwiseConv2DOptions",
        depth_multiplier=1,
        **options,
    )


def computed_constant(b: Builder) -> None:
    """ADD of a constant that a TRANSPOSE makes of another."""
    x, shape = b.at, b.shape
    b.at = b.tensor(b.values(tuple(reversed(shape))))
    axes = tuple(reversed(range(len(shape))))
    constant = b.add("TRANSPOSE", shape, b.tensor(ints("perm", *axes)))
    b.at = x
    b.at = b.add(
        "ADD",
        shape,
        constant,
        options="AddOptions",
        fused_activation_function="NONE",
        pot_scale_int16=False,
    )


def flatten(b: Builder) -> None:
    """What TensorFlow writes for Flatten of an open batch."""
    x, size = b.at, prod(b.shape)
    rank = len(b.shape)
    shape = b.add(
        "SHAPE", (rank,), dtype="int32", by=None, options="ShapeOptions", out_type="INT32"
    )
    b.at = shape
    masks = dict.fromkeys(("begin_mask", "ellipsis_mask", "end_mask", "new_axis_mask"), 0)
    bounds = [b.tensor(ints(name, value)) for name, value in (("from", 0), ("to", 1), ("by", 1))]
    b.at = b.add(
        "STRIDED_SLICE", (), *bounds, dtype="int32", by=None, options="StridedSliceOptions",
        shrink_axis_mask=1, offset=False, **masks,
    )  # fmt: skip
    whole = b.tensor(Tensor("size", (), "int32", buffer=np.array(size, "<i4").tobytes()))
    target = b.add(
        "PACK", (2,), whole, dtype="int32", by=None, options="PackOptions", axis=0, values_count=2
    )
    b.at = x
    b.at = b.add("RESHAPE", (1, size), target)


Piece = Callable[[Builder], None]
COMPUTED: tuple[Piece, ...] = (
    transpose,
    transpose_and_back,
    reshape,
    reshape_and_back,
    through_float,
    same_quantize,
    dead_end,
    padded_convolution,
    computed_constant,
)
"""Pieces of operators that edgeq computes."""


def random_model(seed: int, pieces: tuple[Piece, ...] = COMPUTED, length: int = 6) -> Model:
    """A model of random pieces; some of the tensors between are outputs too."""
    b = Builder(np.random.default_rng(seed))
    b.at = b.tensor(Tensor("x", (1, 4, 6, 2), "int8", SCALE, shape_signature=(-1, 4, 6, 2)))
    ends = list[int]()
    for piece in b.random.choice(np.array(pieces, object), length):
        piece(b)
        if b.random.random() < 0.2:
            ends.append(b.at)
    same_quantize(b)
    signed = tuple(
        replace(t, shape_signature=None) if len(t.shape) != len(t.shape_signature or ()) else t
        for t in b.tensors
    )
    outputs = tuple(dict.fromkeys((*(t for t in ends if t), b.at)))
    return Model((Graph(signed, tuple(b.ops), (0,), outputs),))

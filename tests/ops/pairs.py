"""Models of operators with two operands, such as ADD, SUB and MUL."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from ops.harness import constant, quantized, single_op

from edgeq.graph import Model, Tensor
from edgeq.opkit.node import Values

EVERY = np.arange(-128, 128).astype(np.int8)
EVERY_PAIR: Sequence[Values] = (
    EVERY.reshape(1, 256, 1),
    EVERY.reshape(1, 1, 256),
)  # for shapes (256, 1) and (1, 256)

ENDS = np.array(
    [-32768, -32767, -16384, -257, -3, -1, 0, 1, 2, 255, 16383, 16384, 32766, 32767], np.int16
)
EVERY_PAIR_OF_ENDS: Sequence[Values] = (ENDS.reshape(1, -1, 1), ENDS.reshape(1, 1, -1))


def pair(
    kind: str,
    a: tuple[int, ...],
    b: tuple[int, ...],
    dtype: str = "int8",
    scales: tuple[float, float, float] = (0.05, 0.04, 0.07),
    zero_points: tuple[int, int, int] = (3, -7, 5),
    fixed: str = "",
    seed: int = 0,
    **attributes: object,
) -> Model:
    """A model of one operator on a and b.

    scales, zero_points: of a, b and the output; int16 has zero points of 0.
    fixed: the operand that is constant.
    """
    if dtype == "int16":
        zero_points = (0, 0, 0)
    shapes = (a, b, np.broadcast_shapes(a, b))
    tensors = [
        _tensor(name, shape, dtype, scale, zero, name == fixed, seed)
        for name, shape, scale, zero in zip("aby", shapes, scales, zero_points, strict=True)
    ]
    options = {"fused_activation_function": "NONE"} | attributes
    if kind in ("ADD", "SUB"):
        options = {"pot_scale_int16": False} | options
    return single_op(kind, tensors[:2], tensors[2], f"{kind.title()}Options", 2, **options)


def _tensor(
    name: str,
    shape: tuple[int, ...],
    dtype: str,
    scale: float,
    zero_point: int,
    fixed: bool,
    seed: int,
) -> Tensor:
    if not fixed:
        return (
            quantized(name, shape, scale, zero_point, dtype)
            if dtype != "int32"
            else Tensor(name, shape, dtype)
        )
    limits = np.iinfo(dtype)
    values = np.random.default_rng(seed).integers(
        limits.min, limits.max, shape, np.dtype(dtype).type, endpoint=True
    )
    return constant(name, values, scale if dtype != "int32" else None, zero_point=zero_point)


def shape_cases(kind: str) -> dict[str, Model]:
    """All broadcasts of two operands."""
    return {
        "equal shapes": pair(kind, (1, 5, 3, 7), (1, 5, 3, 7)),
        "one element": pair(kind, (1,), (1,)),
        "rank 0": pair(kind, (), ()),
        "rank 0 and 3": pair(kind, (), (2, 1, 3)),
        "channel vector": pair(kind, (1, 3, 3, 5), (5,)),
        "channel vector first": pair(kind, (1, 1, 1, 5), (1, 3, 3, 5)),
        "one value a pixel": pair(kind, (1, 3, 3, 5), (1, 3, 3, 1)),
        "one value an image": pair(kind, (3, 1, 1, 1), (3, 2, 2, 4)),
        "scalar": pair(kind, (1, 3, 2), (1,)),
        "scalar first": pair(kind, (1,), (1, 3, 2)),
        "both": pair(kind, (3, 1), (1, 4)),
        "both, twice": pair(kind, (2, 1, 3, 1), (1, 5, 1, 4)),
        "constant": pair(kind, (1, 3, 3, 5), (5,), fixed="b"),
        "constant first": pair(kind, (1, 3, 3, 5), (1, 3, 3, 5), fixed="a"),
        "constant larger": pair(kind, (4,), (2, 3, 4), fixed="b"),
    }


def deep_cases(kind: str) -> dict[str, Model]:
    """The largest number of loops. tflite-runtime crashes for SUB of 6 and MUL of 5 dimensions."""
    return {
        "rank 5": pair(kind, (2, 1, 3, 1, 2), (1, 2, 1, 2, 1)),
        "rank 6": pair(kind, (2, 1, 2, 1, 2, 1), (1, 3, 1, 2, 1, 3)),
    }


def wide_cases(kind: str) -> dict[str, Model]:
    """Types other than int8."""
    return {
        "int16": pair(kind, (1, 5, 7), (1, 5, 7), "int16"),
        "int16, constant vector": pair(kind, (1, 5, 7), (7,), "int16", fixed="b"),
        "int16, both broadcast": pair(kind, (3, 1), (1, 4), "int16"),
        "int16, saturating": pair(kind, (1, 5, 7), (1, 5, 7), "int16", (0.5, 0.7, 0.01)),
        "int16, relu": pair(kind, (1, 5, 7), (1, 5, 7), "int16", fused_activation_function="RELU"),
        "int32": pair(kind, (1, 5, 7), (1, 5, 7), "int32"),
        "int32, constant vector": pair(kind, (7,), (1, 5, 7), "int32", fixed="a"),
        "int32, both broadcast": pair(kind, (3, 1), (1, 4), "int32"),
    }


def int16_range_cases(kind: str) -> dict[str, Model]:
    """Extreme scales; all pairs of extreme int16 values are tested."""
    scales = [
        (0.05, 0.04, 0.07),
        (0.04, 0.05, 0.07),
        (0.1, 0.1, 0.2),
        (0.1, 0.1, 0.1),
        (1e-6, 3.0, 2.0),
        (4.0, 1e-10, 2.0),
        (1.0, 1.5, 0.003),
        (1e-5, 1e-5, 100.0),
        (1.0, 1.0, 1e-4),
    ]
    shapes = (len(ENDS), 1), (1, len(ENDS))
    return {f"scales {s}": pair(kind, *shapes, "int16", s) for s in scales}


def range_cases(kind: str) -> dict[str, Model]:
    """Extreme zero points, scales and fused activations; all pairs of int8 values are tested."""
    a, b = (256, 1), (1, 256)
    return {
        "plain": pair(kind, a, b),
        "zero points -128": pair(kind, a, b, zero_points=(-128, -128, -128)),
        "zero points 127": pair(kind, a, b, zero_points=(127, 127, 127)),
        "zero points apart": pair(kind, a, b, zero_points=(-128, 127, 0)),
        "equal scales": pair(kind, a, b, scales=(0.5, 0.5, 0.5), zero_points=(0, 0, 0)),
        "scales far apart": pair(kind, a, b, scales=(1e-6, 3.0, 2.0)),
        "scales farther apart": pair(kind, a, b, scales=(4.0, 1e-10, 2.0)),
        "saturating": pair(kind, a, b, scales=(1.0, 1.5, 0.003)),
        "all to the zero point": pair(kind, a, b, scales=(1e-5, 1e-5, 100.0)),
        "relu": pair(kind, a, b, fused_activation_function="RELU"),
        "relu6": pair(kind, a, b, scales=(0.1, 0.1, 0.1), fused_activation_function="RELU6"),
        "relu n1 to 1": pair(
            kind, a, b, scales=(0.1, 0.1, 0.1), fused_activation_function="RELU_N1_TO_1"
        ),
    }

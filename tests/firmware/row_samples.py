"""Layers in random shapes whose kernels compute a few rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from firmware.firings import between_copies, runs_by_rows
from firmware.samples import INT16_X, INT16_Y, Generator, Shape, X, Y, sliding
from ops import broadcasts, pairs, pools
from ops.harness import constant, quantized, single_op
from ops.test_conv_2d import convolution
from ops.test_depthwise_conv_2d import depthwise
from ops.test_hard_swish import hard_swish
from ops.test_logistic import logistic
from ops.test_pad import pad
from ops.test_prelu import prelu
from ops.test_tanh import tanh
from ops.unary import unary

from edgeq.graph import Model
from edgeq.opkit.contract import no_rows
from edgeq.ops import operator, supported
from edgeq.plan.lookups import KIND as LOOKUP

SHAPES = {
    "CONV_2D": 16,
    "DEPTHWISE_CONV_2D": 16,
    "AVERAGE_POOL_2D": 8,
    "MAX_POOL_2D": 8,
}  # tried of each; 3 of others


def image(rng: Generator) -> Shape:
    """Odd widths and channels, so that a row need not end where a word does."""
    return (
        1,
        *rng.integers(6, 15, 1).tolist(),
        *rng.integers(4, 12, 1).tolist(),
        int(rng.integers(1, 9)),
    )


def convolved(rng: Generator) -> Model:
    x, size = image(rng), rng.integers(1, 5, 2).tolist()
    return convolution(x, (int(rng.integers(1, 14)), *size, x[3]), **sliding(rng))  # type: ignore[arg-type]


def filtered(rng: Generator) -> Model:
    """With the zero point of what only grows from 0, as the kernel for rows wants it; some by filters of
    other sizes.
    """
    size = (3, 3) if rng.random() < 0.6 else (int(rng.integers(1, 6)), int(rng.integers(1, 6)))
    return depthwise(image(rng), size, zero_points=(3, -128), **sliding(rng))  # type: ignore[arg-type]


def pointwise(rng: Generator) -> Model:
    """To no more channels than there are, so that a row may be written over the one that is read."""
    x = image(rng)
    return convolution(x, (int(rng.integers(1, x[3] + 1)), 1, 1, x[3]))


def pooled(kind: str) -> Callable[[Generator], Model]:
    def make(rng: Generator) -> Model:
        size = rng.integers(1, 4, 2).tolist()
        return pools.pool(kind, image(rng), tuple(size), tuple(size), "VALID", dtype=dtype(rng))

    return make


def padded(rng: Generator) -> Model:
    return pad(image(rng), ((0, 0), *map(tuple, rng.integers(0, 3, (2, 2)).tolist()), (0, 0)))  # type: ignore[arg-type]


def filled(rng: Generator) -> Model:
    """PAD with a value of its own."""
    graph = padded(rng).main
    value = constant("value", np.array(5, np.int8), graph.tensors[graph.inputs[0]].scale, 0, 3)
    op = replace(graph.ops[0], kind="PADV2", inputs=(*graph.ops[0].inputs, len(graph.tensors)))
    return Model((replace(graph, tensors=(*graph.tensors, value), ops=(op,)),))


def joined(kind: str) -> Callable[[Generator], Model]:
    """With another image, or with one constant for each channel."""

    def make(rng: Generator) -> Model:
        x, fixed = image(rng), str(rng.choice(["", "b"]))
        return pairs.pair(kind, x, x[3:] if fixed else x, dtype(rng), fixed=fixed)

    return make


def of_one_scale(kind: str) -> Callable[[Generator], Model]:
    """Two operands and an output that share their quantization."""

    def make(rng: Generator) -> Model:
        x, kept = image(rng), dtype(rng)
        a, b = (broadcasts.tensor(name, x, kept) for name in "ab")
        return broadcasts.pair(kind, a, b, kept)

    return make


def mapped(
    kind: str, options: str = "", same: bool = False, **attributes: object
) -> Callable[[Generator], Model]:
    def make(rng: Generator) -> Model:
        kept = "int8" if kind in ("ELU", "GELU") else dtype(rng)
        x, y = (X, Y) if kept == "int8" else (INT16_X, INT16_Y)
        return unary(kind, x, x if same else y, kept, image(rng), options, **attributes)

    return make


def sliced(rng: Generator) -> Model:
    """Some columns of an image, from the first, a middle or an odd one on."""
    shape = image(rng)
    first = int(rng.integers(0, shape[2] - 1))
    size = (*shape[:2], int(rng.integers(1, shape[2] - first)), shape[3])
    x, y = (quantized(name, taken, 0.05, 3) for name, taken in (("x", shape), ("y", size)))
    begin = constant("begin", np.array((0, 0, first, 0), np.int32))
    return single_op("SLICE", [x, begin, constant("size", np.array(size, np.int32))], y, version=2)


def dtype(rng: Generator) -> str:
    return str(rng.choice(["int8", "int16"]))


def squared_difference(rng: Generator) -> Model:
    """Of two images."""
    shape, kept = image(rng), dtype(rng)
    a, b, y = (
        quantized(name, shape, scale, zero if kept == "int8" else 0, kept)
        for name, scale, zero in (("a", 0.05, 3), ("b", 0.04, -7), ("y", 0.07, -128))
    )
    return single_op("SQUARED_DIFFERENCE", [a, b], y, version=2)


MAKERS: Mapping[str, Callable[[Generator], Model]] = {
    "ABS": mapped("ABS"),
    "ADD": joined("ADD"),
    "AVERAGE_POOL_2D": pooled("AVERAGE_POOL_2D"),
    "CONV_2D": convolved,
    "DEPTHWISE_CONV_2D": filtered,
    "ELU": mapped("ELU"),
    "GELU": mapped("GELU", "GeluOptions", approximate=False),
    "HARD_SWISH": lambda rng: hard_swish(0.05, 3, shape=image(rng)),
    "LEAKY_RELU": mapped("LEAKY_RELU", "LeakyReluOptions", alpha=0.125),
    "LOGISTIC": lambda rng: logistic(0.05, 3, image(rng)),
    "MAXIMUM": of_one_scale("MAXIMUM"),
    "MAX_POOL_2D": pooled("MAX_POOL_2D"),
    "MINIMUM": of_one_scale("MINIMUM"),
    "MUL": joined("MUL"),
    "PAD": padded,
    "PADV2": filled,
    "PRELU": lambda rng: prelu(x := image(rng), (1, 1, x[3])),
    "QUANTIZE": mapped("QUANTIZE"),
    "RELU": mapped("RELU"),
    "RELU6": mapped("RELU6", same=True),
    "RELU_0_TO_1": mapped("RELU_0_TO_1"),
    "RELU_N1_TO_1": mapped("RELU_N1_TO_1"),
    "SLICE": sliced,
    "SQUARED_DIFFERENCE": squared_difference,
    "SUB": joined("SUB"),
    "TANH": lambda rng: tanh(0.05, 3, image(rng)),
}


def row_samples() -> dict[str, Model]:
    """Layers between copies of their inputs and their output, by name; at least one of every
    operator with rows.
    """
    rng, found = np.random.default_rng(0), dict[str, Model]()
    by_rows = {kind for kind in supported() if operator(kind).rows is not no_rows}
    in_files = by_rows - {LOOKUP}  # tests/plan/test_lookups.py has those
    for kind in sorted(in_files):
        models = [between_copies(MAKERS[kind](rng)) for _ in range(SHAPES.get(kind, 3))]
        kept = [model for model in models if runs_by_rows(model)]
        assert kept, f"no sample of {kind} runs by rows"
        found |= {f"{kind.lower()} {k}": model for k, model in enumerate(kept)}
    found |= {f"pointwise {k}": between_copies(pointwise(rng)) for k in range(4)}
    return found

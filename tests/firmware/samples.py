"""Small layers of every operator, those that run in place in random shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

import numpy as np
from firmware.floats import float_layers
from ops import pairs, pools
from ops.packed import coded, int4
from ops.reductions import random_reduction
from ops.searches import search
from ops.test_concatenation import join
from ops.test_conv_2d import NARROW as NARROW_CONVOLUTIONS
from ops.test_conv_2d import convolution
from ops.test_depthwise_conv_2d import depthwise
from ops.test_expand_dims import expand
from ops.test_fully_connected import NARROW as NARROW_DENSES
from ops.test_fully_connected import layer
from ops.test_hard_swish import hard_swish
from ops.test_log_softmax import log_softmax
from ops.test_logistic import logistic
from ops.test_pack import pack
from ops.test_pad import pad
from ops.test_padv2 import padv2
from ops.test_prelu import prelu
from ops.test_quantize import cases as quantize_cases
from ops.test_reshape import reshape
from ops.test_slice import COMPUTED as SLICES
from ops.test_slice import slice_
from ops.test_softmax import softmax
from ops.test_split import split
from ops.test_split_v import split_v
from ops.test_squeeze import squeeze
from ops.test_strided_slice import COMPUTED as ELEMENTS
from ops.test_strided_slice import indexed
from ops.test_tanh import tanh
from ops.test_transpose import transpose
from ops.test_unpack import unpack
from ops.unary import unary

from edgeq.graph import Model
from edgeq.ops import supported

RANDOM = 20  # shapes of each operator that has a random maker

Generator = np.random.Generator
Shape = tuple[int, ...]


def image(rng: Generator, least: int = 1, channels: int = 9) -> Shape:
    return (
        int(rng.integers(1, 3)),
        *rng.integers(least, least + 7, 2).tolist(),
        int(rng.integers(1, channels)),
    )


def sliding(rng: Generator) -> dict[str, object]:
    """Padding and strides."""
    strides = dict(zip(("stride_h", "stride_w"), rng.integers(1, 4, 2).tolist(), strict=True))
    return {"padding": rng.choice(["SAME", "VALID"]).item(), **strides}


def random_convolution(rng: Generator) -> Model:
    x, size = image(rng, 4), rng.integers(1, 5, 2).tolist()
    return convolution(x, (int(rng.integers(1, 14)), *size, x[3]), **sliding(rng))  # type: ignore[arg-type]


def random_packed(make: Callable[[Generator], Model]) -> Callable[[Generator], Model]:
    """Half of the layers with weights of int4, the others of a codebook, which may save too little
    to be used.
    """

    def packed(rng: Generator) -> Model:
        model = make(rng)
        return int4(model) if rng.random() < 0.5 else coded(model, int(rng.integers(1, 5)))

    return packed


def random_depthwise(rng: Generator) -> Model:
    x, size = image(rng, 4), rng.choice([(3, 3), (3, 3), (1, 3), (4, 2), (4, 4)]).tolist()
    return depthwise(x, tuple(size), int(rng.choice([1, 1, 1, 2])), **sliding(rng))  # type: ignore[arg-type]


def random_layer(rng: Generator) -> Model:
    return layer(tuple(rng.integers(1, 20, 2).tolist()), int(rng.integers(1, 20)))


def random_pool(kind: str) -> Callable[[Generator], Model]:
    def make(rng: Generator) -> Model:
        s = sliding(rng)
        size = tuple(rng.integers(1, 5, 2).tolist())
        stride = s["stride_h"], s["stride_w"]
        return pools.pool(kind, image(rng, 4), size, stride, s["padding"])  # type: ignore[arg-type]

    return make


def random_pair(kind: str) -> Callable[[Generator], Model]:
    def make(rng: Generator) -> Model:
        a = image(rng)
        b = tuple(n if keep else 1 for n, keep in zip(a, rng.random(4) < 0.7, strict=True))
        return pairs.pair(kind, *((a, b) if rng.random() < 0.5 else (b, a)))

    return make


def random_join(rng: Generator) -> Model:
    shape, axis = image(rng), int(rng.integers(0, 4))
    parts = [
        (*shape[:axis], int(n), *shape[axis + 1 :]) for n in rng.integers(1, 5, rng.integers(2, 5))
    ]
    return join(parts, axis)


def random_pad(rng: Generator) -> Model:
    return pad(image(rng), tuple(map(tuple, rng.integers(0, 3, (4, 2)).tolist())))


def random_slice(rng: Generator) -> Model:
    shape = image(rng)
    begin = tuple(int(rng.integers(0, n)) for n in shape)
    return slice_(
        shape,
        begin,
        tuple(int(rng.integers(1, n - b + 1)) for n, b in zip(shape, begin, strict=True)),
    )


def random_strides(rng: Generator) -> Model:
    shape = image(rng)
    return indexed(
        shape, *(slice(int(rng.integers(0, n)), None, int(rng.integers(1, 4))) for n in shape)
    )


def random_search(rng: Generator) -> Model:
    return search("ARG_MAX", image(rng), int(rng.integers(0, 4)))


MAKERS: Mapping[str, Callable[[Generator], Model]] = {
    "ADD": random_pair("ADD"),
    "ARG_MAX": random_search,
    "AVERAGE_POOL_2D": random_pool("AVERAGE_POOL_2D"),
    "CONCATENATION": random_join,
    "CONV_2D": random_convolution,
    "DEPTHWISE_CONV_2D": random_depthwise,
    "FULLY_CONNECTED": random_layer,
    "MAX_POOL_2D": random_pool("MAX_POOL_2D"),
    "MUL": random_pair("MUL"),
    "PACK": lambda rng: pack(image(rng)[:3], int(rng.integers(0, 4)), int(rng.integers(2, 5))),
    "PAD": random_pad,
    "REDUCE_MAX": lambda rng: random_reduction("REDUCE_MAX", rng),
    "SLICE": random_slice,
    "SOFTMAX": lambda rng: softmax(image(rng)[:2], 0.05, dtype=str(rng.choice(["int8", "int16"]))),
    "STRIDED_SLICE": random_strides,
    "SUB": random_pair("SUB"),
    "TRANSPOSE": lambda rng: transpose(image(rng), tuple(rng.permutation(4).tolist())),
}

SHAPE, X, Y = (3, 13), (0.05, 3), (0.04, -7)
INT16_X, INT16_Y = (0.05, 0), (0.04, 0)
FIXED: Mapping[str, tuple[Model, ...]] = {
    "ABS": (unary("ABS", X, Y, shape=SHAPE), unary("ABS", INT16_X, INT16_Y, "int16", SHAPE)),
    "ADD": tuple(pairs.wide_cases("ADD").values()),
    "CONV_2D": tuple(NARROW_CONVOLUTIONS.values()),
    "ELU": (unary("ELU", X, Y, shape=SHAPE),),
    "EXPAND_DIMS": (expand((4, 3), (4, 1, 3), 1),),
    "FULLY_CONNECTED": tuple(NARROW_DENSES.values()),
    "HARD_SWISH": (hard_swish(0.05, 3, shape=SHAPE),),
    "LEAKY_RELU": tuple(
        unary("LEAKY_RELU", *ends, dtype, SHAPE, "LeakyReluOptions", alpha=0.125)
        for *ends, dtype in ((X, Y, "int8"), (INT16_X, INT16_Y, "int16"))
    ),
    "LOGISTIC": (
        logistic(0.05, 3, SHAPE),
        unary("LOGISTIC", (1 / 4096, 0), (1 / 32768, 0), "int16", SHAPE),
    ),
    "LOG_SOFTMAX": (log_softmax(SHAPE, 0.05),),
    "MUL": tuple(pairs.wide_cases("MUL").values()),
    "PADV2": (padv2(0), padv2(5, "int32")),
    "PRELU": (
        prelu((1, 3, 5, 4), (1, 1, 4)),
        prelu((2, 3, 5, 4), (3, 5, 4), (0, 0, 0), dtype="int16"),
    ),
    "QUANTIZE": tuple(quantize_cases().values()),
    "RELU": (
        unary("RELU", X, Y, shape=SHAPE),
        unary("RELU", INT16_X, INT16_Y, "int16", SHAPE, version=2),
    ),
    "RELU6": (unary("RELU6", X, X, shape=SHAPE), unary("RELU6", INT16_X, INT16_Y, "int16", SHAPE)),
    "RELU_0_TO_1": (unary("RELU_0_TO_1", X, Y, shape=SHAPE),),
    "RELU_N1_TO_1": (unary("RELU_N1_TO_1", X, Y, shape=SHAPE),),
    "RESHAPE": (reshape((3, 4), (12,), (12,)),),
    "RSQRT": (unary("RSQRT", (0.05, -128), Y, shape=SHAPE),),
    "SLICE": tuple(SLICES.values()),
    "SPLIT": (split((1, 4, 5, 6), 3, 3), split((4, 6), 0, 2)),
    "SPLIT_V": (split_v((1, 4, 5, 6), 3, (1, 2, 3)),),
    "SQUEEZE": (squeeze((1, 4, 1, 3), (4, 3)),),
    "STRIDED_SLICE": tuple(ELEMENTS.values()),
    "SUB": tuple(pairs.wide_cases("SUB").values()),
    "TANH": (tanh(0.05, 3, SHAPE), unary("TANH", (1 / 4096, 0), (1 / 32768, 0), "int16", SHAPE)),
    "UNPACK": (unpack((4, 3, 5), 1),),
}


def samples() -> dict[str, Model]:
    """Layers by name. An operator that has no row here brings models in `CASES` of its own test."""
    rng, found = np.random.default_rng(0), dict[str, Model]()
    for kind in sorted(supported()):
        models = [MAKERS[kind](rng) for _ in range(RANDOM)] if kind in MAKERS else []
        models += FIXED.get(kind, ())
        cases = getattr(import_module(f"ops.test_{kind.lower()}"), "CASES", {})
        models += [case for case in cases.values() if isinstance(case, Model)]
        found |= {f"{kind.lower()} {k}": model for k, model in enumerate(models)}
    return found | float_layers() | packed_samples()


def packed_samples() -> dict[str, Model]:
    """Layers whose weights are packed."""
    rng = np.random.default_rng(1)
    return {
        f"{kind.lower()} packed {k}": random_packed(MAKERS[kind])(rng)
        for kind in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
        for k in range(RANDOM)
    }

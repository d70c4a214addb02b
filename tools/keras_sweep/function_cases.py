"""A small model for each function of keras.ops that models use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from keras_sweep.case import Case

MAP, SERIES, ROW = ((6, 6, 4),), ((10, 6),), ((12,),)
TWO = ((6, 6, 4), (6, 6, 4))
TWO_SERIES = ((8, 6), (10, 6))


def unary(name: str, *args: Any, low: float = -1.0, high: float = 1.0, **chosen: Any) -> Case:
    """The function of a map whose values lie between `low` and `high`."""
    return Case(
        lambda k, x: getattr(k.ops, name)(x, *args, **chosen), MAP, low=low, high=high, stem=low < 0
    )


def binary(name: str, low: float = -1.0) -> Case:
    return Case(lambda k, x: getattr(k.ops, name)(x[0], x[1]), TWO, low=low, stem=low < 0)


def compared(name: str) -> Case:
    """A comparison that chooses between its operands."""
    return Case(lambda k, x: k.ops.where(getattr(k.ops, name)(x[0], x[1]), x[0], x[1] * 2.0), TWO)


def logic(name: str) -> Case:
    def body(k: Any, x: Any) -> Any:
        return k.ops.where(getattr(k.ops, name)(x[0] > 0.0, x[1] > 0.0), x[0], x[1] * 2.0)

    return Case(body, TWO)


def bits(name: str, high: int = 50) -> Case:
    """A function of two tensors of integers."""
    return Case(lambda k, x: getattr(k.ops, name)(x[0], x[1]), ROW * 2, "int32", 0, high, False)


def of(body: Any, shapes: tuple[tuple[int, ...], ...] = MAP, **chosen: Any) -> Case:
    return Case(body, shapes, **chosen)


def within(body: Any, shapes: tuple[tuple[int, ...], ...] = ROW) -> Case:
    """A function that takes functions, which Keras traces inside of a layer alone."""
    return Case(
        lambda k, x: k.layers.Lambda(lambda given: body(k, given), output_shape=x.shape[1:])(x),
        shapes,
    )


def halved(k: Any, x: Any) -> Any:
    """x, halved until its largest value is below a tenth."""
    return k.ops.while_loop(lambda y: k.ops.max(y) > 0.1, lambda y: (y * 0.5,), (x,))[0]


CASES: Mapping[str, Case] = {
    "abs": unary("abs"),
    "absolute": unary("absolute"),
    "adaptive_average_pool": of(lambda k, x: k.ops.adaptive_average_pool(x, (3, 3))),
    "adaptive_max_pool": of(lambda k, x: k.ops.adaptive_max_pool(x, (3, 3))),
    "add": binary("add"),
    "all": of(lambda k, x: k.ops.cast(k.ops.all(x > -0.8, axis=-1), "float32")),
    "amax": unary("amax", axis=1),
    "amin": unary("amin", axis=1),
    "any": of(lambda k, x: k.ops.cast(k.ops.any(x > 0.8, axis=-1), "float32")),
    "append": of(lambda k, x: k.ops.append(x[0], x[1], axis=1), TWO),
    "arange": of(lambda k, x: x + k.ops.arange(4, dtype="float32")),
    "arccos": of(lambda k, x: k.ops.arccos(x), stem=False),
    "arcsin": of(lambda k, x: k.ops.arcsin(x), stem=False),
    "arctan": unary("arctan"),
    "arctan2": Case(lambda k, x: k.ops.arctan2(x[0], x[1]), TWO, least=8.0),
    "argmax": unary("argmax", axis=-1),
    "argmin": unary("argmin", axis=-1),
    "argsort": unary("argsort"),
    "array_split": of(lambda k, x: k.ops.array_split(x, 3, axis=1)[0]),
    "average": unary("average", axis=1),
    "average_pool": of(lambda k, x: k.ops.average_pool(x, 2)),
    "batch_normalization": of(
        lambda k, x: k.ops.batch_normalization(x, np.zeros(4, "float32"), np.ones(4, "float32"), -1)
    ),
    "bincount": Case(lambda k, x: k.ops.bincount(x, minlength=8), ROW, "int32", 0, 8, False),
    "bitwise_and": bits("bitwise_and"),
    "bitwise_left_shift": bits("bitwise_left_shift", 8),
    "bitwise_not": Case(lambda k, x: k.ops.bitwise_not(x), ROW, "int32", 0, 50, False),
    "bitwise_or": bits("bitwise_or"),
    "bitwise_right_shift": bits("bitwise_right_shift", 8),
    "bitwise_xor": bits("bitwise_xor"),
    "broadcast_to": of(
        lambda k, x: k.ops.broadcast_to(k.ops.reshape(x, (1, 1, 12)), (1, 5, 12)), ROW
    ),
    "cast": Case(
        lambda k, x: k.layers.Dense(3)(k.ops.cast(x, "float32")), ROW, "int32", 0, 50, False
    ),
    "cbrt": unary("cbrt"),
    "cdist": of(lambda k, x: k.ops.cdist(x[0], x[1]), TWO_SERIES),
    "ceil": unary("ceil", low=-4, high=4),
    "celu": unary("celu"),
    "clip": unary("clip", -0.4, 0.5),
    "concatenate": of(lambda k, x: k.ops.concatenate(x, -1), TWO),
    "cond": within(lambda k, x: k.ops.cond(x[0, 0] > 0.0, lambda: k.ops.tanh(x), lambda: 0.5 * x)),
    "conv": of(
        lambda k, x: k.ops.conv(
            x, np.random.default_rng(0).normal(0, 0.3, (3, 3, 4, 5)).astype("float32")
        )
    ),
    "cos": unary("cos", low=-4, high=4),
    "cosh": unary("cosh"),
    "count_nonzero": of(lambda k, x: k.ops.count_nonzero(k.ops.relu(x), axis=-1)),
    "cross": of(lambda k, x: k.ops.cross(x[0], x[1]), ((4, 3), (4, 3))),
    "cumprod": unary("cumprod", axis=-1),
    "cumsum": unary("cumsum", axis=1),
    "deg2rad": unary("deg2rad"),
    "depth_to_space": unary("depth_to_space", 2),
    "depthwise_conv": of(
        lambda k, x: k.ops.depthwise_conv(
            x, np.random.default_rng(0).normal(0, 0.3, (3, 3, 4, 1)).astype("float32")
        )
    ),
    "diagonal": of(lambda k, x: k.ops.diagonal(x, axis1=1, axis2=2)),
    "diff": unary("diff", axis=1),
    "digitize": of(lambda k, x: k.ops.digitize(x, np.array([-0.5, 0.0, 0.5], "float32"))),
    "divide": Case(lambda k, x: k.ops.divide(x[0], x[1] + 1.0), TWO, low=0.5, stem=False),
    "divide_no_nan": Case(
        lambda k, x: k.ops.divide_no_nan(x[0], x[1] + 1.0), TWO, low=0.5, stem=False
    ),
    "dot": of(
        lambda k, x: k.ops.dot(
            x, np.random.default_rng(0).normal(0, 0.3, (6, 5)).astype("float32")
        ),
        SERIES,
    ),
    "dot_product_attention": of(lambda k, x: k.ops.dot_product_attention(x, x, x), ((6, 2, 4),)),
    "einsum": of(lambda k, x: k.ops.einsum("bid,bjd->bij", x[0], x[1]), TWO_SERIES),
    "elu": unary("elu"),
    "equal": compared("equal"),
    "erf": unary("erf"),
    "exp": unary("exp"),
    "exp2": unary("exp2"),
    "expand_dims": unary("expand_dims", -1),
    "expm1": unary("expm1"),
    "extract_sequences": of(lambda k, x: k.ops.extract_sequences(x, 8, 4), ((32,),)),
    "fft": of(lambda k, x: k.ops.fft((x, x))[0], ((32,),)),
    "flip": unary("flip", 1),
    "floor": unary("floor", low=-4, high=4),
    "floor_divide": Case(
        lambda k, x: k.ops.floor_divide(x[0], x[1] + 1.0), TWO, low=0.5, high=8, stem=False
    ),
    "fmod": Case(
        lambda k, x: k.ops.fmod(x[0], x[1] + 1.0), TWO, low=0.5, high=8, stem=False, least=10
    ),
    "fori_loop": within(lambda k, x: k.ops.fori_loop(0, 3, lambda i, y: y * 0.5 + x, x)),
    "full_like": of(lambda k, x: x + k.ops.full_like(x, 0.5)),
    "gelu": unary("gelu"),
    "get_item": of(lambda k, x: x[:, 1:4, ::2]),
    "glu": unary("glu"),
    "greater": compared("greater"),
    "greater_equal": compared("greater_equal"),
    "hard_shrink": unary("hard_shrink"),
    "hard_sigmoid": unary("hard_sigmoid"),
    "hard_silu": unary("hard_silu"),
    "hard_tanh": unary("hard_tanh"),
    "heaviside": of(lambda k, x: k.ops.heaviside(x, k.ops.ones_like(x))),
    "image.affine_transform": of(
        lambda k, x: k.ops.image.affine_transform(
            x, np.array([1, 0.1, 0, 0, 1, 0.2, 0, 0], "float32")
        )
    ),
    "image.crop_images": of(
        lambda k, x: k.ops.image.crop_images(x, 1, 1, target_height=4, target_width=4)
    ),
    "image.extract_patches": of(lambda k, x: k.ops.image.extract_patches(x, 3, 3)),
    "image.gaussian_blur": of(lambda k, x: k.ops.image.gaussian_blur(x)),
    "image.pad_images": of(
        lambda k, x: k.ops.image.pad_images(x, 1, 1, target_height=8, target_width=9)
    ),
    "image.resize": of(lambda k, x: k.ops.image.resize(x, (9, 12))),
    "image.rgb_to_grayscale": Case(
        lambda k, x: k.ops.image.rgb_to_grayscale(x), ((8, 8, 3),), low=0, stem=False
    ),
    "image.rgb_to_hsv": Case(
        lambda k, x: k.ops.image.rgb_to_hsv(x), ((8, 8, 3),), low=0, stem=False
    ),
    "isfinite": of(lambda k, x: k.ops.where(k.ops.isfinite(x), x, 0.0)),
    "isnan": of(lambda k, x: k.ops.where(k.ops.isnan(x), 0.0, x)),
    "layer_normalization": unary("layer_normalization"),
    "leaky_relu": unary("leaky_relu"),
    "less": compared("less"),
    "less_equal": compared("less_equal"),
    "log": unary("log", low=0.1),
    "log10": unary("log10", low=0.1),
    "log1p": unary("log1p", low=0.0),
    "log2": unary("log2", low=0.1),
    "log_sigmoid": unary("log_sigmoid"),
    "log_softmax": unary("log_softmax"),
    "logaddexp": binary("logaddexp"),
    "logical_and": logic("logical_and"),
    "logical_not": of(lambda k, x: k.ops.where(k.ops.logical_not(x > 0.0), x, x * 2.0)),
    "logical_or": logic("logical_or"),
    "logical_xor": logic("logical_xor"),
    "logsumexp": unary("logsumexp", axis=-1),
    "matmul": of(lambda k, x: k.ops.matmul(x[0], k.ops.transpose(x[1], (0, 2, 1))), TWO_SERIES),
    "max": unary("max", axis=1),
    "max_pool": of(lambda k, x: k.ops.max_pool(x, 2)),
    "maximum": binary("maximum"),
    "mean": unary("mean", axis=(1, 2)),
    "median": unary("median", axis=-1),
    "min": unary("min", axis=1),
    "minimum": binary("minimum"),
    "mod": Case(
        lambda k, x: k.ops.mod(x[0], x[1] + 1.0), TWO, low=0.5, high=8, stem=False, least=10
    ),
    "moments": of(lambda k, x: k.ops.concatenate(k.ops.moments(x, axes=[1, 2]), -1)),
    "moveaxis": unary("moveaxis", 1, 3),
    "multi_hot": Case(lambda k, x: k.ops.multi_hot(x, 6), ((4,),), "int32", 0, 6, False),
    "multiply": binary("multiply"),
    "nan_to_num": unary("nan_to_num"),
    "negative": unary("negative"),
    "norm": unary("norm", axis=-1),
    "normalize": unary("normalize"),
    "not_equal": compared("not_equal"),
    "one_hot": Case(lambda k, x: k.ops.one_hot(x, 6), ((4,),), "int32", 0, 6, False),
    "ones_like": of(lambda k, x: x + k.ops.ones_like(x)),
    "outer": of(lambda k, x: k.ops.expand_dims(x[0], 2) * k.ops.expand_dims(x[1], 1), ROW * 2),
    "pad": unary("pad", ((0, 0), (1, 2), (0, 1), (0, 0))),
    "power": of(lambda k, x: k.ops.power(x, 3.0), low=0.1, stem=False),
    "prod": unary("prod", axis=-1),
    "reciprocal": unary("reciprocal", low=0.4),
    "relu": unary("relu"),
    "relu6": unary("relu6", low=-8, high=8),
    "repeat": unary("repeat", 2, axis=1),
    "reshape": unary("reshape", (-1, 36, 4)),
    "rfft": of(lambda k, x: k.ops.rfft(x)[0], ((32,),)),
    "rms_normalization": unary("rms_normalization"),
    "roll": unary("roll", 2, axis=1),
    "rot90": unary("rot90", axes=(1, 2)),
    "round": unary("round", low=-4, high=4),
    "rsqrt": unary("rsqrt", low=0.2),
    "saturate_cast": Case(
        lambda k, x: k.ops.saturate_cast(x, "float32") * 0.5, ROW, "int32", 0, 50, False
    ),
    "searchsorted": of(
        lambda k, x: k.ops.searchsorted(
            np.array([-0.5, 0.0, 0.5], "float32"), k.ops.reshape(x, (-1,))
        ),
        ROW,
    ),
    "segment_sum": of(
        lambda k, x: k.ops.segment_sum(
            k.ops.reshape(x, (10, 6)), np.array([0, 0, 0, 1, 1, 1, 2, 2, 2, 2]), 3
        ),
        SERIES,
    ),
    "select": of(lambda k, x: k.ops.select([x > 0.5, x > 0.0], [x, x * 2.0], x * 3.0)),
    "selu": unary("selu"),
    "separable_conv": of(
        lambda k, x: k.ops.separable_conv(
            x,
            np.full((3, 3, 4, 1), 0.2, "float32"),
            np.random.default_rng(0).normal(0, 0.3, (1, 1, 4, 5)).astype("float32"),
        )
    ),
    "sigmoid": unary("sigmoid"),
    "sign": unary("sign"),
    "silu": unary("silu"),
    "sin": unary("sin", low=-4, high=4),
    "sinh": unary("sinh"),
    "slice": of(lambda k, x: k.ops.slice(x, (0, 1, 1, 0), (1, 3, 4, 2))),
    "slice_update": of(
        lambda k, x: k.ops.slice_update(x, (0, 1, 1, 0), np.zeros((1, 2, 2, 4), "float32"))
    ),
    "soft_shrink": unary("soft_shrink"),
    "softmax": unary("softmax"),
    "softplus": unary("softplus"),
    "softsign": unary("softsign"),
    "sort": unary("sort"),
    "space_to_depth": unary("space_to_depth", 2),
    "sparsemax": Case(lambda k, x: k.ops.sparsemax(x), MAP, least=15.0, interpreted=False),
    "split": of(lambda k, x: k.ops.split(x, 2, axis=-1)[1]),
    "sqrt": unary("sqrt", low=0.0),
    "square": unary("square"),
    "squareplus": unary("squareplus"),
    "squeeze": of(lambda k, x: k.ops.squeeze(x, 1), ((1, 6, 4),)),
    "stack": of(lambda k, x: k.ops.stack(x, 1), TWO),
    "std": unary("std", axis=(1, 2)),
    "stft": of(lambda k, x: k.ops.stft(x, 16, 8, 16)[0], ((64,),)),
    "subtract": binary("subtract"),
    "sum": unary("sum", axis=1),
    "swapaxes": unary("swapaxes", 1, 3),
    "take": unary("take", np.array([2, 0, 3], np.int32), axis=1),
    "take_along_axis": of(
        lambda k, x: k.ops.take_along_axis(x, k.ops.argmax(x, axis=-1, keepdims=True), axis=-1)
    ),
    "tan": unary("tan", low=0.0),
    "tanh": unary("tanh"),
    "tanh_shrink": unary("tanh_shrink"),
    "tensordot": of(
        lambda k, x: k.ops.tensordot(
            x, np.random.default_rng(0).normal(0, 0.3, (6, 5)).astype("float32"), 1
        ),
        SERIES,
    ),
    "threshold": unary("threshold", 0.2, 0.0),
    "tile": unary("tile", (1, 2, 1, 3)),
    "top_k": of(lambda k, x: k.ops.top_k(x, 3)[0], ROW),
    "transpose": unary("transpose", (0, 3, 1, 2)),
    "tril": unary("tril"),
    "triu": unary("triu"),
    "trunc": unary("trunc", low=-4, high=4),
    "unfold": of(lambda k, x: k.ops.unfold(k.ops.transpose(x, (0, 3, 1, 2)), 3)),
    "unstack": of(lambda k, x: k.ops.unstack(x, axis=1)[2]),
    "var": unary("var", axis=(1, 2)),
    "where": of(lambda k, x: k.ops.where(x > 0.1, x, x * 0.3)),
    "while_loop": within(halved),
    "zeros_like": of(lambda k, x: k.ops.maximum(x, k.ops.zeros_like(x))),
}
"""Function of keras.ops -> its model."""

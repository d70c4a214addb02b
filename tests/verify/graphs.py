"""Small graphs that verification is tried on: a convolution, a view and a dense layer, and layers
of several kinds.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
from ops.harness import constant, quantized

from edgeq.codegen.native import NativeEngine
from edgeq.graph import Graph, Model, Op

CONV = (
    ("dilation_h_factor", 1),
    ("dilation_w_factor", 1),
    ("fused_activation_function", "RELU"),
    ("padding", "SAME"),
    ("stride_h", 1),
    ("stride_w", 1),
)


def dense_model(widths: tuple[int, ...]) -> Model:
    """FULLY_CONNECTED layers one after the other, from widths[0] inputs to widths[-1] outputs."""
    rng, ops, x = np.random.default_rng(2), list[Op](), 0
    tensors = [quantized("x0", (1, widths[0]), 0.05, 3)]
    for i, (a, b) in enumerate(itertools.pairwise(widths), 1):
        n = len(tensors)
        tensors += [
            constant(f"weights{i}", rng.integers(-127, 128, (b, a), np.int8), 0.004),
            constant(f"bias{i}", rng.integers(-3000, 3000, b, np.int32), 0.0002),
            quantized(f"x{i}", (1, b), 0.25 + 0.05 * (i % 2), -5),
        ]
        ops.append(
            Op(
                "FULLY_CONNECTED",
                (x, n, n + 1),
                (n + 2,),
                (),
                4,
                options_type="FullyConnectedOptions",
            )
        )
        x = n + 2
    return Model((Graph(tuple(tensors), tuple(ops), (0,), (x,)),))


def with_reals(model: Model) -> Model:
    """A model with QUANTIZE before its one input and DEQUANTIZE behind its one output."""
    graph = model.main
    n, (x,), (y,) = len(graph.tensors), graph.inputs, graph.outputs
    real_x, real_y = (
        replace(graph.tensors[t], name=f"real{t}", dtype="float32", quantization=None)
        for t in (x, y)
    )
    ops = (Op("QUANTIZE", (n,), (x,), (), 1), *graph.ops, Op("DEQUANTIZE", (y,), (n + 1,), (), 1))
    return Model((Graph((*graph.tensors, real_x, real_y), ops, (n,), (n + 1,)),))


def small_model() -> Model:
    """CONV_2D [1, 6, 5, 3] -> [1, 6, 5, 4], RESHAPE -> [1, 120], FULLY_CONNECTED -> [1, 7]."""
    rng = np.random.default_rng(1)
    tensors = (
        quantized("image", (1, 6, 5, 3), 0.05, 3),
        constant(
            "filters", rng.integers(-127, 128, (4, 3, 3, 3), np.int8), rng.uniform(0.001, 0.01, 4)
        ),
        constant("bias", rng.integers(-3000, 3000, 4, np.int32), np.full(4, 0.0002)),
        quantized("conv", (1, 6, 5, 4), 0.08, -5),
        constant("shape", np.array([1, 120], np.int32)),
        quantized("flat", (1, 120), 0.08, -5),
        constant("weights", rng.integers(-127, 128, (7, 120), np.int8), 0.004),
        quantized("scores", (1, 7), 0.4, 11),
    )
    ops = (
        Op("CONV_2D", (0, 1, 2), (3,), CONV, 3, options_type="Conv2DOptions"),
        Op("RESHAPE", (3, 4), (5,), (("new_shape", (1, 120)),), 1, options_type="ReshapeOptions"),
        Op("FULLY_CONNECTED", (5, 6, -1), (7,), (), 4, options_type="FullyConnectedOptions"),
    )
    return Model((Graph(tensors, ops, (0,), (7,)),))


def changed(engine: NativeEngine, old: str, new: str) -> NativeEngine:
    """The engine with one place of its source changed."""
    ((name, text),) = [file for file in engine.files.items() if file[0].endswith(".c")]
    assert old in text
    return replace(engine, files={**engine.files, name: text.replace(old, new, 1)})

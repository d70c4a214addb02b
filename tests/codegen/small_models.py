"""Small models of operators that say little of themselves: here it is the generated project that is
tested.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from ops.harness import constant, quantized, single_op

from edgeq.graph import Graph, Model, Op, Tensor

CONV = {
    "padding": "SAME",
    "stride_h": 2,
    "stride_w": 2,
    "dilation_h_factor": 1,
    "dilation_w_factor": 1,
    "fused_activation_function": "RELU",
}


def classifier(classes: int = 3, scale: float = 0.02) -> Model:
    """Convolution, reshape and dense layer: image [1, 8, 8, 1] -> scores [1, classes]."""
    rng = np.random.default_rng(7)
    tensors = (
        quantized("image", (1, 8, 8, 1), scale, -5),
        constant("conv/weights", rng.integers(-127, 128, (4, 3, 3, 1), np.int8), 0.01),
        constant("conv/bias", rng.integers(-500, 500, 4, np.int32), 0.01 * scale),
        quantized("conv/Relu", (1, 4, 4, 4), 0.03, -128),
        constant("shape", np.array([1, 64], np.int32)),
        quantized("flatten", (1, 64), 0.03, -128),
        constant("dense/weights", rng.integers(-127, 128, (classes, 64), np.int8), 0.01),
        constant("dense/bias", rng.integers(-500, 500, classes, np.int32), 0.01 * 0.03),
        quantized("scores", (1, classes), 0.1, 4),
    )
    ops = (
        Op(
            "CONV_2D", (0, 1, 2), (3,), tuple(sorted(CONV.items())), 3, options_type="Conv2DOptions"
        ),
        Op("RESHAPE", (3, 4), (5,), (("new_shape", (1, 64)),), 1, options_type="ReshapeOptions"),
        Op(
            "FULLY_CONNECTED",
            (5, 6, 7),
            (8,),
            (("fused_activation_function", "NONE"), ("keep_num_dims", False)),
            4,
            options_type="FullyConnectedOptions",
        ),
    )
    return Model((Graph(tensors, ops, (0,), (8,)),))


def two_inputs() -> Model:
    """The sum of two inputs of 5 elements, of different scales."""
    a, b = quantized("a", (1, 5), 0.05, 3), quantized("b", (1, 5), 0.5, -128)
    return single_op(
        "ADD",
        [a, b],
        quantized("sum", (1, 5), 0.6, 0),
        "AddOptions",
        fused_activation_function="NONE",
    )


def identity(tensor: Tensor) -> Model:
    """One RESHAPE that changes nothing: what goes into the input comes out as it is."""
    shape = constant("shape", np.array(tensor.shape, np.int32))
    output = replace(tensor, name=f"{tensor.name}/copy")
    return single_op("RESHAPE", [tensor, shape], output, "ReshapeOptions", new_shape=tensor.shape)


def renamed(model: Model, name: str) -> Model:
    """The model with all its tensors called `name`, as a hostile file would."""
    graph = model.main
    return Model(
        (replace(graph, tensors=tuple(replace(tensor, name=name) for tensor in graph.tensors)),)
    )

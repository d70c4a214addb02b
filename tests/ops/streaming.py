"""Small streaming models: a variable holds the latest frames, as in streaming wake words."""

from __future__ import annotations

import numpy as np
from ops.harness import constant, quantized

from edgeq.graph import Graph, Model, Op, Quantization, Tensor
from edgeq.opkit.node import Values

FRAMES, WIDTH, UNITS = 3, 4, 5


def variable(
    name: str,
    initial: Values,
    quantization: Quantization | None = None,
) -> Tensor:
    """A resource variable with its initial values."""
    return Tensor(
        name,
        initial.shape,
        initial.dtype.name,
        quantization,
        variable=True,
        initial=initial.tobytes(),
    )


def ring_buffer(initial: Values | None = None) -> Model:
    """A dense layer over the latest frame and those before it, which a variable keeps.

    initial: int8 [1, FRAMES, WIDTH]; random by default.
    """
    generator = np.random.default_rng(7)
    held = (
        generator.integers(-128, 128, (1, FRAMES, WIDTH)).astype(np.int8)
        if initial is None
        else initial
    )
    frame = quantized("frame", (1, 1, WIDTH), 0.05, 3)
    like = frame.quantization
    weights = generator.integers(-127, 128, (UNITS, (FRAMES + 1) * WIDTH)).astype(np.int8)
    tensors = (
        frame,
        variable("frames", held, like),
        quantized("before", (1, FRAMES, WIDTH), 0.05, 3),
        quantized("window", (1, FRAMES + 1, WIDTH), 0.05, 3),
        constant("begin", np.array([0, 1, 0], np.int32)),
        constant("size", np.array([1, FRAMES, WIDTH], np.int32)),
        quantized("latest", (1, FRAMES, WIDTH), 0.05, 3),
        constant("weights", weights, 0.01),
        constant("bias", generator.integers(-999, 999, UNITS).astype(np.int32), 0.05 * 0.01),
        quantized("scores", (1, UNITS), 0.2, -4),
        constant("shape", np.array([1, (FRAMES + 1) * WIDTH], np.int32)),
        quantized("flat", (1, (FRAMES + 1) * WIDTH), 0.05, 3),
    )
    ops = (
        Op("READ_VARIABLE", (1,), (2,)),
        Op(
            "CONCATENATION",
            (2, 0),
            (3,),
            (("axis", 1), ("fused_activation_function", "NONE")),
            2,
            options_type="ConcatenationOptions",
        ),
        Op("SLICE", (3, 4, 5), (6,), (), 2),
        Op("ASSIGN_VARIABLE", (1, 6), (1,)),
        Op("RESHAPE", (3, 10), (11,)),
        Op("FULLY_CONNECTED", (11, 7, 8), (9,), _DENSE, 4, options_type="FullyConnectedOptions"),
    )
    return Model((Graph(tensors, ops, (0,), (9,)),))


_DENSE = (
    ("asymmetric_quantize_inputs", False),
    ("fused_activation_function", "NONE"),
    ("keep_num_dims", False),
    ("quantized_bias_type", "FLOAT32"),
    ("weights_format", "DEFAULT"),
)

"""Small float and dynamic-range layers of every kernel, and a network of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from opkit.test_float_connected import connected
from opkit.test_float_convolution import layer
from opkit.test_float_pooling import mean, pool
from opkit.test_float_unary import prelu, unary
from opkit.test_floats import pair

from edgeq.graph import Graph, Model, Op, Tensor

IMAGE, FILTERS = (1, 7, 6, 3), (4, 3, 3, 3)


def float_layers() -> dict[str, Model]:
    """Layers by name, at least one for each kernel on float32."""
    layers = {
        f"{kind}, {weights}, {batches}": layer(kind, (batches, *IMAGE[1:]), shape, weights)
        for kind, shape in (("CONV_2D", FILTERS), ("DEPTHWISE_CONV_2D", (1, 3, 3, 6)))
        for weights in ("int8", "float32")
        for batches in (1, 2)
    }
    layers |= {
        "symmetric": layer("CONV_2D", IMAGE, FILTERS, scales="per tensor", stride_w=2),
        "groups": layer("CONV_2D", (1, 5, 4, 6), FILTERS),
        "pointwise": layer(
            "CONV_2D", (1, 4, 5, 8), (6, 1, 1, 8), fused_activation_function="RELU6"
        ),
        "3 filters": layer("CONV_2D", IMAGE, (3, 3, 3, 3)),
        "2 units": connected((1, 20), 2, 20),
        "connected": connected((1, 20), 7, 20, per_unit=True),
        "connected rows": connected((3, 20), 7, 20, asymmetric=False),
        "float connected": connected((2, 20), 7, 20, "float32"),
        "mean": mean((1, 7, 5, 6), (1, 2)),
        "prelu": prelu(),
        "softmax": unary("SOFTMAX", beta=1.0),
        "leaky relu": unary("LEAKY_RELU", alpha=0.25),
    }
    for kind in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
        layers[kind] = pool(kind, (1, 7, 6, 2), (3, 2), (2, 2))
    for kind in ("ADD", "SUB", "MUL"):
        layers |= {
            kind: pair(kind, (1, 3, 4, 5), (1, 3, 4, 5)),
            f"{kind}, broadcast": pair(kind, (1, 3, 4, 5), (5,)),
        }
    plain = (
        "ABS",
        "ELU",
        "HARD_SWISH",
        "LOGISTIC",
        "RELU",
        "RELU6",
        "RELU_0_TO_1",
        "RELU_N1_TO_1",
        "TANH",
    )
    return layers | {kind: unary(kind) for kind in plain}


def chained(*models: Model) -> Model:
    """One network: each model reads the output of the one before, of the same size, under its own
    shape.
    """
    tensors, ops, last = list[Tensor](), list[Op](), -1
    for model in models:
        graph, base = model.main, len(tensors)
        tensors += [replace(t, name=f"{base}/{t.name}") for t in graph.tensors]
        (x,), (y,), (op,) = graph.inputs, graph.outputs, graph.ops
        if last >= 0:
            shape = np.array(graph.tensors[x].shape, np.int32)
            tensors.append(Tensor(f"{base}/shape", shape.shape, "int32", buffer=shape.tobytes()))
            ops.append(Op("RESHAPE", (last, len(tensors) - 1), (base + x,)))
        ops.append(replace(op, inputs=tuple(base + i for i in op.inputs), outputs=(base + y,)))
        last = base + y
    return Model((Graph(tuple(tensors), tuple(ops), models[0].main.inputs, (last,)),))


def float_network() -> Model:
    """Every way in which floats and doubles are computed, in one dynamic-range network."""
    relu = {"fused_activation_function": "RELU"}
    return chained(
        layer("CONV_2D", (1, 9, 8, 3), (8, 3, 3, 3), "float32", stride_h=2, stride_w=2, **relu),
        layer("DEPTHWISE_CONV_2D", (1, 5, 4, 8), (1, 3, 3, 8), "float32", **relu),
        layer("CONV_2D", (1, 5, 4, 8), (8, 1, 1, 8)),
        layer("DEPTHWISE_CONV_2D", (1, 5, 4, 8), (1, 3, 3, 8)),
        unary("TANH", shape=(1, 160)),
        layer("CONV_2D", (1, 5, 4, 8), (4, 3, 3, 8), scales="per tensor", padding="VALID"),
        unary("LOGISTIC", shape=(1, 24)),
        pool("AVERAGE_POOL_2D", (1, 3, 2, 4), (2, 2), (1, 1), "VALID"),
        unary("HARD_SWISH", shape=(1, 8)),
        connected((1, 8), 16, 8, per_unit=True),
        unary("SOFTMAX", beta=1.0),
    )

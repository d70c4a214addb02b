"""Random networks in which some channels are dead: filters of zeros, filters that saturate, and
channels whose weights in the next layer are zeros.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from ops.harness import constant
from plan.networks import Network

from edgeq.graph import Graph, Model, Op, Tensor

FILTER_AXIS = {"CONV_2D": 0, "DEPTHWISE_CONV_2D": 3, "FULLY_CONNECTED": 0}
INPUT_AXIS = {"CONV_2D": 3, "FULLY_CONNECTED": 1}
ACTIVATIONS = ("NONE", "RELU", "RELU6")


def network(seed: int) -> Model:
    """Filters, planes, sums, joined maps, borders and pools, then a dense layer; dead channels
    planted in all of them.
    """
    rng = np.random.default_rng(seed)
    net = Network(rng)
    y = net.filter(net.input(9, 8, 2), int(rng.integers(6, 10)), (3, 3))
    for _ in range(int(rng.integers(2, 5))):
        y = BLOCKS[int(rng.integers(len(BLOCKS)))](net, y)
    y = net.filter(y, 7, (1, 1))
    y = flat(net, net.pool(y, "MAX_POOL_2D", 2)) if rng.random() < 0.5 else mean(net, y)
    return plant(net.model(dense(net, dense(net, y, 9), 3)), rng)


def _filter(net: Network, x: int) -> int:
    size = (int(net.rng.integers(1, 4)), int(net.rng.integers(1, 4)))
    padding = (
        "SAME" if min(net.tensors[x].shape[1:3]) < 4 else str(net.rng.choice(["SAME", "VALID"]))
    )
    return net.filter(x, int(net.rng.integers(5, 11)), size, padding=padding)


def _planes(net: Network, x: int) -> int:
    return net.filter(x, 0, (3, 3))


def _residual(net: Network, x: int) -> int:
    y = net.filter(_planes(net, x), net.tensors[x].shape[3], (3, 3))
    return net.join(x, y, str(net.rng.choice(["ADD", "SUB", "MUL"])))


def _joined(net: Network, x: int) -> int:
    """Two filtered maps, with one scale, one after the other along a random axis but the first."""
    axis = int(net.rng.integers(1, 4))
    a, b = (net.filter(x, int(net.rng.integers(4, 7)) if axis == 3 else 6, (1, 1)) for _ in "ab")
    net.tensors[b] = replace(net.tensors[b], quantization=net.tensors[a].quantization)
    shape = list(net.tensors[a].shape)
    shape[axis] += net.tensors[b].shape[axis]
    y = net.add(replace(net.tensors[a], name=f"joined{len(net.ops)}", shape=tuple(shape)))
    given = (("axis", axis - 4), ("fused_activation_function", "NONE"))
    net.ops.append(Op("CONCATENATION", (a, b), (y,), given, 2, options_type="ConcatenationOptions"))
    return y


def _padded(net: Network, x: int) -> int:
    return net.filter(net.pad(x, (1, 0), (1, 1)), 6, (2, 2), padding="VALID")


def _averaged(net: Network, x: int) -> int:
    return net.pool(x, "AVERAGE_POOL_2D", 2, "SAME")


def _squashed(net: Network, x: int) -> int:
    y = net.add(replace(net.tensors[x], name=f"relu{len(net.ops)}"))
    net.ops.append(Op("RELU", (x,), (y,), (), 2))
    return y


BLOCKS = (_filter, _planes, _residual, _joined, _padded, _averaged, _squashed, _filter)


def mean(net: Network, x: int) -> int:
    """The mean of each channel, [1, channels]."""
    axes = net.add(constant("axes", np.array([1, 2], np.int32)))
    shape = (1, net.tensors[x].shape[3])
    return net.layer("MEAN", (x, axes), shape, "ReducerOptions", keep_dims=False)


def flat(net: Network, x: int) -> int:
    """All elements as one row, [1, elements]."""
    row = (1, net.tensors[x].size)
    shape = net.add(constant("shape", np.array(row, np.int32)))
    y = net.add(replace(net.tensors[x], name="flat", shape=row))
    net.ops.append(
        Op("RESHAPE", (x, shape), (y,), (("new_shape", row),), 1, options_type="ReshapeOptions")
    )
    return y


def dense(net: Network, x: int, neurons: int) -> int:
    """A layer of so many neurons with a scale each."""
    rng, depth = net.rng, net.tensors[x].shape[1]
    scales = rng.uniform(0.3, 0.6, neurons) / (128 * np.sqrt(depth))
    w = net.add(constant("w", rng.integers(-127, 128, (neurons, depth), np.int8), scales))
    b = net.add(constant("b", rng.integers(-3000, 3000, neurons, np.int32), scales * 0.05))
    return net.layer(
        "FULLY_CONNECTED",
        (x, w, b),
        (1, neurons),
        "FullyConnectedOptions",
        fused_activation_function="NONE",
        keep_num_dims=False,
        weights_format="DEFAULT",
    )


def plant(model: Model, rng: np.random.Generator, share: float = 0.4) -> Model:
    """The model with random activations, and with about a share of the channels dead."""
    graph = model.main
    tensors, ops = list(graph.tensors), [_activated(op, rng) for op in graph.ops]
    for op in ops:
        if op.kind in FILTER_AXIS:
            w, b = op.inputs[1:]
            filters = tensors[w].shape[FILTER_AXIS[op.kind]]
            zeros, full = (rng.random(filters) < share / 2 for _ in range(2))
            tensors[w] = with_zeros(tensors[w], FILTER_AXIS[op.kind], zeros)
            bias = tensors[b].array.copy()
            bias[full] = rng.choice([-(1 << 21), 1 << 21], int(full.sum()))
            tensors[b] = replace(tensors[b], buffer=bias.tobytes())
        if op.kind in INPUT_AXIS:
            axis = INPUT_AXIS[op.kind]
            unread = rng.random(tensors[op.inputs[1]].shape[axis]) < share / 2
            tensors[op.inputs[1]] = with_zeros(tensors[op.inputs[1]], axis, unread)
    return Model((replace(graph, tensors=tuple(tensors), ops=tuple(ops)),))


def _activated(op: Op, rng: np.random.Generator) -> Op:
    given = dict(op.attributes)
    if op.kind in FILTER_AXIS:
        given["fused_activation_function"] = str(rng.choice(ACTIVATIONS))
    return replace(op, attributes=tuple(sorted(given.items())))


def with_zeros(w: Tensor, axis: int, where: np.ndarray) -> Tensor:
    """The weights, those at places of an axis 0."""
    values = w.array.copy()
    np.moveaxis(values, axis, 0)[where] = 0
    return replace(w, buffer=values.tobytes())


def computed(graph: Graph) -> tuple[int, ...]:
    """The tensors that operators compute."""
    return tuple(t for op in graph.ops for t in op.outputs)

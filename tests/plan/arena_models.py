"""Small models, described by hand, on which TFLM's arena was measured; the weights are zeros, only
sizes matter.
"""

from __future__ import annotations

from collections.abc import Callable

from plan.hand_made_graph import Net

from edgeq.graph import Graph


def conv_chain() -> Graph:
    net = Net()
    x = net.conv(net.input(1, 24, 24, 3), 8, stride=2)
    x = net.conv(x, 16, (1, 1))
    x = net.conv(x, 12, (1, 1), stride=2)
    x = net.conv(x, 10, dilation=2, per_channel=False)
    return net.graph(net.conv(x, 7, (5, 3), padding="VALID", bias=False))


def conv_one_row() -> Graph:
    net = Net()
    x = net.conv(net.input(1, 1, 64, 10), 16, (1, 9))
    return net.graph(net.conv(x, 8, (1, 5), padding="VALID"))


def depthwise_kinds() -> Graph:
    net = Net()
    x = net.depthwise(net.input(1, 20, 20, 4))
    x = net.depthwise(x, 3, (5, 5), stride=2)
    x = net.depthwise(x, 1, (5, 5))
    x = net.depthwise(x, 1, (3, 3), dilation=2)
    return net.graph(net.depthwise(x, 1, (3, 3), padding="VALID"))


def depthwise_from_one_channel() -> Graph:
    net = Net()
    return net.graph(net.depthwise(net.input(1, 49, 10, 1), 8, (10, 4), stride=2))


def wide_conv() -> Graph:
    """Many channels: the temporary tensors of Prepare, with a zero point a channel, outweigh the
    activations.
    """
    net = Net()
    return net.graph(net.conv(net.input(1, 2, 2, 4), 512, (1, 1)))


def dense_chain() -> Graph:
    net = Net()
    x = net.input(1, 64)
    for units in (32, 32, 8, 32, 64):
        x = net.dense(x, units)
    return net.graph(x)


def dense_per_channel() -> Graph:
    net = Net()
    return net.graph(net.softmax(net.dense(net.dense(net.input(2, 40), 100, per_channel=True), 10)))


def autoencoder_per_channel() -> Graph:
    """Wide layers over tiny activations: the records that Prepare looks at need more than the
    finished plan.
    """
    net = Net()
    x = net.input(1, 320)
    for units in (128, 128, 8, 128, 320):
        x = net.dense(x, units, per_channel=True)
    return net.graph(x)


def dense_rank_3() -> Graph:
    net = Net()
    x = net.dense(net.input(1, 6, 16), 24, keep_dims=True)
    return net.graph(net.dense(x, 12, per_channel=True, keep_dims=True))


def broadcasts() -> Graph:
    net = Net()
    x = net.input(1, 8, 8, 6)
    bias = net.weights((6,), 0, per_channel=False)
    x = net.binary("ADD", x, bias)
    x = net.binary("MUL", x, net.input(1, 1, 1, 6))
    x = net.binary("SUB", net.binary("ADD", x, x), bias)
    return net.graph(net.binary("MUL", x, x))


def activations() -> Graph:
    net = Net()
    x = net.input(1, 10, 10, 3)
    for kind in ("RELU", "RELU6", "LOGISTIC", "TANH", "HARD_SWISH"):
        x = net.unary(kind, x, "HardSwishOptions" if kind == "HARD_SWISH" else "")
    return net.graph(net.unary("LEAKY_RELU", x, "LeakyReluOptions", alpha=0.25))


def pools() -> Graph:
    net = Net()
    x = net.pool("AVERAGE_POOL_2D", net.input(1, 16, 16, 8))
    x = net.pool("MAX_POOL_2D", x)
    return net.graph(net.pool("AVERAGE_POOL_2D", x, 4))


def means() -> Graph:
    net = Net()
    x = net.input(1, 12, 12, 16)
    return net.graph(
        net.mean(net.mean(x, (3,), keep_dims=True), (1, 2)), net.mean(x, (1, 2), keep_dims=True)
    )


def shapes() -> Graph:
    net = Net()
    x = net.reshape(net.input(1, 6, 1, 10), 1, 60, 1, 1)
    x = net.op("SQUEEZE", "SqueezeOptions", (x,), net.put((1, 60, 1)), squeeze_dims=(3,))
    x = net.op("EXPAND_DIMS", "ExpandDimsOptions", (x, net.constant(1)), net.put((1, 1, 60, 1)))
    return net.graph(net.reshape(x, 1, 60))


def moves() -> Graph:
    net = Net()
    x = net.input(1, 6, 8, 4)
    x = net.op(
        "PAD",
        "PadOptions",
        (x, net.constant([[0, 0], [1, 1], [2, 0], [0, 0]])),
        net.put((1, 8, 10, 4)),
    )
    x = net.op(
        "TRANSPOSE", "TransposeOptions", (x, net.constant([0, 3, 1, 2])), net.put((1, 4, 8, 10))
    )
    y = net.op(
        "STRIDED_SLICE",
        "StridedSliceOptions",
        (x, net.constant([0, 0, 0, 0]), net.constant([1, 4, 8, 10]), net.constant([1, 1, 2, 1])),
        net.put((1, 4, 4, 10)),
        begin_mask=0,
        end_mask=0,
        ellipsis_mask=0,
        new_axis_mask=0,
        shrink_axis_mask=0,
    )
    z = net.op(
        "CONCATENATION",
        "ConcatenationOptions",
        (x, y, y),
        net.put((1, 4, 16, 10)),
        axis=2,
        fused_activation_function="NONE",
    )
    return net.graph(z)


def casts() -> Graph:
    net = Net()
    x = net.cast("QUANTIZE", net.input(1, 30, dtype="float32"), "int8")
    x = net.cast("QUANTIZE", net.dense(x, 20), "int16")
    x = net.cast("QUANTIZE", x, "int8")
    return net.graph(net.cast("DEQUANTIZE", net.softmax(x), "float32"))


def int16_network() -> Graph:
    net = Net()
    x = net.depthwise(net.conv(net.input(1, 16, 16, 2, dtype="int16"), 6, stride=2))
    x = net.pool("AVERAGE_POOL_2D", net.binary("ADD", x, x))
    x = net.reshape(net.pool("MAX_POOL_2D", x), 1, 24)
    x = net.dense(net.binary("MUL", x, x), 10)
    return net.graph(net.softmax(x), net.unary("TANH", net.unary("LOGISTIC", x)))


def int16_mean() -> Graph:
    """Of int16, MEAN's Prepare looks at one tensor fewer, which decides the arena of a model this
    small.
    """
    net = Net()
    return net.graph(net.mean(net.input(1, 2, 2, 8, dtype="int16"), (1, 2), keep_dims=True))


def two_heads() -> Graph:
    net = Net()
    a, b = net.input(1, 8, 8, 4), net.input(1, 8, 8, 2)
    both = net.op(
        "CONCATENATION",
        "ConcatenationOptions",
        (a, b),
        net.put((1, 8, 8, 6)),
        axis=3,
        fused_activation_function="NONE",
    )
    trunk = net.conv(both, 8)
    left = net.softmax(net.dense(net.mean(trunk, (1, 2)), 5))
    return net.graph(left, net.unary("LOGISTIC", net.conv(trunk, 1, (1, 1))))


def residual() -> Graph:
    net = Net()
    x = net.conv(net.input(1, 16, 16, 3), 8)
    for channels in (8, 16, 24):
        y = net.conv(net.conv(x, channels, stride=2), channels)
        x = net.binary("ADD", net.conv(x, channels, (1, 1), stride=2), y)
    return net.graph(net.softmax(net.dense(net.mean(x, (1, 2)), 10)))


def long_chain() -> Graph:
    """Sixty tiny operators: TFLM's own records and the planner's working memory outweigh the
    tensors.
    """
    net = Net()
    x = net.input(1, 4)
    for _ in range(30):
        x = net.unary("RELU", net.dense(x, 4))
    return net.graph(x)


def separable() -> Graph:
    net = Net()
    x = net.conv(net.input(1, 32, 32, 1), 8, stride=2)
    for channels, stride in ((16, 1), (32, 2), (32, 1), (64, 2)):
        x = net.conv(net.depthwise(x, stride=stride), channels, (1, 1))
    x = net.reshape(net.pool("AVERAGE_POOL_2D", x, 4), 1, 64)
    return net.graph(net.softmax(net.dense(x, 2)))


def one_operator() -> Graph:
    net = Net()
    return net.graph(net.unary("RELU", net.input(1, 4)))


MODELS: dict[str, Callable[[], Graph]] = {
    build.__name__: build
    for build in (
        conv_chain,
        conv_one_row,
        depthwise_kinds,
        depthwise_from_one_channel,
        wide_conv,
        dense_chain,
        dense_per_channel,
        autoencoder_per_channel,
        dense_rank_3,
        broadcasts,
        activations,
        pools,
        means,
        shapes,
        moves,
        casts,
        int16_network,
        int16_mean,
        two_heads,
        residual,
        long_chain,
        separable,
        one_operator,
    )
}

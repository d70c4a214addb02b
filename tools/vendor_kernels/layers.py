"""Random layers, the bytes that they must compute, and records of them for the drivers in C."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Op, Quantization, Tensor
from edgeq.opkit.add_sub import quantized_sum
from edgeq.opkit.bias import channel_bias
from edgeq.opkit.elementwise import fused_range
from edgeq.opkit.node import Node, Values
from edgeq.opkit.requantize import Requantization, channel_multipliers
from edgeq.opkit.windows import Window, window
from edgeq.ops import bind, conv_2d, depthwise_conv_2d, fully_connected, operator
from edgeq.simulate.execute import execute, random_inputs

KINDS = (
    "CONV_2D",
    "DEPTHWISE_CONV_2D",
    "FULLY_CONNECTED",
    "ADD",
    "MUL",
    "AVERAGE_POOL_2D",
    "MAX_POOL_2D",
)
"""In the order of the drivers' numbers."""
CHANNELS = (1, 2, 3, 4, 5, 7, 8, 12, 13, 16, 17, 20, 24, 31, 32, 48)
ACTIVATIONS = ("NONE", "RELU", "RELU6")
Generator = np.random.Generator


@dataclass(frozen=True)
class RandomLayer:
    """A layer. graph: of it alone. called: whether generated C calls the library's function for it;
    feature: what is special about it, for the table; record: what the driver reads; expected: the
    simulator's bytes.
    """

    kind: str
    graph: Graph
    called: bool
    feature: str
    record: bytes
    expected: Values


def random_layers(library: str, count: int, seed: int) -> Iterator[RandomLayer]:
    """`count` layers of each kind that edgeq supports."""
    rng = np.random.default_rng(seed)
    for number, kind in enumerate(KINDS):
        made = 0
        while made < count:
            graph = MAKERS[kind](rng, kind)
            try:
                (node,) = bind(graph)
            except EdgeqError:
                continue
            inputs = random_inputs(graph, 1, int(rng.integers(1 << 30)))
            expected = execute(graph, inputs)[graph.outputs[0]].ravel()
            record = _numbers(number, expected.size) + RECORDS[kind](node, inputs)
            called = operator(kind).library_calls[library](node) is not None
            yield RandomLayer(kind, graph, called, FEATURES[kind](node), record, expected)
            made += 1


def _choice(rng: Generator, values: tuple[int, ...]) -> int:
    return int(values[rng.integers(len(values))])


def _computed(rng: Generator, name: str, shape: tuple[int, ...], scale: float) -> Tensor:
    zero_point = _choice(rng, (-128, -128, 127, 0, int(rng.integers(-128, 128))))
    return Tensor(name, shape, "int8", Quantization((float(np.float32(scale)),), (zero_point,)))


def _graph(kind: str, tensors: list[Tensor], options: Mapping[str, object]) -> Graph:
    """A graph of one operator, its output the last tensor."""
    last = len(tensors) - 1
    op = Op(
        kind,
        tuple(range(last)),
        (last,),
        tuple(sorted(options.items())),  # type: ignore[arg-type]
        options_type=operator(kind).options,
    )
    computed = tuple(i for i, t in enumerate(tensors[:-1]) if not t.constant)
    return Graph(tuple(tensors), (op,), computed, (last,))


def _weights(rng: Generator, shape: tuple[int, ...], axis: int, x_scale: float) -> list[Tensor]:
    """Weights with a scale for each channel, and for three layers of four a bias."""
    channels = shape[axis]
    scales = rng.uniform(0.0005, 0.02, channels).astype(np.float32)
    values = rng.integers(-127, 128, shape, np.int8)
    quantization = Quantization(tuple(map(float, scales)), (0,) * channels, axis)
    made = [Tensor("w", shape, "int8", quantization, values.tobytes())]
    if rng.integers(4):
        bias = rng.integers(-20000, 20001, channels).astype(np.int32)
        of_bias = Quantization(
            tuple(float(np.float32(s * x_scale)) for s in scales), (0,) * channels
        )
        made.append(Tensor("b", (channels,), "int32", of_bias, bias.tobytes()))
    return made


def _output_scale(rng: Generator) -> float:
    """Mostly such that outputs spread; some so fine that factors are above 1, or sums wrap."""
    return float(rng.choice([0.3, 0.1, 0.03, 0.03, 0.003, 1e-5, 1e-9]))


def _sliding(rng: Generator, kind: str) -> Graph:
    deep = kind == "DEPTHWISE_CONV_2D"
    side = _choice(rng, (12, 64) if deep else (12, 12, 12, 48))
    height, width = (int(n) for n in rng.integers(1, side, 2))
    channels, filters = _choice(rng, CHANNELS), _choice(rng, CHANNELS)
    rows, columns = [(1, 1), (3, 3), (3, 3), tuple(map(int, rng.integers(1, 6, 2)))][
        rng.integers(4)
    ]
    strides = [(1, 1), (2, 2), tuple(map(int, rng.integers(1, 4, 2)))][rng.integers(3)]
    padding = ("SAME", "VALID")[rng.integers(2)]
    multiplier = _choice(rng, (1, 1, 1, 2, 3, 4, 8)) if deep else 1
    x = _computed(rng, "x", (1, height, width, channels), 0.05)
    group = channels if rng.integers(8) or channels % 2 else channels // 2
    shape = (1, rows, columns, channels * multiplier) if deep else (filters, rows, columns, group)
    axis = 3 if deep else 0
    axes = ((height, rows, strides[0]), (width, columns, strides[1]))
    out = [max(window(padding, size, of, step).output, 1) for size, of, step in axes]
    y = _computed(rng, "y", (1, *out, shape[axis]), _output_scale(rng))
    options: dict[str, object] = {
        "padding": padding,
        "stride_h": strides[0],
        "stride_w": strides[1],
        "dilation_h_factor": 1,
        "dilation_w_factor": 1,
        "fused_activation_function": ACTIVATIONS[rng.integers(3)],
    }
    options |= {"depth_multiplier": multiplier} if deep else {}
    return _graph(kind, [x, *_weights(rng, shape, axis, 0.05), y], options)


def _connected(rng: Generator, kind: str) -> Graph:
    depth, neurons = int(rng.integers(1, 140)), int(rng.integers(1, 34))
    x = _computed(rng, "x", (1, depth), 0.05)
    y = _computed(rng, "y", (1, neurons), _output_scale(rng))
    options = {"fused_activation_function": ACTIVATIONS[rng.integers(3)]}
    return _graph(kind, [x, *_weights(rng, (neurons, depth), 0, 0.05), y], options)


def _pair(rng: Generator, kind: str) -> Graph:
    shape = (1, int(rng.integers(1, 70)))
    scales = rng.choice([0.5, 0.07, 0.05, 0.01, 0.0005], 3)
    tensors = [_computed(rng, name, shape, float(s)) for name, s in zip("aby", scales, strict=True)]
    return _graph(kind, tensors, {"fused_activation_function": ACTIVATIONS[rng.integers(3)]})


def _pool(rng: Generator, kind: str) -> Graph:
    side = _choice(rng, (6, 6, 24))
    height, width = (int(n) for n in rng.integers(1, side, 2))
    size, strides = (tuple(map(int, rng.integers(1, most, 2))) for most in (side, 4))
    padding = ("SAME", "VALID")[rng.integers(2)]
    axes = zip((height, width), size, strides, strict=True)
    out = [max(window(padding, n, of, step).output, 1) for n, of, step in axes]
    channels = _choice(rng, CHANNELS)
    x = _computed(rng, "x", (1, height, width, channels), 0.05)
    y = Tensor("y", (1, *out, channels), "int8", x.quantization)
    options = {
        "padding": padding,
        "stride_h": strides[0],
        "stride_w": strides[1],
        "filter_height": size[0],
        "filter_width": size[1],
        "fused_activation_function": ACTIVATIONS[rng.integers(3)],
    }
    return _graph(kind, [x, y], options)


MAKERS: Mapping[str, Callable[[Generator, str], Graph]] = {
    "CONV_2D": _sliding,
    "DEPTHWISE_CONV_2D": _sliding,
    "FULLY_CONNECTED": _connected,
    "ADD": _pair,
    "MUL": _pair,
    "AVERAGE_POOL_2D": _pool,
    "MAX_POOL_2D": _pool,
}


def _numbers(*values: object) -> bytes:
    return np.array(values, np.int64).astype(np.int32).tobytes()


def _array(values: Values | None) -> bytes:
    content = b"" if values is None else np.ascontiguousarray(values).tobytes()
    return _numbers(len(content)) + content


def _channels(node: Node, r: object) -> bytes:
    """Input's weights, bias, multipliers and shifts; float factors are gone by then."""
    assert isinstance(r, Requantization)
    bias, many = channel_bias(node), node.output.shape[-1:]
    scales = (np.broadcast_to(part, many).astype(np.int32) for part in (r.multiplier, r.shift))
    return b"".join(
        [
            _array(node.input(1).array),
            _array(None if bias is None else bias.astype(np.int32)),
            *map(_array, scales),
        ]
    )


def _extents(columns: int, rows: int, channels: int) -> bytes:
    return _numbers(columns, rows, channels)


def _sliding_record(node: Node, inputs: list[Values]) -> bytes:
    module = depthwise_conv_2d if node.kind == "DEPTHWISE_CONV_2D" else conv_2d
    rows, columns = module.windows(node)
    r = module.output_requantization(node)
    channels, filters = node.input(0).shape[3], node.output.shape[3]
    of_filter = node.input(1).shape[3] if node.kind == "CONV_2D" else 1
    return b"".join(
        [
            _extents(columns.input, rows.input, channels),
            _extents(columns.size, rows.size, of_filter),
            _extents(columns.output, rows.output, filters),
            _numbers(-node.input(0).zero_point, r.zero_point, filters // channels),
            _numbers(columns.stride, rows.stride, columns.before, rows.before, r.low, r.high),
            _array(inputs[0]),
            _channels(node, r),
        ]
    )


def _connected_record(node: Node, inputs: list[Values]) -> bytes:
    r = fully_connected.output_requantization(node)
    assert isinstance(r, Requantization)
    neurons, depth = node.input(1).shape
    head = _numbers(depth, neurons, -node.input(0).zero_point, r.zero_point, r.low, r.high)
    return head + _array(inputs[0]) + _channels(node, r)


def _add_record(node: Node, inputs: list[Values]) -> bytes:
    s = quantized_sum(node, 1)
    assert s is not None
    factors = (s.a.multiplier, s.b.multiplier, s.a.shift, s.b.shift, s.left_shift)
    output = (s.y_zero_point, *s.y, s.low, s.high)
    head = _numbers(-s.a_zero_point, -s.b_zero_point, *factors, *output)
    return head + _array(inputs[0]) + _array(inputs[1])


def _multiply_record(node: Node, inputs: list[Values]) -> bytes:
    a, b, y = node.input(0), node.input(1), node.output
    multiplier, shift = channel_multipliers([a.scale * b.scale / y.scale])
    output = (y.zero_point, multiplier[0], shift[0], *fused_range(node))
    head = _numbers(-a.zero_point, -b.zero_point, *output)
    return head + _array(inputs[0]) + _array(inputs[1])


def _pool_windows(node: Node) -> tuple[Window, Window]:
    a, x = node.attributes, node.input(0).shape
    return (
        window(a.padding, x[1], a.filter_height, a.stride_h),
        window(a.padding, x[2], a.filter_width, a.stride_w),
    )


def _pool_record(node: Node, inputs: list[Values]) -> bytes:
    rows, columns = _pool_windows(node)
    sizes = [size for of in ("input", "output", "stride", "size", "before")
             for size in (getattr(columns, of), getattr(rows, of))]  # fmt: skip
    return _numbers(*sizes, node.output.shape[3], *fused_range(node)) + _array(inputs[0])


RECORDS: Mapping[str, Callable[[Node, list[Values]], bytes]] = {
    "CONV_2D": _sliding_record,
    "DEPTHWISE_CONV_2D": _sliding_record,
    "FULLY_CONNECTED": _connected_record,
    "ADD": _add_record,
    "MUL": _multiply_record,
    "AVERAGE_POOL_2D": _pool_record,
    "MAX_POOL_2D": _pool_record,
}


def _sliding_feature(node: Node) -> str:
    module = depthwise_conv_2d if node.kind == "DEPTHWISE_CONV_2D" else conv_2d
    rows, columns = module.windows(node)
    r = module.output_requantization(node)
    if node.kind == "CONV_2D" and node.input(1).shape[3] != node.input(0).shape[3]:
        return "groups"
    if any(axis.input + axis.before < axis.size for axis in (rows, columns)):
        return "an image smaller than the filter"
    before, after = (rows.before, columns.before), (rows.after, columns.after)
    if any(before) and before != after:
        return "more padding behind than before"
    if any(before) and 0 in before:
        return "padding of one axis"
    if node.kind == "DEPTHWISE_CONV_2D" and node.input(0).size > 24_000:
        return "an image beyond the cache"
    if np.any(np.asarray(r.shift) > 8):
        return "factors above 256"
    return "others"


def _pool_feature(node: Node) -> str:
    rows, columns = _pool_windows(node)
    return "windows above 255 elements" if rows.size * columns.size > 255 else "others"


def _any_feature(node: Node) -> str:
    return "others"


def _connected_feature(node: Node) -> str:
    r = fully_connected.output_requantization(node)
    return "factors above 256" if np.any(np.asarray(r.shift) > 8) else "others"


FEATURES: Mapping[str, Callable[[Node], str]] = {
    "CONV_2D": _sliding_feature,
    "DEPTHWISE_CONV_2D": _sliding_feature,
    "FULLY_CONNECTED": _connected_feature,
    "ADD": _any_feature,
    "MUL": _any_feature,
    "AVERAGE_POOL_2D": _pool_feature,
    "MAX_POOL_2D": _pool_feature,
}

"""Random networks of convolutions, sums and other layers that could run row by row, residual
branches among them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from ops.harness import constant, quantized

from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.opkit.windows import window


@dataclass
class Network:
    """A graph that grows layer by layer; layers are the indices of their output tensors."""

    rng: np.random.Generator
    tensors: list[Tensor] = field(default_factory=list)
    ops: list[Op] = field(default_factory=list)

    def add(self, tensor: Tensor) -> int:
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def input(self, height: int, width: int, channels: int) -> int:
        return self.add(quantized("x", (1, height, width, channels), 0.05, 3))

    def layer(
        self,
        kind: str,
        inputs: tuple[int, ...],
        shape: tuple[int, ...],
        options: str,
        **attributes: object,
    ) -> int:
        """Depthwise layers have the zero point of what only grows from 0, for which there are fast
        kernels.
        """
        zero_point = -128 if kind == "DEPTHWISE_CONV_2D" else int(self.rng.integers(-9, 10))
        y = self.add(quantized(f"{kind.lower()}{len(self.ops)}", shape, 0.05, zero_point))
        given = tuple(sorted(attributes.items()))
        self.ops.append(Op(kind, inputs, (y,), given, 3, options_type=options))  # type: ignore[arg-type]
        return y

    def filter(
        self,
        x: int,
        filters: int,
        size: tuple[int, int],
        stride: int = 1,
        padding: str = "SAME",
        dilation: int = 1,
    ) -> int:
        """Appends a CONV_2D of so many filters, of 0 filters a DEPTHWISE_CONV_2D; gives the output's
        tensor index.
        """
        (_, height, width, channels), rng = self.tensors[x].shape, self.rng
        count = filters or channels
        shape = (filters, *size, channels) if filters else (1, *size, channels)
        taps = np.prod(shape[1:]) if filters else size[0] * size[1]
        scales = rng.uniform(0.3, 0.6, count) / (128 * np.sqrt(taps))
        w = self.add(
            constant("w", rng.integers(-127, 128, shape, np.int8), scales, axis=0 if filters else 3)
        )
        b = self.add(constant("b", rng.integers(-3000, 3000, count, np.int32), scales * 0.05))
        rows = window(padding, height, size[0], stride, dilation)
        columns = window(padding, width, size[1], stride, dilation)
        kind, options = (
            ("CONV_2D", "Conv2DOptions")
            if filters
            else ("DEPTHWISE_CONV_2D", "DepthwiseConv2DOptions")
        )
        return self.layer(
            kind,
            (x, w, b),
            (1, rows.output, columns.output, count),
            options,
            padding=padding,
            stride_h=stride,
            stride_w=stride,
            dilation_h_factor=dilation,
            dilation_w_factor=dilation,
            fused_activation_function="NONE",
            **({} if filters else {"depth_multiplier": count // channels}),
        )

    def join(self, a: int, b: int, kind: str = "ADD") -> int:
        return self.layer(
            kind,
            (a, b),
            self.tensors[a].shape,
            f"{kind.title()}Options",
            fused_activation_function="NONE",
        )

    def pool(self, x: int, kind: str, size: int, padding: str = "VALID") -> int:
        """Windows that do not overlap; the output has the input's quantization."""
        _, height, width, channels = self.tensors[x].shape
        shape = (1, *(window(padding, n, size, size).output for n in (height, width)), channels)
        y = self.add(replace(self.tensors[x], name=f"{kind.lower()}{len(self.ops)}", shape=shape))
        options = {
            "padding": padding,
            "stride_h": size,
            "stride_w": size,
            "filter_height": size,
            "filter_width": size,
            "fused_activation_function": "NONE",
        }
        self.ops.append(
            Op(kind, (x,), (y,), tuple(sorted(options.items())), 2, options_type="Pool2DOptions")
        )
        return y

    def mean(self, x: int) -> int:
        """The mean of all pixels, [1, channels]."""
        axes = self.add(constant("axes", np.array([1, 2], np.int32)))
        shape = (1, self.tensors[x].shape[3])
        return self.layer("MEAN", (x, axes), shape, "ReducerOptions", keep_dims=False)

    def curve(self, x: int, kind: str = "LOGISTIC") -> int:
        """An elementwise layer of one input."""
        y = self.add(
            quantized(f"{kind.lower()}{len(self.ops)}", self.tensors[x].shape, 1 / 256, -128)
        )
        self.ops.append(Op(kind, (x,), (y,), (), 2))
        return y

    def pad(self, x: int, rows: tuple[int, int], columns: tuple[int, int]) -> int:
        """A border of the input's zero."""
        pads = self.add(constant("pads", np.array([(0, 0), rows, columns, (0, 0)], np.int32)))
        _, height, width, channels = self.tensors[x].shape
        y = self.add(
            replace(
                self.tensors[x],
                name=f"pad{len(self.ops)}",
                shape=(1, height + sum(rows), width + sum(columns), channels),
            )
        )
        self.ops.append(Op("PAD", (x, pads), (y,), (), 2, options_type="PadOptions"))
        return y

    def model(self, y: int) -> Model:
        return Model((Graph(tuple(self.tensors), tuple(self.ops), (0,), (y,)),))


def residual(seed: int, depthwise: bool = False) -> Model:
    """An image, wide layers with branches that meet again, and a small map at the end."""
    rng = np.random.default_rng(seed)
    net, channels = Network(rng), int(rng.choice([8, 12, 9]))
    y = net.input(*(int(n) for n in rng.integers(21, 34, 2)), int(rng.integers(1, 4)))
    y = net.filter(y, channels, (3, 3), padding=str(rng.choice(["SAME", "VALID"])))
    for _ in range(int(rng.integers(1, 3))):
        y = block(net, y, channels, depthwise)
    y = net.filter(y, channels, (3, 3), 2)
    return net.model(net.filter(y, 3, (2, 3), 3, "VALID"))


def shortcuts(seed: int) -> Model:
    """The sum of an input, as it is or filtered once, and of the same filtered several times."""
    rng = np.random.default_rng(seed)
    net, channels = Network(rng), int(rng.choice([4, 5, 8]))
    x = net.input(*(int(n) for n in rng.integers(12, 24, 2)), channels)
    y, filters = net.filter(x, channels, (3, 3)), int(rng.integers(1, 3))
    for _ in range(filters):
        y = net.filter(y, channels, (int(rng.integers(1, 4)), 3))
    other = x if rng.random() < 0.3 else net.filter(x, channels, (3, 3))
    return net.model(net.join(*((y, other) if rng.random() < 0.5 else (other, y))))


def pooled(seed: int) -> Model:
    """Filters, each followed by a layer that keeps a part of what it computes."""
    rng = np.random.default_rng(seed)
    net, channels = Network(rng), int(rng.choice([6, 8]))
    y = net.input(*(int(n) for n in rng.integers(24, 40, 2)), 2)
    for kind in rng.choice(["MAX_POOL_2D", "AVERAGE_POOL_2D"], 2).tolist():
        y = net.filter(y, channels, (3, 3), padding=str(rng.choice(["SAME", "VALID"])))
        y = net.pool(y, kind, int(rng.integers(2, 4)))
    return net.model(net.filter(y, 4, (2, 1)))


def block(net: Network, x: int, channels: int, depthwise: bool) -> int:
    """Two branches from x, and their sum: one of layers with random filters, one that is x itself or a
    pointwise layer.
    """
    stride, y = int(net.rng.integers(1, 3)), x
    for step in (stride, 1):
        size = (int(net.rng.integers(1, 4)), int(net.rng.integers(1, 4)))
        y = net.filter(
            y, channels, size, step, dilation=1 if step > 1 else int(net.rng.integers(1, 3))
        )
        if depthwise:
            y = net.filter(y, 0, (3, 3))
    other = x if stride == 1 and net.rng.random() < 0.7 else net.filter(x, channels, (1, 1), stride)
    return net.join(
        *((y, other) if net.rng.random() < 0.5 else (other, y)),
        kind=str(net.rng.choice(["ADD", "SUB"])),
    )


def separable(seed: int) -> Model:
    """Depthwise layers with random strides and padding, each followed by a pointwise one to fewer or to
    more channels.
    """
    rng = np.random.default_rng(seed)
    net = Network(rng)
    x = net.filter(net.input(int(rng.integers(16, 24)), int(rng.integers(16, 22)), 2), 8, (3, 3))
    for channels in (int(rng.integers(3, 12)), int(rng.integers(12, 24)), 4):
        size, stride = (int(rng.integers(1, 4)), 3), int(rng.integers(1, 3))
        x = net.filter(x, 0, size, stride, str(rng.choice(["SAME", "VALID"])))
        x = net.filter(x, channels, (1, 1))
    return net.model(x)


def equal_blocks(count: int, kind: str, size: int = 32, channels: int = 8) -> Model:
    """Blocks that need the same memory each, one after the other, and the mean of all pixels.

    kind: "inverted" (widened, filtered plane by plane, narrowed, added), "residual" (two filters,
    added), or "plain".
    """
    net = Network(np.random.default_rng(count))
    x = net.filter(net.input(size, size, 3), channels, (3, 3))
    for _ in range(count):
        y = net.filter(x, *((6 * channels, (1, 1)) if kind == "inverted" else (channels, (3, 3))))
        if kind == "inverted":
            y = net.filter(net.filter(y, 0, (3, 3)), channels, (1, 1))
        elif kind == "residual":
            y = net.filter(y, channels, (3, 3))
        x = y if kind == "plain" else net.join(x, y)
    return net.model(net.pool(x, "AVERAGE_POOL_2D", size))


def widened(seed: int) -> Model:
    """An image of few channels, filters that make many of them, layers that keep them apart, and what
    little a mean or a pool leaves of them.
    """
    rng = np.random.default_rng(seed)
    net, size = Network(rng), int(rng.integers(4, 8))
    filters = int(rng.choice([24, 29, 40]))
    y = net.filter(net.input(size, size, int(rng.integers(2, 7))), 5, (3, 3))
    y = net.filter(y, filters, (1, 1) if rng.random() < 0.6 else (3, 2))
    for kind in rng.permutation(["DEPTHWISE_CONV_2D", "LOGISTIC", ""])[:2].tolist():
        y = net.filter(y, 0, (3, 3)) if kind.startswith("D") else net.curve(y) if kind else y
    end = str(rng.choice(["MEAN", "AVERAGE_POOL_2D", "MAX_POOL_2D"]))
    if end == "MEAN":
        return net.model(net.mean(y))
    return net.model(net.pool(y, end, size if rng.random() < 0.7 else size // 2))

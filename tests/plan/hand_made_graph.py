"""Graphs described by hand of which only sizes matter: the weights are zeros."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import ceil

import numpy as np

from edgeq.graph import Graph, Op, Quantization, Tensor

Attribute = bool | int | float | str | tuple[int, ...]

FIXED_OUTPUT = {
    ("SOFTMAX", "int8"): (1 / 256, -128),
    ("LOGISTIC", "int8"): (1 / 256, -128),
    ("TANH", "int8"): (1 / 128, 0),
    ("SOFTMAX", "int16"): (1 / 32768, 0),
    ("LOGISTIC", "int16"): (1 / 32768, 0),
    ("TANH", "int16"): (1 / 32768, 0),
}
"""The output scale and zero point that TFLite lays down for these operators."""


@dataclass
class Net:
    """A graph under construction; `put` adds a tensor, `op` an operator, and both give tensor
    indices.
    """

    tensors: list[Tensor] = field(default_factory=list)
    ops: list[Op] = field(default_factory=list)
    inputs: list[int] = field(default_factory=list)

    def put(
        self, shape: Sequence[int], dtype: str = "int8", channels: int = 1, axis: int = 0
    ) -> int:
        quantization = None
        if dtype in ("int8", "int16", "uint8"):
            quantization = Quantization((0.0078125,) * channels, (0,) * channels, axis)
        self.tensors.append(Tensor(f"t{len(self.tensors)}", tuple(shape), dtype, quantization))
        return len(self.tensors) - 1

    def input(self, *shape: int, dtype: str = "int8") -> int:
        self.inputs.append(self.put(shape, dtype))
        return self.inputs[-1]

    def constant(self, values: object, dtype: str = "int32") -> int:
        array = np.asarray(values, dtype)
        tensor = self.tensors[self.put(array.shape, dtype)]
        self.tensors[-1] = Tensor(
            tensor.name, tensor.shape, dtype, tensor.quantization, array.tobytes()
        )
        return len(self.tensors) - 1

    def weights(self, shape: Sequence[int], axis: int, *, per_channel: bool = True) -> int:
        channels = shape[axis] if per_channel else 1
        index = self.put(shape, "int8", channels, axis)
        tensor = self.tensors[index]
        self.tensors[index] = Tensor(
            tensor.name, tensor.shape, "int8", tensor.quantization, bytes(tensor.size)
        )
        return index

    def bias(self, channels: int, dtype: str = "int32", *, per_channel: bool = True) -> int:
        scales = channels if per_channel else 1
        quantization = Quantization((0.00006103515625,) * scales, (0,) * scales)
        content = np.zeros(channels, dtype).tobytes()
        self.tensors.append(
            Tensor(f"t{len(self.tensors)}", (channels,), dtype, quantization, content)
        )
        return len(self.tensors) - 1

    def shape(self, index: int) -> tuple[int, ...]:
        return self.tensors[index].shape

    def dtype(self, index: int) -> str:
        return self.tensors[index].dtype

    def op(
        self, kind: str, options: str, inputs: Sequence[int], output: int, **attributes: Attribute
    ) -> int:
        self.ops.append(
            Op(
                kind,
                tuple(inputs),
                (output,),
                tuple(sorted(attributes.items())),
                options_type=options,
            )
        )
        return output

    def conv(
        self,
        x: int,
        channels: int,
        kernel: tuple[int, int] = (3, 3),
        stride: int = 1,
        dilation: int = 1,
        padding: str = "SAME",
        *,
        per_channel: bool = True,
        bias: bool = True,
    ) -> int:
        _, height, width, depth = self.shape(x)
        filter_ = self.weights((channels, *kernel, depth), 0, per_channel=per_channel)
        extras = (
            [self.bias(channels, self._bias_type(x), per_channel=per_channel)] if bias else [-1]
        )
        y = self.put(
            (
                self.shape(x)[0],
                *window((height, width), kernel, stride, dilation, padding),
                channels,
            ),
            self.dtype(x),
        )
        return self.op(
            "CONV_2D",
            "Conv2DOptions",
            (x, filter_, *extras),
            y,
            padding=padding,
            stride_h=stride,
            stride_w=stride,
            dilation_h_factor=dilation,
            dilation_w_factor=dilation,
            fused_activation_function="RELU",
        )

    def depthwise(
        self,
        x: int,
        multiplier: int = 1,
        kernel: tuple[int, int] = (3, 3),
        stride: int = 1,
        dilation: int = 1,
        padding: str = "SAME",
    ) -> int:
        _, height, width, depth = self.shape(x)
        channels = depth * multiplier
        filter_ = self.weights((1, *kernel, channels), 3)
        y = self.put(
            (
                self.shape(x)[0],
                *window((height, width), kernel, stride, dilation, padding),
                channels,
            ),
            self.dtype(x),
        )
        return self.op(
            "DEPTHWISE_CONV_2D",
            "DepthwiseConv2DOptions",
            (x, filter_, self.bias(channels, self._bias_type(x))),
            y,
            padding=padding,
            stride_h=stride,
            stride_w=stride,
            depth_multiplier=multiplier,
            dilation_h_factor=dilation,
            dilation_w_factor=dilation,
            fused_activation_function="RELU6",
        )

    def dense(
        self, x: int, units: int, *, per_channel: bool = False, keep_dims: bool = False
    ) -> int:
        depth = self.shape(x)[-1]
        filter_ = self.weights((units, depth), 0, per_channel=per_channel)
        y = self.put((*self.shape(x)[:-1], units), self.dtype(x))
        bias = self.bias(units, self._bias_type(x), per_channel=per_channel)
        return self.op(
            "FULLY_CONNECTED",
            "FullyConnectedOptions",
            (x, filter_, bias),
            y,
            fused_activation_function="NONE",
            keep_num_dims=keep_dims,
        )

    def pool(self, kind: str, x: int, size: int = 2) -> int:
        n, height, width, depth = self.shape(x)
        y = self.put(
            (n, *window((height, width), (size, size), size, 1, "VALID"), depth), self.dtype(x)
        )
        return self.op(
            kind,
            "Pool2DOptions",
            (x,),
            y,
            padding="VALID",
            stride_h=size,
            stride_w=size,
            filter_height=size,
            filter_width=size,
            fused_activation_function="NONE",
        )

    def binary(self, kind: str, a: int, b: int) -> int:
        y = self.put(np.broadcast_shapes(self.shape(a), self.shape(b)), self.dtype(a))
        return self.op(
            kind, kind.capitalize() + "Options", (a, b), y, fused_activation_function="NONE"
        )

    def unary(self, kind: str, x: int, options: str = "", **attributes: Attribute) -> int:
        y = self.put(self.shape(x), self.dtype(x))
        fixed = FIXED_OUTPUT.get((kind, self.dtype(x)))
        if fixed:
            self.tensors[y] = replace(
                self.tensors[y], quantization=Quantization((fixed[0],), (fixed[1],))
            )
        return self.op(kind, options, (x,), y, **attributes)

    def softmax(self, x: int) -> int:
        return self.unary("SOFTMAX", x, "SoftmaxOptions", beta=1.0)

    def mean(self, x: int, axes: tuple[int, ...], *, keep_dims: bool = False) -> int:
        sizes = list(self.shape(x))
        for axis in sorted(axes, reverse=True):
            sizes[axis : axis + 1] = [1] if keep_dims else []
        y = self.put(sizes, self.dtype(x))
        return self.op("MEAN", "ReducerOptions", (x, self.constant(axes)), y, keep_dims=keep_dims)

    def reshape(self, x: int, *shape: int) -> int:
        inputs = (x, self.constant(shape))
        return self.op(
            "RESHAPE", "ReshapeOptions", inputs, self.put(shape, self.dtype(x)), new_shape=shape
        )

    def cast(self, kind: str, x: int, dtype: str) -> int:
        return self.op(kind, "", (x,), self.put(self.shape(x), dtype))

    def _bias_type(self, x: int) -> str:
        return "int64" if self.dtype(x) == "int16" else "int32"

    def graph(self, *outputs: int) -> Graph:
        return Graph(tuple(self.tensors), tuple(self.ops), tuple(self.inputs), outputs)


def window(
    size: tuple[int, int], kernel: tuple[int, int], stride: int, dilation: int, padding: str
) -> list[int]:
    """Height and width of what a sliding window leaves."""
    reach = [(k - 1) * dilation + 1 for k in kernel]
    if padding == "SAME":
        return [ceil(s / stride) for s in size]
    return [(s - r) // stride + 1 for s, r in zip(size, reach, strict=True)]

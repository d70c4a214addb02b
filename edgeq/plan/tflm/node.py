"""One operator as a TFLM kernel's Prepare sees it, and the geometry of its window."""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.graph import AttributeValue, Graph, Op, Tensor
from edgeq.opkit.convolution_sizes import ConvolutionSizes


@dataclass(frozen=True)
class Node:
    """An operator with its tensors; `inputs` holds None where an optional tensor is left out."""

    inputs: tuple[Tensor | None, ...]
    outputs: tuple[Tensor, ...]
    attributes: dict[str, AttributeValue]

    def tensor(self, name: str) -> Tensor | None:
        """`i2` is input 2, `o0` output 0, None if the operator has no such tensor."""
        side: tuple[Tensor | None, ...] = self.inputs if name[0] == "i" else self.outputs
        index = int(name[1:])
        return side[index] if index < len(side) else None

    @property
    def x(self) -> Tensor:
        return self._given("i0")

    @property
    def filter(self) -> Tensor:
        return self._given("i1")

    @property
    def y(self) -> Tensor:
        return self.outputs[0]

    def size(self, name: str, default: int = 1) -> int:
        """An attribute that counts something, such as a stride."""
        value = self.attributes.get(name, default)
        return value if isinstance(value, int) else default

    def _given(self, name: str) -> Tensor:
        tensor = self.tensor(name)
        if tensor is None:
            raise ValueError(f"tensor {name} is missing")
        return tensor


def node_of(graph: Graph, op: Op) -> Node:
    inputs = tuple(graph.tensors[index] if index >= 0 else None for index in op.inputs)
    return Node(inputs, tuple(graph.tensors[index] for index in op.outputs), dict(op.attributes))


def window_of(node: Node) -> ConvolutionSizes:
    """The window of CONV_2D or DEPTHWISE_CONV_2D (input NHWC, filter OHWI or 1HWO).

    Padding as in TFLite's padding.h, ComputePadding: half of what the last window lacks, rounded
    down.
    """
    _, height, width, depth = node.x.shape
    _, out_height, out_width, out_depth = node.y.shape
    kernel = node.filter.shape[1], node.filter.shape[2]
    stride = node.size("stride_h"), node.size("stride_w")
    dilation = node.size("dilation_h_factor"), node.size("dilation_w_factor")
    output = out_height, out_width
    padding = tuple(
        max(0, (o - 1) * s + (k - 1) * d + 1 - i) // 2
        for o, s, k, d, i in zip(output, stride, kernel, dilation, (height, width), strict=True)
    )
    return ConvolutionSizes(
        depth,
        (height, width),
        kernel,
        node.filter.shape[3],
        output,
        out_depth,
        stride,
        dilation,
        (padding[0], padding[1]),
    )

"""TRANSPOSE_CONV: every input adds its products with a filter's taps to a window of outputs, the
windows `stride` apart (TFLite reference/transpose_conv.h, integer_ops/transpose_conv.h).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from edgeq.opkit.bias import channel_bias
from edgeq.opkit.channel_requantization import output_requantization
from edgeq.opkit.channels import OUTPUT, Channels, convolved
from edgeq.opkit.contract import WeightRole
from edgeq.opkit.convolution import checked_shape, input_magnitude
from edgeq.opkit.dot_products import Dot, prepare_dot
from edgeq.opkit.float_weights import checked_float_shape, float_bias, float_outputs
from edgeq.opkit.floats import clamp, fused_bounds
from edgeq.opkit.kernel_call import KernelCall, nested
from edgeq.opkit.node import Node, Shape, Values, constant, unsupported
from edgeq.opkit.output_parameters import output_parameters
from edgeq.opkit.suffix import SUFFIX
from edgeq.opkit.transposed import columns_of, overlap, taps, transposed_window
from edgeq.opkit.variants import Fields
from edgeq.opkit.window_parameters import sliding_parameters
from edgeq.opkit.windows import Window, sample_blocks


@dataclass(frozen=True)
class Attributes:
    padding: str
    stride_h: int
    stride_w: int
    fused_activation_function: str = "NONE"


TYPES = {
    ("int32", "int8", "int8", "int32"): ("int8",),
    ("int32", "int8", "int8"): ("int8",),
    ("int32", "int8", "int16", "int64"): ("int16",),
    ("int32", "int8", "int16", "int16"): ("int16",),
    ("int32", "int8", "int16"): ("int16",),
    ("int32", "float32", "float32", "float32"): ("float32",),
    ("int32", "float32", "float32"): ("float32",),
}
OPTIONS = "TransposeConvOptions"
NEWEST_VERSION = 5
WEIGHTS = WeightRole(axis=0, rank=4, bias=3, x=2)
VERSIONS = {("int8",): 3, ("int16",): 3}


def _convolution(node: Node) -> Node:
    """The node with its inputs in the order of CONV_2D: x, weights, bias."""
    return replace(node, inputs=(node.input(2), node.input(1), node.optional(3)))


def windows(node: Node) -> tuple[Window, Window]:
    """Geometry of the filter along height and width of the output that the file states."""
    a, x, filters = node.attributes, node.input(2).shape, node.input(1).shape
    y = node.output.shape
    return (
        transposed_window(a.padding, x[1], y[1], filters[1], a.stride_h),
        transposed_window(a.padding, x[2], y[2], filters[2], a.stride_w),
    )


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """x [n, h, w, c], filters [f, kh, kw, c] -> [n, rows, columns, f], with the rows and columns of
    input 0; of the output where input 0 is computed, which TFLM never reads.
    """
    x, w, a = node.input(2).shape, node.input(1).shape, node.attributes
    shape = tuple(constant(node, 0).ravel()) if node.input(0).constant else node.output.shape
    if len(x) != 4 or len(w) != 4 or len(shape) != 4:
        sizes = f"input {list(x)}, filters {list(w)} and output {list(map(int, shape))}"
        raise unsupported(node, f"it needs 4 dimensions, got {sizes}")
    if w[3] != x[3]:
        raise unsupported(node, f"its filters have {w[3]} channels, its input {x[3]}")
    if a.padding not in ("SAME", "VALID") or min(a.stride_h, a.stride_w) < 1:
        steps = f"strides {a.stride_h} and {a.stride_w} with padding {a.padding}"
        raise unsupported(node, f"{steps} slide nowhere")
    found = (x[0], int(shape[1]), int(shape[2]), w[0])
    steps_back = (found[1] + 2 * a.stride_h <= w[1], found[2] + 2 * a.stride_w <= w[2])
    if a.padding == "VALID" and any(steps_back):
        # The padding of a convolution with a negative count of windows, on which interpreters differ.
        why = f"its output of {found[1]} x {found[2]} is too small for filters of {w[1]} x {w[2]}"
        raise unsupported(node, why, "convert the model again")
    if node.input(0).constant and found != tuple(map(int, shape)):
        why = f"its input 0 says {list(map(int, shape))}, its images and filters give {list(found)}"
        raise unsupported(node, why, "convert the model again")
    if node.output.dtype == "float32":
        return checked_float_shape(_convolution(node), found, 0)
    return checked_shape(_convolution(node), found, output_requantization)


@lru_cache(maxsize=256)
def _dot(node: Node) -> Dot:
    """The filters as columns of a matrix, for inputs from which the zero point is subtracted."""
    conv = _convolution(node)
    filters, r = constant(conv, 1), output_requantization(conv)
    magnitude = input_magnitude(conv) + abs(conv.input(0).zero_point)
    return prepare_dot(filters.reshape(len(filters), -1).T, channel_bias(conv), 0, magnitude, r)


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, n, h, w, c] (input 2) -> [samples, n, rows, columns, f] of the output's type.

    Integer sums are computed in floating point, exact because they are below the bound of `Dot`.
    """
    x = values[2]
    assert x is not None
    images = x.reshape(-1, *x.shape[2:])
    y = np.empty((len(images), *node.output.shape[1:]), node.output.dtype)
    for block in sample_blocks(len(images), 2 * y[0].size):
        y[block] = (
            _float(node, images[block]) if x.dtype == np.float32 else _integer(node, images[block])
        )
    return y.reshape(x.shape[0], *node.output.shape)


def _integer(node: Node, images: Values) -> Values:
    (rows, columns), dot, (f, kh, kw, c) = windows(node), _dot(node), node.input(1).shape
    filters = dot.weights.reshape(kh, kw, c, f)
    x = images.astype(dot.compute_dtype) - node.input(2).zero_point
    total = np.zeros((len(x), rows.output, columns.output, f), dot.compute_dtype)
    for i, lines, down in taps(rows):
        for j, pixels, across in taps(columns):
            total[:, down, across] += x[:, lines, pixels] @ filters[i, j]
    return dot.finish(total)


def _float(node: Node, x: Values) -> Values:
    """Sums in the reference's order: by rows, columns and channels of the input."""
    (rows, columns), filters = windows(node), constant(node, 1)
    total = np.zeros((len(x), rows.output, columns.output, len(filters)), np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        for i, lines, down in taps(rows):
            for j, pixels, across in taps(columns):
                for c in range(x.shape[3]):
                    total[:, down, across] += x[:, lines, pixels, c, None] * filters[:, i, j, c]
        total += float_bias(_convolution(node))
    return clamp(total, *fused_bounds(node))


def channels(node: Node) -> Channels | None:
    """Filters, and channels of the input; where windows do not overlap, an output meets few taps."""
    stated = 0 if node.input(0).constant else OUTPUT
    return convolved(node, borders=True, x=2, bias=3, shape_input=stated)


def im2col_matrix(node: Node, x: Values) -> Values:
    """Real x [samples, n, h, w, c] (input 2) -> [1, positions, taps]: what a filter's taps are
    multiplied by at each output.
    """
    return columns_of(x.reshape(-1, *x.shape[2:]), *windows(node))[None]


def macs(node: Node) -> int:
    """Multiply-accumulates: inputs times taps, those that fall beside the output included."""
    x, filters = node.input(2), node.input(1).shape
    return x.size * int(np.prod(filters[:3]))


def kernel(node: Node) -> KernelCall:
    """`edgeq_transpose_conv_s8`, `_s16` or `_f32`, one output after the other from the inputs that
    reach it, so that no sums need scratch.
    """
    conv, (rows, columns) = _convolution(node), windows(node)
    parameters = {
        **sliding_parameters(conv, rows, columns),
        "channels": node.output.shape[3],
        "weights": constant(node, 1),
        **nested("outputs", _outputs(conv)),
    }
    return KernelCall(
        f"edgeq_transpose_conv_{SUFFIX[node.output.dtype]}",
        parameters,
        inputs=(2,),
        overlap=(overlap(node.input(2), node.output, rows, columns),),
    )


def _outputs(conv: Node) -> Fields:
    """The fields of `edgeq_outputs_s8` and its kin. The bias is that of the file: the zero point is
    subtracted from every input, as the number of taps that meet an input varies.
    """
    if conv.output.dtype == "float32":
        return float_outputs(conv)
    fields, bias = (
        output_parameters(conv, WEIGHTS.axis, output_requantization(conv)),
        channel_bias(conv),
    )
    dtype = np.int32 if conv.output.dtype == "int8" else np.int64
    unfolded = np.zeros(conv.output.shape[3], dtype) if bias is None else bias.astype(dtype)
    return {**fields, "bias": unfolded}

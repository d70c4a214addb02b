"""What AVERAGE_POOL_2D and MAX_POOL_2D share: options, shape and scale rules, folding of windows, C
parameters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.errors import shown
from edgeq.opkit.checks import check_quantized
from edgeq.opkit.elementwise import fused_range
from edgeq.opkit.float_unary import FLOAT_TYPES, is_float
from edgeq.opkit.floats import fused_bounds
from edgeq.opkit.im2col import pixel_overlap
from edgeq.opkit.kernel_call import KernelCall, Parameter
from edgeq.opkit.legal import ONE_BY_ONE
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.suffix import SUFFIX
from edgeq.opkit.windows import Window, node_windows

LARGEST_REAL_WINDOW = 1 << 16  # elements of float32, which are taken one after the other
TYPES = {("int8",): ("int8",), ("int16",): ("int16",), **FLOAT_TYPES}


@dataclass(frozen=True)
class Attributes:
    padding: str
    stride_h: int
    stride_w: int
    filter_height: int
    filter_width: int
    fused_activation_function: str = "NONE"


def windows(node: Node) -> tuple[Window, Window]:
    """How the window slides along rows and columns."""
    return node_windows(node, node.attributes.filter_height, node.attributes.filter_width)


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """x [n, h, w, c] -> [n, rows, columns, c]; scales may differ by 1e-6, as in TFLM's
    pooling_common.cc.
    """
    x, y = node.input(0), node.output
    if len(x.shape) != 4:
        raise unsupported(node, f"it needs 4 dimensions, got {list(x.shape)}")
    rows, columns = windows(node)
    shapes = ((x.shape[0], rows.output, columns.output, x.shape[3]),)
    if is_float(node):
        check_window(node, LARGEST_REAL_WINDOW)
        fused_bounds(node)
        return shapes
    check_quantized(node, x, y)
    if abs(np.float32(x.scale) - np.float32(y.scale)) > 1e-6 or x.zero_point != y.zero_point:
        raise unsupported(
            node,
            f'"{shown(x.name)}" and "{shown(y.name)}" differ in scale or zero point, which pooling keeps',
        )
    fused_range(node)
    return shapes


def check_window(node: Node, largest: int) -> None:
    """Raises UnsupportedError where a window has more elements than `largest`."""
    count = node.attributes.filter_height * node.attributes.filter_width
    if count > largest:
        raise unsupported(
            node, f"its windows have {count} elements, at most {largest} are supported"
        )


def work(node: Node) -> int:
    """What it takes in multiply-accumulates of matrix products: in C, of which every window is read
    whole, or in `fold_windows`, which first folds whole lines; the larger.
    """
    (rows, columns), (n, _, _, c) = windows(node), node.input(0).shape
    line = max(columns.output * columns.size, columns.before + columns.input + columns.after)
    return ONE_BY_ONE * n * c * rows.output * rows.size * line


def fold_windows(padded: Values, rows: Window, columns: Window, fold: np.ufunc) -> Values:
    """`fold` (np.add, np.maximum) over every window of `padded` [n, h, w, c] -> [n, rows.output,
    columns.output, c].

    First along rows, then along columns: height + width passes in place of height * width.
    """
    lines = _fold_axis(padded, rows, 1, fold)
    return _fold_axis(lines, columns, 2, fold)


def _fold_axis(x: Values, along: Window, axis: int, fold: np.ufunc) -> Values:
    span = (along.output - 1) * along.stride + 1
    leading = (slice(None),) * axis
    folded: Values = x[leading + (slice(0, span, along.stride),)].copy()
    for k in range(1, along.size):
        fold(folded, x[leading + (slice(k, k + span, along.stride),)], out=folded)
    return folded


def overlap(node: Node) -> tuple[int]:
    """How far below the input the output must start: pixel after pixel, and channel after channel
    within each, a window is read before its output is written.
    """
    element = node.output.nbytes // node.output.size
    return (element * max(pixel_overlap(node, *windows(node), pixels=1), 0),)


def pool_call(node: Node) -> KernelCall:
    """`edgeq_<kind>_s8`, `_s16` or `_f32`."""
    low, high = fused_bounds(node) if is_float(node) else fused_range(node)
    fields = {**_geometry(node), "activation_min": low, "activation_max": high}
    function = f"edgeq_{node.kind.lower()}_{SUFFIX[node.output.dtype]}"
    return KernelCall(function, fields, overlap=overlap(node))


def _geometry(node: Node) -> dict[str, Parameter | None]:
    """The fields `geometry` of those in pool.h."""
    rows, columns = windows(node)
    sizes = {
        "batches": node.input(0).shape[0],
        "input_height": rows.input,
        "input_width": columns.input,
        "channels": node.input(0).shape[3],
        "output_height": rows.output,
        "output_width": columns.output,
        "filter_height": rows.size,
        "filter_width": columns.size,
        "stride_height": rows.stride,
        "stride_width": columns.stride,
        "pad_top": rows.before,
        "pad_left": columns.before,
    }
    return {f"geometry.{name}": size for name, size in sizes.items()}

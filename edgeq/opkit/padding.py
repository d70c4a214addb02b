"""Borders of one value, shared by PAD and PADV2 (TFLite reference/pad.h)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import Any

import numpy as np

from edgeq.opkit.checks import check_same_quantization
from edgeq.opkit.kernel_call import KernelCall, Parameter, View
from edgeq.opkit.node import Node, Shape, Values, constant, unsupported
from edgeq.opkit.rows import RowKernel
from edgeq.opkit.strided import AXES, byte_strides, element_bytes
from edgeq.opkit.windows import Window


def paddings(node: Node) -> tuple[tuple[int, int], ...]:
    """Elements added before and after each axis, from the constant input 1 [rank, 2]."""
    x, pads = node.input(0), constant(node, 1)
    if pads.shape != (len(x.shape), 2) or np.any(pads < 0):
        raise unsupported(
            node, f"paddings {pads.tolist()} are not two counts for each axis of {list(x.shape)}"
        )
    return tuple((int(before), int(after)) for before, after in pads)


def padded_shape(node: Node) -> Shape:
    """Each size of input 0 with both its paddings."""
    x = node.input(0)
    check_same_quantization(node, x, node.output)
    pads = paddings(node)
    if sum(pad != (0, 0) for pad in pads) > AXES:
        raise unsupported(node, f"it pads {len(pads)} axes, at most {AXES} are known")
    return tuple(before + size + after for size, (before, after) in zip(x.shape, pads, strict=True))


def pad_values(node: Node, x: Values | None, value: Any) -> Values:
    """x [samples, ...] -> [samples, *output shape] with the border of `value`."""
    assert x is not None
    padded = np.full((len(x), *node.output.shape), value, x.dtype)
    pads = zip(paddings(node), x.shape[1:], strict=True)
    inside = (slice(None), *(slice(before, before + size) for (before, _), size in pads))
    padded[inside] = x
    return padded


def pad_call(node: Node, value: Any) -> KernelCall | View:
    """`edgeq_pad`; the output may lie so far over the input that their last elements coincide, or
    lower.

    The input moves up within the output by `lead` and all gaps in the end, so the output must start
    that much lower.
    """
    x, y = node.input(0), node.output
    if x.shape == y.shape:
        return View(0)
    groups = list(_groups(node)) if x.size else [(0, y.nbytes, 0)]
    between = list(accumulate(before + after for _, before, after in groups))[: len(groups) - 1]
    tail = sum(after for _, _, after in groups)
    fill = np.array(value, y.dtype).tobytes()
    plain = len(set(fill)) == 1
    return KernelCall(
        "edgeq_pad",
        {
            "run": groups[0][0],
            "lead": sum(before for _, before, _ in groups),
            "tail": tail,
            "axes": len(between),
            "count": np.array([n for n, _, _ in groups[1:]], np.int32),
            "gap": np.array(between, np.int32),
            "fill_mask": 0 if plain else len(fill) - 1,
            "fill": tuple(np.frombuffer(fill * (8 // len(fill)), np.int8).tolist()),
        },
        overlap=(y.nbytes - tail - x.nbytes,),
        source="pad",
    )


def pad_rows(node: Node, value: Any) -> RowKernel | None:
    """`edgeq_pad_rows_s8`, a row at a time; None unless an int8 image is padded above, below and at
    its sides.
    """
    x, y, pads = node.input(0), node.output, paddings(node)
    if (
        y.dtype != "int8"
        or len(y.shape) != 4
        or y.shape[0] != 1
        or x.size == 0
        or pads[3] != (0, 0)
    ):
        return None
    (top, _), (left, right), channels = pads[1], pads[2], x.shape[3]
    parameters: dict[str, Parameter] = {
        "top": top,
        "height": x.shape[1],
        "left": left * channels,
        "line": x.shape[2] * channels,
        "right": right * channels,
        "fill": int(value),
    }
    call = KernelCall("edgeq_pad_rows_s8", parameters, source="pad_rows")
    rows, columns = (Window(x.shape[k], y.shape[k], 1, 1, 1, pads[k][0]) for k in (1, 2))
    return RowKernel(call, window=rows, columns=columns, line_buffered=True)


def _groups(node: Node) -> Iterator[tuple[int, int, int]]:
    """Axes from the innermost, each padded one merged with the unpadded ones inside it: (count,
    bytes before, after).

    The first count is in bytes: the elements that lie together in the output.
    """
    x, y = node.input(0), node.output
    count = element_bytes(y)
    strides = byte_strides(y.shape, element_bytes(y))
    for size, stride, (before, after) in reversed(
        list(zip(x.shape, strides, paddings(node), strict=True))
    ):
        count *= size
        if before or after:
            yield count, before * stride, after * stride
            count = 1
    if count != 1:
        yield count, 0, 0

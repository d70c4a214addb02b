"""RESIZE_BILINEAR: every pixel of the output is interpolated between four of the input; integers in
steps of 1/1024 pixel (TFLite reference/resize_bilinear.h).
"""

from __future__ import annotations

import numpy as np

from edgeq.opkit.in_place import run_by_run
from edgeq.opkit.interpolation import STEP, Axis, float_axis, integer_axis, steps
from edgeq.opkit.kernel_call import KernelCall, Parameter, nested
from edgeq.opkit.legal import ONE_BY_ONE
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.resize import ResizeAttributes, resized_shape
from edgeq.opkit.strided import element_bytes
from edgeq.opkit.suffix import SUFFIX

Attributes = ResizeAttributes
TYPES = {(dtype, "int32"): (dtype,) for dtype in ("int8", "int16", "float32")}
OPTIONS = "ResizeBilinearOptions"
NEWEST_VERSION = 4
SAME_SCALE = True
HOMOGENEOUS = True
VERSIONS = {("int8",): 2, ("int16",): 4}


def axes(node: Node) -> tuple[Axis, Axis]:
    """The neighbours along rows and columns."""
    x, y, a = node.input(0), node.output.shape, node.attributes
    make = float_axis if x.dtype == "float32" else integer_axis
    return make(a, x.shape[1], y[1]), make(a, x.shape[2], y[2])


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """x [n, h, w, c] and a constant size (rows, columns) -> [n, rows, columns, c]."""
    shape = resized_shape(node)
    if node.attributes.align_corners and node.attributes.half_pixel_centers:
        raise unsupported(
            node, "it asks for aligned corners and half pixels, which exclude each other"
        )
    if node.output.shape == shape:
        for axis, size in zip(axes(node), node.input(0).shape[1:3], strict=True):
            if axis.lower.max() >= size:
                why = f"TFLite's rounded steps lead beyond the last of {size} pixels"
                raise unsupported(node, why, "resize by a smaller factor, in two layers")
    return (shape,)


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, n, h, w, c] -> [samples, n, rows, columns, c]."""
    x = values[0]
    assert x is not None
    images = x.reshape(-1, *x.shape[2:])
    y = _interpolated(images, *axes(node), 1.0 if x.dtype == np.float32 else STEP)
    if x.dtype != np.float32:
        y = (np.sign(y) * ((np.abs(y) + STEP**2 // 2) // STEP**2)).astype(x.dtype)
    return y.reshape(x.shape[0], *node.output.shape)


def _interpolated(images: Values, rows: Axis, columns: Axis, whole: float) -> Values:
    """The weighted sums of four neighbours, in the reference's order. whole: the sum of weights
    along an axis, by whose type the arithmetic is float32 or int64.
    """
    dtype = np.float32 if isinstance(whole, float) else np.int64
    down = rows.behind[:, None, None].astype(dtype)
    across = columns.behind[:, None].astype(dtype)
    up, left = dtype(whole) - down, dtype(whole) - across
    x = images.astype(dtype)
    above, below = x[:, rows.lower], x[:, rows.upper]
    with np.errstate(over="ignore", invalid="ignore"):
        total = above[:, :, columns.lower] * up * left
        total += below[:, :, columns.lower] * down * left
        total += above[:, :, columns.upper] * up * across
        total += below[:, :, columns.upper] * down * across
        total += dtype(0)  # makes 0 of -0, as the reference's rounding offset does
    return np.asarray(total)


def work(node: Node) -> int:
    """The simulation time, in multiply-accumulates of matrix products."""
    return 4 * ONE_BY_ONE * node.output.size


def kernel(node: Node) -> KernelCall:
    """`edgeq_resize_bilinear_s8`, `_s16` or `_f32`, one output after the other."""
    x, (rows, columns) = node.input(0), axes(node)
    real = x.dtype == "float32"
    run = x.shape[3] * element_bytes(x)
    start = (rows.lower[:, None] * x.shape[2] + columns.lower).ravel()
    images = np.arange(x.shape[0])[:, None] * x.shape[1] * x.shape[2]
    make = _real_axis if real else _integer_fields
    return KernelCall(
        f"edgeq_resize_bilinear_{SUFFIX[x.dtype]}",
        {
            "batches": x.shape[0],
            "channels": x.shape[3],
            **nested("rows", make(node, 1, rows)),
            **nested("columns", make(node, 2, columns)),
        },
        overlap=(run_by_run(run, (images + start).ravel() * run, x.nbytes),),
        source="resize_bilinear_f32" if real else "resize_bilinear",
    )


def _integer_fields(node: Node, axis: int, _: Axis) -> dict[str, Parameter | None]:
    size_in, size_out = node.input(0).shape[axis], node.output.shape[axis]
    found = steps(node.attributes, size_in, size_out)
    return {"input": size_in, "output": size_out, "scale": found.scale, "start": found.start}


def _real_axis(node: Node, axis: int, found: Axis) -> dict[str, Parameter | None]:
    return {
        "input": node.input(0).shape[axis],
        "output": node.output.shape[axis],
        "lower": found.lower.astype(np.int32),
        "upper": found.upper.astype(np.int32),
        "behind": found.behind.astype(np.float32),
    }

"""DYNAMIC_UPDATE_SLICE: x with a box of its elements replaced, from indices on that are computed
(TFLM kernels/dynamic_update_slice.cc).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.opkit.checks import check_same_quantization
from edgeq.opkit.indices import INDEX_SUFFIX, INDEX_TYPES
from edgeq.opkit.kernel_call import KernelCall, nested
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.strided import AXES, DATA, byte_strides, copy_fields, element_bytes, strided_copy


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {(d, d, index): (d,) for d in DATA for index in INDEX_TYPES}
NEWEST_VERSION = 5
SAME_SCALE = True


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """x's shape, in which the update must fit; scale and zero point stay."""
    x, update, start = (node.input(k) for k in range(3))
    check_same_quantization(node, x, update, node.output)
    fits = len(update.shape) == len(x.shape) and all(
        u <= n for u, n in zip(update.shape, x.shape, strict=True)
    )
    if not fits or start.shape != (len(x.shape),) or not x.shape:
        given = f"an update {list(update.shape)} from {list(start.shape)} indices on"
        raise unsupported(node, f"{given} of {list(x.shape)}")
    return (x.shape,)


def _limits(node: Node) -> tuple[int, ...]:
    """The last start along each axis at which the update still fits."""
    sizes = zip(node.input(0).shape, node.input(1).shape, strict=True)
    return tuple(n - u for n, u in sizes)


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, *shape], update [samples, *update shape], start [samples, rank] -> x's shape; a
    start at which the update does not fit counts as the nearest at which it does.
    """
    x, update, start = values[0], values[1], values[2]
    assert x is not None
    assert update is not None
    assert start is not None
    samples = max(len(x), len(update), len(start))
    y = np.broadcast_to(x, (samples, *x.shape[1:])).copy()
    first = np.clip(start.astype(np.int64), 0, _limits(node))
    for k in range(samples):
        starts = zip(first[k % len(first)].tolist(), update.shape[1:], strict=True)
        box = tuple(slice(at, at + size) for at, size in starts)
        y[k][box] = update[k % len(update)]
    return y


def kernel(node: Node) -> KernelCall:
    """`edgeq_dynamic_update_slice_s32` or `_s64`, by the type of the indices; in place over x."""
    x, update = node.input(0), node.input(1)
    steps = byte_strides(x.shape, element_bytes(x))
    copy = strided_copy(update.shape, steps, 0, element_bytes(x))
    if len(copy.axes) > AXES:
        why = f"its update lies along {len(copy.axes)} unmergeable axes, at most {AXES} are known"
        raise unsupported(node, why)
    moving = [step for step, last in zip(steps, _limits(node), strict=True) if last]
    return KernelCall(
        f"edgeq_dynamic_update_slice_{INDEX_SUFFIX[node.input(2).dtype]}",
        {
            "bytes": x.nbytes,
            "rank": len(x.shape),
            "places": np.array([n + 1 for n in _limits(node)], np.int32),
            "stride": np.array(steps, np.int32),
            **nested("moves", copy_fields(copy)),
            "words": int(all(n % 4 == 0 for n in (copy.run, *moving))),
        },
        inputs=(0, 1, 2),
        overlap=(0, None, None),
    )

"""Boxes of a tensor's elements whose place is computed: what SLICE and STRIDED_SLICE take where their
begin is no constant.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from edgeq.opkit.indices import INDEX_SUFFIX, within
from edgeq.opkit.kernel_call import KernelCall, nested
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.strided import AXES, byte_strides, copy_fields, element_bytes, strided_copy


class Entry(NamedTuple):
    """An element of the computed begin. axis: of x, -1 where it means none; places: at how many the
    box fits; wraps: what is added to a negative one.
    """

    axis: int
    places: int
    wraps: int = 0


def boxes(x: Values, begin: Values, shape: Shape, entries: Sequence[Entry]) -> Values:
    """x [samples, *axes], begin [samples, entries] -> [samples, *shape]: the box from there on, the
    nearest one that fits.
    """
    samples = max(len(x), len(begin))
    wrapped = begin.astype(np.int64) + np.where(begin < 0, [e.wraps for e in entries], 0)
    places = within(wrapped, [e.places for e in entries])
    first = np.zeros((len(begin), len(shape)), np.int64)
    for k, entry in enumerate(entries):
        if entry.axis >= 0:
            first[:, entry.axis] = places[:, k]
    y = np.empty((samples, *shape), x.dtype)
    for k in range(samples):
        starts = zip(first[k % len(first)].tolist(), shape, strict=True)
        y[k] = x[k % len(x)][tuple(slice(at, at + size) for at, size in starts)]
    return y


def box_call(node: Node, shape: Shape, entries: Sequence[Entry]) -> KernelCall:
    """`edgeq_slice_at_s32` or `_s64`, by the type of input 1, the computed begin. shape: of the box,
    an entry for each axis of input 0.
    """
    x = node.input(0)
    steps = byte_strides(x.shape, element_bytes(x))
    copy = strided_copy(shape, steps, 0, element_bytes(x))
    if len(copy.axes) > AXES:
        why = f"its elements lie along {len(copy.axes)} unmergeable axes, at most {AXES} are known"
        raise unsupported(node, why)
    strides = [steps[e.axis] if e.axis >= 0 else 0 for e in entries]
    moving = [step for step, e in zip(strides, entries, strict=True) if e.places > 1]
    return KernelCall(
        f"edgeq_slice_at_{INDEX_SUFFIX[node.input(1).dtype]}",
        {
            "entries": len(entries),
            "places": np.array([e.places for e in entries], np.int32),
            "wraps": np.array([e.wraps for e in entries], np.int32),
            "stride": np.array(strides, np.int32),
            **nested("moves", copy_fields(copy)),
            "words": int(all(n % 4 == 0 for n in (copy.run, *moving))),
        },
        inputs=(0, 1),
        overlap=(None, None),
        source="slice_at",
    )

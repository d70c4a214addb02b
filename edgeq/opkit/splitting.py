"""One tensor cut into several along an axis, bytes as they are: SPLIT, SPLIT_V and UNPACK."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from math import prod

import numpy as np

from edgeq.graph import Tensor
from edgeq.opkit.kernel_call import KernelCall, View
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.strided import ALIGNMENT, element_bytes


def checked_axis(node: Node, axis: int, rank: int) -> int:
    """An axis of `rank` axes counted from the front; UnsupportedError where there is none such."""
    if not -rank <= axis < rank:
        raise unsupported(node, f"its axis {axis} is none of {rank}")
    return axis % rank


def cut(shape: Shape, axis: int, sizes: Sequence[int]) -> tuple[Shape, ...]:
    """The shapes of the parts of `sizes` elements along an axis."""
    return tuple((*shape[:axis], size, *shape[axis + 1 :]) for size in sizes)


def split_values(
    node: Node, x: Values | None, axis: int, sizes: Sequence[int]
) -> tuple[Values, ...]:
    """x [samples, ...] -> one array [samples, *shape of output i] for each part."""
    assert x is not None
    parts = np.split(x, list(accumulate(sizes))[:-1], axis + 1)
    return tuple(
        part.reshape(len(x), *y.shape) for part, y in zip(parts, node.outputs, strict=True)
    )


def split_call(node: Node, source: int, axis: int, sizes: Sequence[int]) -> KernelCall | View:
    """`edgeq_split` of input `source`; views where the parts lie whole and aligned in it, one after
    another.
    """
    x = node.input(source)
    rounds, element = prod(x.shape[:axis]), element_bytes(x)
    runs = [size * prod(x.shape[axis + 1 :]) * element for size in sizes]
    offsets = tuple(accumulate(runs, initial=0))[: len(runs)]
    if len(sizes) == 1 or (rounds == 1 and _aligned(x, offsets)):
        return View(source, offsets)
    return KernelCall(
        "edgeq_split",
        {"rounds": rounds, "outputs": len(runs), "run": np.array(runs, np.int32)},
        (source,),
        source="split",
        scattered=True,
    )


def _aligned(x: Tensor, offsets: Sequence[int]) -> bool:
    return all(offset % max(ALIGNMENT, element_bytes(x)) == 0 for offset in offsets)

"""What SELECT and SELECT_V2 share: a where a condition is true, else b, all three broadcast.

Integers of a and b share the output's scale and zero point, and are taken as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.opkit.checks import check_same_quantization
from edgeq.opkit.elementwise import OUTER_LOOPS, nest, stretch, walked
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.suffix import SUFFIX


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {
    ("bool", d, d): (d,) for d in ("int8", "uint8", "int16", "int32", "int64", "float32", "bool")
}


def select_shape(node: Node) -> Shape:
    """The common shape to which condition, a and b broadcast."""
    shapes = [node.input(k).shape for k in range(3)]
    check_same_quantization(node, node.input(1), node.input(2), node.output)
    listed = ", ".join(str(list(shape)) for shape in shapes)
    try:
        shape = np.broadcast_shapes(*shapes)
    except ValueError:
        raise unsupported(node, f"its inputs {listed} do not broadcast to one shape") from None
    if len(nest(*shapes)) > OUTER_LOOPS + 1:
        raise unsupported(node, f"its inputs {listed} broadcast along more than 6 separate axes")
    return shape


def select(node: Node, *values: Values | None) -> Values:
    """condition bool, a, b [samples, *shape] -> [samples, *output shape] of a's dtype."""
    rank = len(node.output.shape)
    condition, a, b = (
        x.reshape(len(x), *(1,) * (rank + 1 - x.ndim), *x.shape[1:])
        for x in values
        if x is not None
    )
    return np.where(condition, a, b)


def select_kernel(node: Node) -> KernelCall:
    """`edgeq_select_<type>`, in place over an input of the output's size."""
    inputs, y = [node.input(k) for k in range(3)], node.output
    rows = nest(*(x.shape for x in inputs))
    (run, *steps), outer = rows[0], walked(rows)
    fields = dict(zip(("condition_step", "a_step", "b_step"), steps, strict=True))
    return KernelCall(
        f"edgeq_select_{SUFFIX[y.dtype]}",
        {
            "run": run,
            **fields,
            "outer": len(outer),
            "loops": np.array(outer, np.int32) if outer else None,
        },
        (0, 1, 2),
        overlap=tuple(stretch(x, y) if x.size == y.size else None for x in inputs),
        source="select",
    )

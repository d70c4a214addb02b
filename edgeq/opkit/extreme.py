"""What REDUCE_MAX and REDUCE_MIN share: types, rules and C calls (TFLM kernels/reduce_common.cc)."""

from __future__ import annotations

import numpy as np

from edgeq.opkit.checks import check_same_quantization
from edgeq.opkit.float_unary import is_float
from edgeq.opkit.floats import LARGEST
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values
from edgeq.opkit.reduction import plain_call, reduced_axes, reduced_shape
from edgeq.opkit.suffix import SUFFIX

TYPES = {(dtype, "int32"): (dtype,) for dtype in ("int8", "uint8", "int16", "float32")}


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The input's shape with the reduced axes 1 or gone; scale and zero point stay."""
    check_same_quantization(node, node.input(0), node.output)
    return reduced_shape(node)


def largest(node: Node, x: Values) -> Values:
    """x [samples, *shape] -> [samples, *output shape]: the largest over the reduced axes.

    float32 as the reference's loop from the lowest finite value on: NaN is passed over, and of
    equal values (0, -0) the first one stays.
    """
    terms = _terms(node, x)
    if not is_float(node):
        return np.asarray(terms.max(axis=-1)).reshape(len(x), *node.output.shape)
    passed = np.fmax(terms, np.float32(-LARGEST))
    first = passed.argmax(axis=-1)[..., None]
    return np.asarray(np.take_along_axis(passed, first, -1)).reshape(len(x), *node.output.shape)


def least(node: Node, x: Values) -> Values:
    """As `largest`, the least over the reduced axes."""
    if is_float(node):
        return -largest(node, -x)
    return np.asarray(_terms(node, x).min(axis=-1)).reshape(len(x), *node.output.shape)


def _terms(node: Node, x: Values) -> Values:
    """x with the reduced axes as one, the last, in the order of the reference's loop."""
    axes = tuple(axis + 1 for axis in reduced_axes(node))
    moved = np.moveaxis(x, axes, range(x.ndim - len(axes), x.ndim))
    return moved.reshape(*moved.shape[: x.ndim - len(axes)], -1)


def extreme_call(node: Node) -> KernelCall:
    """`edgeq_reduce_max_s8`, `edgeq_reduce_min_f32` and so on."""
    source = "reduce_extreme_f32" if is_float(node) else "reduce_extreme"
    function = f"edgeq_{node.kind.lower()}_{SUFFIX[node.output.dtype]}"
    return plain_call(node, function, source)

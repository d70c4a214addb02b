"""ADD_N: the sum of two or more tensors of one shape (TFLite reference/add_n.h; int32 wraps).

The reference's quantized sum begins at -zero_point where 0 would be exact, so real sums are too small
by scale * zero_point. Its left shift of 20 bits overflows from 16 inputs on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.fixedpoint import LIMITS, Multiplier, multiply_by_quantized_multiplier
from edgeq.graph import Tensor
from edgeq.opkit.below_one import below_one
from edgeq.opkit.checks import check_quantized, check_same_quantization
from edgeq.opkit.elementwise import Integers, factor_parameters
from edgeq.opkit.floats import accumulate
from edgeq.opkit.kernel_call import KernelCall, Parameter
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.suffix import SUFFIX


@dataclass(frozen=True)
class Attributes:
    pass


_MAX_INPUTS, _MOST_OF_INT8 = 64, 15
TYPES = {(d,) * n: (d,) for d in ("int8", "int32", "float32") for n in range(2, _MAX_INPUTS + 1)}
NEWEST_VERSION = 1
_SHIFT = 19  # the left shift of 20 bits times 1/2, which is exact


def _inputs(node: Node) -> tuple[Tensor, ...]:
    return tuple(node.input(k) for k in range(len(node.inputs)))


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The shape of all inputs. Raises UnsupportedError where shapes differ, or scales or zero points
    of int8.
    """
    first, *others = _inputs(node)
    for other in others:
        if other.shape != first.shape:
            raise unsupported(
                node, f"its inputs have shapes {list(first.shape)} and {list(other.shape)}"
            )
    if first.dtype == "int8":
        if len(others) >= _MOST_OF_INT8:
            raise unsupported(node, f"it has {len(node.inputs)} inputs, whose sum may overflow")
        check_quantized(node, first, node.output)
        check_same_quantization(node, first, *others)
        _factor(node)
    return (first.shape,)


def _factor(node: Node) -> Multiplier:
    return below_one(node, 2 * node.input(0).scale / ((1 << 20) * node.output.scale))


def _rescaled(node: Node, total: Integers) -> Values:
    """total: the sum of the quantized inputs."""
    x, (low, high) = node.input(0), LIMITS["int8"]
    centred = total - (len(node.inputs) + 1) * x.zero_point
    scaled = multiply_by_quantized_multiplier(centred << _SHIFT, *_factor(node))
    return np.clip(scaled + node.output.zero_point, low, high).astype(np.int8)


def simulate(node: Node, *values: Values | None) -> Values:
    """Inputs [samples, *shape] -> [samples, *shape] of their dtype."""
    given = [x for x in values if x is not None]
    samples = max(len(x) for x in given)
    terms = np.stack([np.broadcast_to(x, (samples, *x.shape[1:])) for x in given])
    if node.output.dtype == "float32":
        return accumulate(terms)
    if node.output.dtype == "int8":
        return _rescaled(node, terms.sum(0, dtype=np.int64))
    return np.asarray(terms.sum(0, dtype=np.int32))


def kernel(node: Node) -> KernelCall:
    """`edgeq_add_n_s8`, `_s32` or `_f32`, in place over any input."""
    count, dtype = len(node.inputs), node.output.dtype
    fields: dict[str, Parameter | None] = {"elements": node.output.size, "inputs": count}
    if dtype == "int8":
        zero_point = node.input(0).zero_point
        fields |= {"bias": -(count + 1) * zero_point, "y_zero_point": node.output.zero_point}
        fields |= factor_parameters(_factor(node))
    return KernelCall(
        f"edgeq_add_n_{SUFFIX[dtype]}",
        fields,
        tuple(range(count)),
        overlap=(0,) * count,
        source="add_n_s8" if dtype == "int8" else "add_n",
        gathered=True,
    )

"""Calls of vendors' libraries for ADD and MUL of two computed int8 tensors of one shape, to the
simulator's bytes.
"""

from __future__ import annotations

from edgeq.opkit.add_sub import Sum
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.libraries import Library
from edgeq.opkit.library_layer import LEAST_SHIFT
from edgeq.opkit.node import Node
from edgeq.opkit.variants import Fields


def add(library: Library, node: Node, s: Sum | None) -> KernelCall | None:
    """`esp_nn_add_elementwise_s8` or `arm_elementwise_add_s8`. s: the arithmetic of an int8 node."""
    if s is None or not _of_one_shape(node):
        return None
    if min(factor.shift for factor in (s.a, s.b, s.y)) < LEAST_SHIFT:
        return None
    fields: Fields = {
        "a_offset": -s.a_zero_point,
        "b_offset": -s.b_zero_point,
        "a_multiplier": s.a.multiplier,
        "b_multiplier": s.b.multiplier,
        "a_shift": s.a.shift,
        "b_shift": s.b.shift,
        "left_shift": s.left_shift,
        "output_offset": s.y_zero_point,
        "output_multiplier": s.y.multiplier,
        "output_shift": s.y.shift,
        "activation_min": s.low,
        "activation_max": s.high,
        "elements": node.output.size,
    }
    return _call(library, "sum", fields)


def multiply(
    library: Library,
    node: Node,
    zero_points: tuple[int, int, int],
    factor: tuple[int, int],
    limits: tuple[int, int],
) -> KernelCall | None:
    """`esp_nn_mul_elementwise_s8` or `arm_elementwise_mul_s8`. zero_points: of a, b and the output.
    factor: multiplier and shift; limits: the fused activation's.
    """
    multiplier, shift = factor
    if not _of_one_shape(node) or not LEAST_SHIFT <= shift <= 0:
        return None
    fields: Fields = {
        "a_offset": -zero_points[0],
        "b_offset": -zero_points[1],
        "output_offset": zero_points[2],
        "multiplier": multiplier,
        "shift": shift,
        "activation_min": limits[0],
        "activation_max": limits[1],
        "elements": node.output.size,
    }
    return _call(library, "mul", fields)


def _of_one_shape(node: Node) -> bool:
    """Whether both inputs and the output are int8 of one shape, computed all."""
    a, b, y = node.input(0), node.input(1), node.output
    return y.dtype == "int8" and a.shape == b.shape == y.shape and not (a.constant or b.constant)


def _call(library: Library, name: str, fields: Fields) -> KernelCall:
    """A call of an element-wise function. It loads an element, or a vector of them, of both inputs before
    it stores the result, so the output may lie in the place of an input.
    """
    return KernelCall(
        f"edgeq_{name}_{library.suffix}",
        fields,
        (0, 1),
        overlap=(0, 0),
        source=f"{name}_{library.suffix}",
        exact=True,
        library=library,
    )

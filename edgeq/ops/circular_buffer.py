"""CIRCULAR_BUFFER: the latest inputs, the newest behind the others (TFLM kernels/circular_buffer.cc).

TFLM keeps them in the output, which its file marks as variable. A buffer with a period ends each
inference there until as many inputs came (kTfLiteAbort): no later operator of the file runs, and the
memory of the model's outputs holds whatever earlier operators left in it. Where the file says no
period, TFLM takes it from the number of inputs kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.opkit.custom_options import whole
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values, unsupported


@dataclass(frozen=True)
class Attributes:
    cycles_max: int = 0  # the period in inferences; 0: not said


TYPES = {("int8", "int8"): ("int8", "int8")}
NEWEST_VERSION = 1
STATE = (1,)
_EVERY_TIME = (5, 13, 25)  # numbers of inputs kept (CircularBufferPrepare)
_IN_A_VARIABLE = "keep the latest inputs in a variable: a layer with add_weight that assigns it"


def _kept(node: Node) -> int:
    """Elements of the inputs before the newest one."""
    return node.outputs[0].size - node.input(0).size


def internal_state(node: Node) -> tuple[tuple[Shape, str], ...]:
    """The inputs before the newest one; an element that is not used where there are none."""
    return (((max(_kept(node), 1),), "int8"),)


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """[1, 1, a, b] -> [1, inputs kept, a, b], and the variable's shape.

    Raises UnsupportedError for other shapes, for a period above 1, and for an output that the file
    does not mark as variable, whose history other tensors overwrite in TFLM.
    """
    x, y = node.input(0), node.outputs[0]
    fits = len(x.shape) == len(y.shape) == 4 and x.shape[:2] == (1, 1) and y.shape[0] == 1
    if not fits or x.shape[2:] != y.shape[2:]:
        raise unsupported(node, f"it makes {list(y.shape)} of {list(x.shape)}")
    said = whole(node, "cycles_max")
    period = said or (1 if y.shape[1] in _EVERY_TIME else 2)
    if period != 1:
        why = f"it ends inferences without a result until {period} inputs came (cycles_max {period}"
        why += ")" if said else f" in TFLM, as the file says none and it keeps {y.shape[1]} inputs)"
        raise unsupported(node, why, _in_two_models(period))
    if not y.kept:
        raise unsupported(node, "the file does not mark its output as variable", _IN_A_VARIABLE)
    return (y.shape, internal_state(node)[0][0])


def _in_two_models(period: int) -> str:
    """What gives the same results, at the same times, without inferences that end early."""
    return (
        "make two models: one that ends with this buffer and cycles_max 1, and one of what follows,"
        f" to run after each {period} inferences of the first"
    )


def simulate(node: Node, *values: Values | None) -> tuple[Values, Values]:
    """x int8 [1, 1, 1, a, b] and the variable -> all inputs kept, and the variable's new value."""
    x, held = values[:2]
    assert x is not None
    assert held is not None
    newest = x.reshape(1, -1)
    y = np.concatenate([held[:, : _kept(node)], newest], axis=1)
    state = y[:, newest.size :] if _kept(node) else held
    return y.reshape(1, *node.outputs[0].shape), state


def kernel(node: Node) -> KernelCall:
    """`edgeq_circular_buffer`."""
    return KernelCall("edgeq_circular_buffer", {"size": node.input(0).size, "kept": _kept(node)})

"""SIGNAL_DELAY: a signal some samples later (TFLM signal/micro/kernels/delay.cc)."""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.opkit.custom_options import whole
from edgeq.opkit.frame_history import pushed
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values
from edgeq.opkit.signal_vectors import frames


@dataclass(frozen=True)
class Attributes:
    delay_length: int


TYPES = {("int16", "int16"): ("int16", "int16")}
NEWEST_VERSION = 1
STATE = (1,)
_MOST = 1 << 20


def internal_state(node: Node) -> tuple[tuple[Shape, str], ...]:
    """The samples of each row that are still to come; one that is not used where there is no delay."""
    rows, _ = frames(node)
    return (((rows, max(whole(node, "delay_length", most=_MOST), 1)), "int16"),)


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The input's shape, and the variable's."""
    return (node.input(0).shape, internal_state(node)[0][0])


def simulate(node: Node, *values: Values | None) -> tuple[Values, Values]:
    """x int16 [1, ..., samples] and the variable -> as many samples, and the variable's new value."""
    x, held = values[:2]
    assert x is not None
    assert held is not None
    rows, samples = frames(node)
    delay = node.attributes.delay_length
    both, history = pushed(held[0, :, :delay], x.reshape(rows, samples))
    return both[:, :samples].reshape(x.shape), history[None] if delay else held


def kernel(node: Node) -> KernelCall:
    """`edgeq_signal_delay`."""
    rows, samples = frames(node)
    parameters = {"rows": rows, "samples": samples, "delay": node.attributes.delay_length}
    return KernelCall("edgeq_signal_delay", parameters)

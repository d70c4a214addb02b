"""SIGNAL_PCAN: gain of each channel by its noise, then a compression of what that gives (TFLM
signal/src/pcan_argc_fixed.cc).

The gain is a piecewise quadratic function of the noise: from each power of two to the next one it
has three coefficients in a table.
"""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.opkit.custom_options import whole
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values, constant, unsupported
from edgeq.opkit.pcan import GAINS, normalized
from edgeq.opkit.signal_vectors import vector


@dataclass(frozen=True)
class Attributes:
    snr_shift: int  # of the products of channels and gains


TYPES = {("uint32", "uint32", "int16"): ("uint32",)}
NEWEST_VERSION = 1


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """[channels]. Raises UnsupportedError for a table of gains that is short or computed."""
    if vector(node) != vector(node, 1):
        raise unsupported(node, f"it has {vector(node)} channels, and noise of {vector(node, 1)}")
    if len(constant(node, 2).reshape(-1)) < GAINS:
        raise unsupported(node, f"its table of gains has fewer than {GAINS} elements")
    whole(node, "snr_shift", most=63)
    return (node.input(0).shape,)


def simulate(node: Node, *values: Values | None) -> Values:
    """x and noise uint32 [samples, channels] -> uint32 of the same shape."""
    x, noise = values[:2]
    assert x is not None
    assert noise is not None
    return normalized(x, noise, constant(node, 2).reshape(-1), node.attributes.snr_shift)


def kernel(node: Node) -> KernelCall:
    """`edgeq_signal_pcan`, in place over the channels."""
    parameters = {
        "channels": vector(node),
        "snr_shift": node.attributes.snr_shift,
        "gains": constant(node, 2).reshape(-1)[:GAINS],
    }
    return KernelCall("edgeq_signal_pcan", parameters, inputs=(0, 1), overlap=(0, 0))

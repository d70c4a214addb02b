"""SIGNAL_FILTER_BANK_SPECTRAL_SUBTRACTION: channels less an estimate of their noise, which a
low-pass filter follows (TFLM signal/src/filter_bank_spectral_subtraction.cc).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.opkit.custom_options import MOST, whole
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.signal_vectors import vector
from edgeq.opkit.spectral_subtraction import Subtraction


@dataclass(frozen=True)
class Attributes:
    """Fractions have spectral_subtraction_bits fraction bits. Channels of odd index have the
    alternate factors.
    """

    num_channels: int
    smoothing: int  # the part that a new value has in the estimate
    one_minus_smoothing: int
    alternate_smoothing: int
    alternate_one_minus_smoothing: int
    min_signal_remaining: int  # the part of a value that is left at least
    smoothing_bits: int  # fraction bits of the estimate
    spectral_subtraction_bits: int
    clamping: bool  # whether the estimate is lowered to the value where it is above


TYPES = {("uint32", "uint32"): ("uint32", "uint32", "uint32")}
NEWEST_VERSION = 1
STATE = (1,)
_BITS = 31
_FACTORS = (
    "smoothing",
    "one_minus_smoothing",
    "alternate_smoothing",
    "alternate_one_minus_smoothing",
    "min_signal_remaining",
)


def internal_state(node: Node) -> tuple[tuple[Shape, str], ...]:
    """The estimates [channels]."""
    return (((vector(node),), "uint32"),)


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The channels, their noise, and that noise as the variable keeps it: [channels] each."""
    channels = vector(node)
    if whole(node, "num_channels") != channels:
        raise unsupported(node, f"it has {channels} channels, not {node.attributes.num_channels}")
    whole(node, "smoothing_bits", most=_BITS)
    whole(node, "spectral_subtraction_bits", most=_BITS)
    whole(node, "clamping", most=1)
    for name in _FACTORS:
        whole(node, name, -MOST - 1)
    return ((channels,),) * 3


def _factors(node: Node, name: str, alternate: str) -> Values:
    """A factor for each channel, uint64 [channels]; negative ones as 32 bits without a sign."""
    pair = [getattr(node.attributes, name), getattr(node.attributes, alternate)]
    return np.resize(np.array(pair, np.int64), vector(node)).astype(np.uint32).astype(np.uint64)


def simulate(node: Node, *values: Values | None) -> tuple[Values, Values, Values]:
    """x and the estimate uint32 [1, channels] -> the output, and the new estimate twice."""
    x, estimate = values[:2]
    assert x is not None
    assert estimate is not None
    said = node.attributes
    subtraction = Subtraction(
        _factors(node, "smoothing", "alternate_smoothing"),
        _factors(node, "one_minus_smoothing", "alternate_one_minus_smoothing"),
        said.min_signal_remaining & 0xFFFFFFFF,
        said.smoothing_bits,
        said.spectral_subtraction_bits,
    )
    estimate = subtraction.next_estimate(x, estimate)
    least = np.minimum(estimate, subtraction.scaled(x))
    kept = least if said.clamping else estimate
    return subtraction.subtracted(x, estimate), kept, kept


def kernel(node: Node) -> KernelCall:
    """`edgeq_signal_filter_bank_spectral_subtraction`."""
    said = node.attributes
    parameters = {
        "channels": vector(node),
        "smoothing": tuple(
            value & 0xFFFFFFFF for value in (said.smoothing, said.alternate_smoothing)
        ),
        "one_minus_smoothing": tuple(
            value & 0xFFFFFFFF
            for value in (said.one_minus_smoothing, said.alternate_one_minus_smoothing)
        ),
        "min_signal_remaining": said.min_signal_remaining & 0xFFFFFFFF,
        "smoothing_bits": said.smoothing_bits,
        "bits": said.spectral_subtraction_bits,
        "clamping": int(said.clamping),
    }
    return KernelCall("edgeq_signal_filter_bank_spectral_subtraction", parameters)

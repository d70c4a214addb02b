"""SIGNAL_FILTER_BANK: weighted sums of bands of a spectrum (TFLM signal/src/filter_bank.cc).

Neighbouring channels share a band: what the weights take of it goes to one channel, what the
unweights take to the next one. Channel 0 only collects for channel 1 and is no output.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.opkit.custom_options import whole
from edgeq.opkit.filter_bank import Bands
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.legal import ONE_BY_ONE
from edgeq.opkit.node import Node, Shape, Values, constant, unsupported
from edgeq.opkit.signal_vectors import vector


@dataclass(frozen=True)
class Attributes:
    num_channels: int


_TABLES = ("int16",) * 5
TYPES = {("uint32", *_TABLES): ("uint64",)}
NEWEST_VERSION = 1
_WEIGHTS, _UNWEIGHTS, _BINS, _OFFSETS, _WIDTHS = range(1, 6)
_MOST_CHANNELS = 1 << 15


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """[channels]. Raises UnsupportedError for bands that lie outside of spectrum or weights."""
    channels = whole(node, "num_channels", 1, _MOST_CHANNELS)
    size, tables = vector(node), [constant(node, k) for k in range(1, 6)]
    if any(table.ndim != 1 for table in tables):
        raise unsupported(node, "its tables have more than one dimension")
    if any(len(tables[k - 1]) <= channels for k in (_BINS, _OFFSETS, _WIDTHS)):
        raise unsupported(node, f"its bands are fewer than {channels + 1}")
    weights = min(len(tables[0]), len(tables[1]))
    bins, offsets, widths = (table[: channels + 1].astype(int) for table in tables[2:])
    for first, end in ((bins, size), (offsets, weights)):
        if np.any((widths > 0) & ((first < 0) | (first + widths > end))):
            raise unsupported(node, f"a band ends behind element {end}")
    return ((channels,),)


def _matrix(node: Node) -> Values:
    """What each bin counts for each channel: uint64 [bins, channels], modulo 2^64."""
    bands = Bands(*(constant(node, k) for k in range(1, 6)))
    return bands.matrix(node.input(0).size, node.attributes.num_channels)


def work(node: Node) -> int:
    """What simulating it takes, in multiply-accumulates of matrix products."""
    return node.input(0).size * (node.output.size + 2) * ONE_BY_ONE


def simulate(node: Node, *values: Values | None) -> Values:
    """x uint32 [samples, bins] -> uint64 [samples, channels], sums modulo 2^64."""
    x = values[0]
    assert x is not None
    return np.asarray(x.astype(np.uint64) @ _matrix(node))


def kernel(node: Node) -> KernelCall:
    """`edgeq_signal_filter_bank`."""
    weights, unweights, bins, offsets, widths = (constant(node, k) for k in range(1, 6))
    parameters = {
        "channels": node.attributes.num_channels,
        "weights": weights,
        "unweights": unweights,
        "bins": bins,
        "offsets": offsets,
        "widths": widths,
    }
    return KernelCall("edgeq_signal_filter_bank", parameters)

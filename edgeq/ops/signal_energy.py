"""SIGNAL_ENERGY: the power of each bin of a spectrum (TFLM signal/src/energy.cc)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.opkit.custom_options import whole
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.signal_vectors import vector


@dataclass(frozen=True)
class Attributes:
    start_index: int
    end_index: int  # the first bin behind those that are computed


TYPES = {("int16",): ("uint32",)}
NEWEST_VERSION = 1


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """[bins] of an input of bins, each a real and an imaginary part.

    Raises UnsupportedError for bins that the spectrum does not have.
    """
    bins = vector(node) // 2
    whole(node, "start_index", most=whole(node, "end_index", most=bins))
    if vector(node) % 2:
        raise unsupported(
            node, f"its input has {vector(node)} elements, not real and imaginary ones"
        )
    return ((bins,),)


def simulate(node: Node, *values: Values | None) -> Values:
    """x int16 [samples, 2 * bins] -> uint32 [samples, bins].

    Bins outside of start and end are 0; the reference leaves there what was in memory.
    """
    x = values[0]
    assert x is not None
    parts = x.astype(np.int64).reshape(len(x), -1, 2)
    bins = np.arange(parts.shape[1])
    said = node.attributes
    within = (said.start_index <= bins) & (bins < said.end_index)
    return np.where(within, (parts * parts).sum(axis=2), 0).astype(np.uint32)


def kernel(node: Node) -> KernelCall:
    """`edgeq_signal_energy`, in place where the planner likes."""
    said = node.attributes
    parameters = {"bins": node.output.size, "start": said.start_index, "end": said.end_index}
    return KernelCall("edgeq_signal_energy", parameters, overlap=(0,))

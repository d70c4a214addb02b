"""SIGNAL_WINDOW: frames times a window function, shifted right and saturated (TFLM
signal/src/window.cc).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.fixedpoint import saturate
from edgeq.opkit.custom_options import whole
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.signal_vectors import vector


@dataclass(frozen=True)
class Attributes:
    shift: int  # of the products


TYPES = {("int16", "int16"): ("int16",)}
NEWEST_VERSION = 1


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The input's shape. Raises UnsupportedError unless it is whole windows."""
    whole(node, "shift", most=31)
    if node.input(0).size % vector(node, 1):
        raise unsupported(node, f"its window has {vector(node, 1)} elements")
    return (node.input(0).shape,)


def simulate(node: Node, *values: Values | None) -> Values:
    """x int16 [samples or 1, ...], window int16 [samples or 1, size] -> int16 [samples, ...] as x."""
    x, window = values[:2]
    assert x is not None
    assert window is not None
    frames = x.astype(np.int32).reshape(len(x), -1, window.shape[-1])
    products = (frames * window[:, None, :]) >> whole(node, "shift")
    return saturate(products, "int16").reshape(-1, *x.shape[1:])


def kernel(node: Node) -> KernelCall:
    """`edgeq_signal_window`, in place over the samples."""
    parameters = {
        "elements": node.input(0).size,
        "window": vector(node, 1),
        "shift": whole(node, "shift"),
    }
    return KernelCall("edgeq_signal_window", parameters, inputs=(0, 1), overlap=(0, None))

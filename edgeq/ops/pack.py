"""PACK: inputs of one shape stacked along a new axis, without requantization (TFLM pack.cc)."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from edgeq.opkit.checks import check_same_quantization
from edgeq.opkit.kernel_call import KernelCall, View
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.splitting import checked_axis
from edgeq.opkit.strided import DATA, element_bytes


@dataclass(frozen=True)
class Attributes:
    values_count: int
    axis: int = 0


_MAX_INPUTS = 64
TYPES = {(dtype,) * inputs: (dtype,) for dtype in DATA for inputs in range(1, _MAX_INPUTS + 1)}
OPTIONS = "PackOptions"
NEWEST_VERSION = 4


SAME_SCALE = True
VERSIONS = {("int8",): 2, ("int16",): 3}


def _axis(node: Node) -> int:
    return checked_axis(node, node.attributes.axis, len(node.input(0).shape) + 1)


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The inputs' common shape with a new axis: their number at position `axis`."""
    inputs = [node.input(i) for i in range(len(node.inputs))]
    first, axis = inputs[0].shape, _axis(node)
    check_same_quantization(node, node.output, *inputs)
    different = next((x for x in inputs if x.shape != first), None)
    if different is not None:
        raise unsupported(node, f"{list(first)} and {list(different.shape)} cannot be stacked")
    if node.attributes.values_count != len(inputs):
        raise unsupported(
            node, f"it says {node.attributes.values_count} inputs and has {len(inputs)}"
        )
    return ((*first[:axis], len(inputs), *first[axis:]),)


def simulate(node: Node, *values: Values | None) -> Values:
    """x_i [samples, ...] -> [samples, *output shape]; constants have one sample, which is repeated."""
    parts = [x for x in values if x is not None]
    samples = max(len(x) for x in parts)
    return np.stack([np.broadcast_to(x, (samples, *x.shape[1:])) for x in parts], _axis(node) + 1)


def kernel(node: Node) -> KernelCall | View:
    """`edgeq_concatenation`, because stacking is concatenation of runs of bytes; a single input is
    a view.
    """
    count, axis, y = len(node.inputs), _axis(node), node.output
    if count == 1:
        return View(0)
    rounds, run = prod(y.shape[:axis]), prod(y.shape[axis + 1 :]) * element_bytes(y)
    return KernelCall(
        "edgeq_concatenation",
        {"rounds": rounds, "inputs": count, "run": np.full(count, run, np.int32)},
        tuple(range(count)),
        overlap=tuple((rounds - 1) * (count - 1) * run + i * run for i in range(count)),
        source="concatenation",
        gathered=True,
    )

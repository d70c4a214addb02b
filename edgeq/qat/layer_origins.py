"""Which Keras layer an operator of a .tflite file came from, found by comparing weights.

Tensor names do not identify layers reliably: the converter changes and merges them. Batch norm
folding scales the weights of a channel but keeps their direction, so directions are compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from edgeq.graph import Graph
from edgeq.quantize.quantization_state import Floats, by_channel, layers

KERNELS = {"Conv2DTranspose": -2, "Conv1DTranspose": -2}
"""The axis of the output channels in Keras's weights, where it is not the last."""


@dataclass(frozen=True)
class Origin:
    """The Keras layer that an operator was converted from."""

    layer: str
    trainable: bool


def origins(model: Any, graph: Graph) -> dict[int, Origin]:
    """Operator -> Keras layer, for the operators with weights whose layer is found; empty if
    `model` is None.

    Layers with equal weights are assigned in the order in which the model calls them.
    """
    found: dict[int, Origin] = {}
    pending = {
        layer.index: _directions(by_channel(graph.tensors[layer.weights].array, layer.axis))
        for layer in layers(graph)
    }
    for layer in [] if model is None else model._flatten_layers(include_self=False):
        for weights in _kernels(layer):
            rows = _directions(weights)
            match = next((k for k, other in pending.items() if _same(rows, other)), None)
            if match is not None:
                found[match] = Origin(layer.name, bool(layer.trainable))
                del pending[match]
    return found


def layer_names(graph: Graph, known: Mapping[int, Origin]) -> dict[int, str]:
    """Operator -> unique name: its Keras layer's, else its kind and number."""
    names: dict[int, str] = {}
    for index, op in enumerate(graph.ops):
        wanted = (
            re.sub(r"[^\w.-]", "_", known[index].layer)
            if index in known
            else f"{op.kind.lower()}_{index}"
        )
        taken, number, name = set(names.values()), 1, wanted
        while name in taken:
            name, number = f"{wanted}_{number}", number + 1
        names[index] = name
    return names


def _kernels(layer: Any) -> list[Floats]:
    """A Keras layer's weight matrices as float64 [output channels, weights per channel]."""
    kind = type(layer).__name__
    names = (
        ("depthwise_kernel", "pointwise_kernel") if kind.startswith("Separable") else ("kernel",)
    )
    arrays = [
        np.asarray(getattr(layer, name), np.float64)
        for name in names
        if _is_array(getattr(layer, name, None))
    ]
    return [
        _rows(
            a, kind.startswith("Depthwise") or (len(arrays) == 2 and n == 0), KERNELS.get(kind, -1)
        )
        for n, a in enumerate(arrays)
    ]


def _is_array(value: Any) -> bool:
    return hasattr(value, "shape") and len(value.shape) >= 2


def _rows(kernel: Floats, depthwise: bool, axis: int) -> Floats:
    if depthwise:
        return np.asarray(kernel.reshape(-1, kernel.shape[-2] * kernel.shape[-1]).T)
    return np.moveaxis(kernel, axis, 0).reshape(kernel.shape[axis], -1)


def _directions(rows: Floats) -> Floats:
    norm = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(norm == 0, 1.0, norm))


def _same(a: Floats, b: Floats) -> bool:
    """Whether corresponding nonzero rows have equal or opposite directions; a negative batch norm
    gamma flips them.
    """
    if a.shape != b.shape:
        return False
    cosine = np.abs((a * b).sum(axis=1))
    return bool(np.all((cosine > 1 - 1e-4) | ~a.any(axis=1) | ~b.any(axis=1)))

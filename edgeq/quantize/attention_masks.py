"""Masks in front of SOFTMAX, such as attention's, moved near to the values that they stand among.

Keras puts -1e9 or half of the least float32 where attention is to be 0. One scale for such values
and the others keeps nothing of the others. SOFTMAX gives 0 as well for what is `FAR` below the
largest value of its row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from edgeq.data import Samples
from edgeq.graph import Graph, Model, Op
from edgeq.quantize.observe import FloatRunner
from edgeq.quantize.quantization_state import Floats, is_activation, replace_main

MASKED = -1e3  # and less: no model has such a value among others that SOFTMAX reads
FAR = 16.0  # e^-16 is a hundredth of the last place of 16 bits
SAMPLES = 64  # on which the other values are looked at


@dataclass(frozen=True)
class Mask:
    """An operator that masks.

    index: of the operator. x: the tensor that is masked. constant: what masks it, input `position`.
    """

    index: int
    x: int
    constant: int
    position: int


def with_near_masks(model: Model, samples: Samples) -> Model:
    """The model with masks of SELECT and ADD at `FAR` below the least value that the samples give;
    SOFTMAX's results stay, but for what is below its last place.
    """
    graph, makers = model.main, model.main.makers()
    softmaxes = (op for op in graph.ops if op.kind == "SOFTMAX")
    found = [m for op in softmaxes if (m := _mask(graph, makers, op.inputs[0])) is not None]
    if not found:
        return model
    seen = FloatRunner(model, sorted({m.x for m in found}))(samples.subsample(SAMPLES))
    tensors, ops = list(graph.tensors), list(graph.ops)
    for m in found:
        values = np.asarray(tensors[m.constant].array, np.float64)
        x = np.asarray(seen[m.x], np.float64)
        near = x.min() if ops[m.index].kind != "ADD" else x.min() - x.max()
        moved = np.where(values < MASKED, near - FAR, values).astype("<f4")
        tensors.append(replace(tensors[m.constant], buffer=moved.tobytes()))
        inputs = list(ops[m.index].inputs)
        inputs[m.position] = len(tensors) - 1
        ops[m.index] = replace(ops[m.index], inputs=tuple(inputs))
    return replace_main(model, replace(graph, tensors=tuple(tensors), ops=tuple(ops)))


def _mask(graph: Graph, makers: Mapping[int, Op], t: int) -> Mask | None:
    """The operator that makes tensor t, if it masks values and nothing else reads t."""
    op = makers.get(t)
    reads = sum(op.inputs.count(t) for op in graph.ops) + graph.outputs.count(t)
    if op is None or op.kind not in ("SELECT", "SELECT_V2", "ADD") or reads != 1:
        return None
    data = op.inputs[1:] if op.kind != "ADD" else op.inputs
    first = len(op.inputs) - len(data)
    masks = [k for k, u in enumerate(data) if graph.tensors[u].constant and _masks(graph, u)]
    others = [u for u in data if is_activation(graph.tensors[u])]
    if len(masks) != 1 or len(others) != 1:
        return None
    return Mask(graph.ops.index(op), others[0], data[masks[0]], first + masks[0])


def _masks(graph: Graph, t: int) -> bool:
    values: Floats = np.asarray(graph.tensors[t].array, np.float64)
    return bool((values < MASKED).any())

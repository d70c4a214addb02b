"""16-bit state: where int8 leaves the outputs of a model with variables too little on the calibration
sequence, its real variables and what lies between their old and new values get int16.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from edgeq.data import Samples, dequantize, quantized_inputs
from edgeq.graph import Graph, Model, Op
from edgeq.ops import operator, supported
from edgeq.quantize.building import Building, requantized
from edgeq.quantize.observe import FloatRunner
from edgeq.quantize.quantization_state import Types, is_activation, replace_main
from edgeq.simulate.execute import execute

SUFFICIENT_DB = 25.0  # dB of SQNR of the worst output; with more, states stay int8
JUDGED = 256  # steps of the sequence by which the width is chosen


def wide_types(graph: Graph, states: int) -> Types:
    """int16 for the states that an opened graph takes and gives last, and for what depends on their
    old values and matters to the new ones; but for what operators without int16 compute.
    """
    given, left = graph.inputs[-states:], graph.outputs[-states:]
    real = {t for t in given if is_activation(graph.tensors[t])}
    behind = _spread(real, ((op.inputs, op.outputs) for op in graph.ops))
    before = _spread({*left}, ((op.outputs, op.inputs) for op in reversed(graph.ops)))
    between = {t for t in (behind & before) | real if is_activation(graph.tensors[t])}
    narrow = {t for op in graph.ops if not _computes_wide(op) for t in op.outputs}
    return dict.fromkeys(sorted(between - narrow), "int16")


def _spread(start: set[int], ways: Iterable[tuple[tuple[int, ...], tuple[int, ...]]]) -> set[int]:
    """The tensors that are reached along operators in their order. ways: from these to those."""
    found = set(start)
    for sources, ends in ways:
        if found.intersection(sources):
            found.update(ends)
    return found


def _computes_wide(op: Op) -> bool:
    """Whether an operator computes int16 from int16; loops and branches have their own types."""
    if op.regions or op.kind not in supported():
        return False
    rows = operator(op.kind).types.items()
    return any("int16" in given and "int16" in made[0].split("|") for given, made in rows)


def sequence_db(opened: Model, integer: Model, steps: Samples) -> float:
    """The least SQNR in dB of the outputs of an integer model with variables, step by step.

    opened: the float one, with states as last inputs and outputs. steps: with what the float model keeps
    before each of them.
    """
    graph = integer.main
    outputs = opened.main.outputs[: len(graph.outputs)]
    exact = FloatRunner(opened, tuple(dict.fromkeys(outputs)))(steps)
    inputs = quantized_inputs(graph, steps.inputs[: len(graph.inputs)])
    values = execute(graph, inputs)
    found = [np.inf]
    for t, made in zip(outputs, graph.outputs, strict=True):
        want = exact[t].astype(np.float64)
        error = dequantize(values[made], graph.tensors[made]).reshape(want.shape) - want
        signal = np.square(want - want.mean(axis=0)).mean()
        found.append(10 * np.log10(max(signal, 1e-30) / max(np.square(error).mean(), 1e-30)))
    return float(min(found))


def with_narrow_outputs(wide: Model, narrow: Model) -> Model:
    """The model whose outputs have the types and scales of another: a QUANTIZE behind those that are
    states as well.
    """
    building, outputs = Building(list(wide.main.tensors), list(wide.main.ops)), list[int]()
    for t, like in zip(wide.main.outputs, narrow.main.outputs, strict=True):
        wanted = narrow.main.tensors[like]
        same = building.tensors[t].dtype == wanted.dtype
        outputs.append(t if same else requantized(building, t, wanted.dtype, wanted.quantization))
    graph = replace(wide.main, tensors=tuple(building.tensors), ops=tuple(building.ops))
    return replace_main(wide, replace(graph, outputs=tuple(outputs)))

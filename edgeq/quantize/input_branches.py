"""An input that several operators read, or that is taken apart: each reader gets integers of its own
scale from the float32 input.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgeq.graph import Graph, Model, Op
from edgeq.opkit.input_affine import VIEWS, readers
from edgeq.ops import operator, supported
from edgeq.quantize.affine_input import AffineInput, affine_input, affine_ops
from edgeq.quantize.input_affine_folding import fold_affine_ops
from edgeq.quantize.leading_affine_ops import leading_affine_ops
from edgeq.quantize.quantization_state import is_activation, replace_main

PARTS = VIEWS | {"STRIDED_SLICE", "SLICE", "SPLIT", "SPLIT_V"}
"""Operators that give parts of one computed tensor, or all of it, as they are."""


def branch_input(model: Model, position: int) -> tuple[AffineInput, ...]:
    """The model with an input, and its parts, kept float32 in front of each of their readers: one SUB
    and one MUL in place of a reader's affine operators, a MUL by 1 in front of all other readers of a
    tensor. Comparisons read the reals. The last one's model has all of them; nothing where nothing
    is to be quantized, or where the input or a part of it is an output.

    position: of the input among the graph's inputs.
    """
    graph = model.main
    parts, starts = _parts(graph, graph.inputs[position]), list[AffineInput]()
    if set(parts) & set(graph.outputs):
        return ()
    for t in parts:
        heads = [graph.ops[k].outputs[0] for k in _quantized(graph, t)]
        affine = [y for y in heads if leading_affine_ops(graph, t, _maker(graph, y)) is not None]
        for head in affine:
            chain = leading_affine_ops(model.main, t, _maker(model.main, head))
            assert chain is not None  # found above; operators of other readers changed since
            starts.append(fold_affine_ops(model, t, chain))
            model = starts[-1].model
        others = frozenset(heads) - frozenset(affine)
        if others:
            starts.append(_unscaled(model, t, others))
            model = starts[-1].model
    ordered = replace_main(model, _parts_first(model.main, frozenset(parts)))
    return tuple(
        replace(start, model=ordered, real=tuple(dict.fromkeys((*parts, *start.real))))
        for start in starts
    )


def _parts(graph: Graph, t: int) -> list[int]:
    """A tensor, and all views and parts of it, in the order in which they are computed."""
    found = [t]
    for op in graph.ops:
        if _takes_part(graph, op, found):
            found += op.outputs
    return found


def _takes_part(graph: Graph, op: Op, of: list[int]) -> bool:
    sources = [t for t in op.inputs if t >= 0 and not graph.tensors[t].constant]
    return op.kind in PARTS and len(sources) == 1 and sources[0] in of


def _quantized(graph: Graph, t: int) -> list[int]:
    """The readers of a real tensor that need its integers: none that takes a part of it, or that
    compares reals.
    """
    found = readers(graph).get(t, [])
    return [k for k in found if not (_takes_part(graph, graph.ops[k], [t]) or _compares(graph, k))]


def _compares(graph: Graph, index: int) -> bool:
    """Whether an operator takes float32 in every runtime and gives other types, as comparisons and casts
    to integers do.
    """
    op = graph.ops[index]
    types = tuple(graph.tensors[t].dtype for t in op.inputs if t >= 0)
    known = op.kind in supported() and types in operator(op.kind).types
    return known and not any(is_activation(graph.tensors[t]) for t in op.outputs)


def _maker(graph: Graph, t: int) -> int:
    return next(k for k, op in enumerate(graph.ops) if t in op.outputs)


def _unscaled(model: Model, t: int, heads: frozenset[int]) -> AffineInput:
    """The model with a MUL by 1 between a tensor and those of its readers that make `heads`."""
    graph, tensors = model.main, list(model.main.tensors)
    y, rank = len(tensors), (1,) * len(tensors[t].shape)
    tensors.append(replace(tensors[t], name=f"{tensors[t].name}/unscaled", shape_signature=None))
    shift, factor = np.zeros(rank, np.float32), np.ones(rank, np.float32)
    added = affine_ops(tensors, t, y, shift, factor)
    ops = [
        replace(op, inputs=tuple(y if i == t else i for i in op.inputs))
        if heads & set(op.outputs)
        else op
        for op in graph.ops
    ]
    changed = replace(graph, tensors=tuple(tensors), ops=(*added, *ops))
    return affine_input(replace_main(model, changed), t, y, shift, factor)


def _parts_first(graph: Graph, parts: frozenset[int]) -> Graph:
    """The graph with the operators that make `parts` in front of all others."""
    return replace(
        graph, ops=tuple(sorted(graph.ops, key=lambda op: not parts.issuperset(op.outputs)))
    )

"""Inputs of 8-bit integers, such as the bytes of an image, that a model casts to reals: quantized ones of
scale 1 and zero point 0. CAST to reals takes four times the memory of its input, and TFLM has none of uint8.
"""

from __future__ import annotations

from dataclasses import replace

from edgeq.graph import Graph, Model, Op, Quantization
from edgeq.quantize.quantization_state import replace_main

BYTES = ("int8", "uint8")
AS_THEY_ARE = Quantization((1.0,), (0,))


def with_byte_inputs(model: Model) -> Model:
    """The quantized model in which QUANTIZE reads inputs of 8-bit integers that it had as reals; values of
    such an input stay, and results but for the rounding of a scale.
    """
    graph = model.main
    casts = {t: _casts(graph, t) for t in graph.inputs if graph.tensors[t].dtype in BYTES}
    source = {op.outputs[0]: t for t, ops in casts.items() for op in ops}
    if not source:
        return model
    dropped = {op for ops in casts.values() for op in ops}
    ops = tuple(
        replace(op, inputs=tuple(source.get(t, t) for t in op.inputs))
        for op in graph.ops
        if op not in dropped
    )
    tensors = tuple(
        replace(tensor, quantization=AS_THEY_ARE) if casts.get(t) else tensor
        for t, tensor in enumerate(graph.tensors)
    )
    return replace_main(model, replace(graph, tensors=tensors, ops=ops))


def _casts(graph: Graph, given: int) -> tuple[Op, ...]:
    """All readers of an input, if they cast it to reals that only QUANTIZE to int8 reads; else none."""
    readers = _readers(graph, given)
    made = [t for op in readers for t in op.outputs]
    behind = [op for t in made for op in _readers(graph, t)]
    alone = (
        not {given, *made} & {*graph.outputs}
        and all(op.kind == "CAST" for op in readers)
        and all(graph.tensors[t].dtype == "float32" for t in made)
        and all(op.kind == "QUANTIZE" for op in behind)
        and all(graph.tensors[op.outputs[0]].dtype == "int8" for op in behind)
    )
    return tuple(readers) if alone else ()


def _readers(graph: Graph, tensor: int) -> list[Op]:
    return [op for op in graph.ops if tensor in op.inputs]

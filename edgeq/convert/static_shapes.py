"""Graph -> the same graph for a batch of 1 where clean-up leaves open shapes and computed constants:
behind operators that edgeq does not compute.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from edgeq.errors import EdgeqError
from edgeq.graph import DTYPES, Graph, Model, Op, Tensor, write_tflite
from edgeq.graph.compact import without_unused
from edgeq.runtime import reference_interpreter, run_samples

Values = dict[int, npt.NDArray[np.generic]]
SHAPES_ALONE = frozenset({"SHAPE", "RANK"})  # depend on their input's shape, not its values


def make_static(model: Model) -> Model:
    """The model with shapes as they are for a batch of 1, without operators that compute constants.

    Removes SHAPE, STRIDED_SLICE, PACK in front of a RESHAPE, and DEQUANTIZE of float16 weights.
    Values and shapes are read from one run of the reference interpreter on zeros, so no operator's
    meaning is repeated here. Models with several subgraphs (control flow) and models that are
    static already come back unchanged.
    """
    graph = model.main
    folded = _constant_ops(graph)
    open_shapes = any(-1 in (t.shape_signature or ()) for t in graph.tensors)
    if len(model.graphs) > 1 or not (folded or open_shapes):
        return model
    try:
        values = _run(model)
    except (
        EdgeqError
    ):  # of an operator that the interpreter lacks; refused where the graph is bound
        return model
    tensors = tuple(
        _fixed(t, values.get(i), i in _outputs(folded)) for i, t in enumerate(graph.tensors)
    )
    ops = tuple(op for op in graph.ops if op not in folded)
    return without_unused(replace(model, graphs=(replace(graph, tensors=tensors, ops=ops),)))


def _constant_ops(graph: Graph) -> tuple[Op, ...]:
    known = {i for i, t in enumerate(graph.tensors) if t.constant} | {-1}
    folded = []
    for op in graph.ops:
        constant = op.kind in SHAPES_ALONE or (op.inputs and known.issuperset(op.inputs))
        if constant and op.kind != "CUSTOM" and not set(op.outputs) & set(graph.outputs):
            folded.append(op)
            known |= set(op.outputs)
    return tuple(folded)


def _outputs(ops: tuple[Op, ...]) -> frozenset[int]:
    return frozenset(index for op in ops for index in op.outputs)


def _run(model: Model) -> Values:
    """Every computed tensor of one run on zeros, of its true shape; variables are not read, which
    crashes the interpreter.
    """
    graph = model.main
    interpreter = reference_interpreter(write_tflite(model))
    zeros = [
        np.zeros((1, *graph.tensors[i].shape), DTYPES[graph.tensors[i].dtype]) for i in graph.inputs
    ]
    run_samples(interpreter, zeros)
    computed = {*graph.inputs, *_outputs(graph.ops)} - {*graph.states}
    return {index: np.asarray(interpreter.get_tensor(index)) for index in computed}


def _fixed(tensor: Tensor, value: npt.NDArray[np.generic] | None, constant: bool) -> Tensor:
    if value is None:
        return replace(tensor, shape_signature=None)
    little_endian = value.astype(value.dtype.newbyteorder("<")).tobytes() if constant else None
    return replace(tensor, shape=value.shape, shape_signature=None, buffer=little_endian)

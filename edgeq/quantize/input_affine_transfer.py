"""The input shifts and factors of an integer model, given to the float model it was made from."""

from __future__ import annotations

import numpy as np

from edgeq.graph import Graph, Model
from edgeq.opkit.input_affine import find_input_affines
from edgeq.quantize.affine_input import AffineInput, real_dtypes
from edgeq.quantize.input_affine_absorption import absorb_input_affine
from edgeq.quantize.input_affine_folding import fold_input_affine
from edgeq.quantize.input_branches import branch_input
from edgeq.quantize.quantization_state import (
    QuantizationState,
)


def with_input_affine_of(model: Model, graph: Graph) -> QuantizationState:
    """A float model with the input shifts and factors that an integer graph has, so that both have
    corresponding tensors.
    """
    starts = list[AffineInput]()
    for input_affine in find_input_affines(graph):
        start = fold_input_affine(model, input_affine.position)
        if start is None:
            features = model.main.tensors[model.main.inputs[input_affine.position]].shape[-1]
            constants = (
                np.array(values, np.float32) for values in (input_affine.shift, input_affine.factor)
            )
            shift, factor = (
                values.repeat(features) if values.size == 1 else values for values in constants
            )
            start = (
                absorb_input_affine(model, input_affine.position, shift, factor)
                if shift.size == features
                else None
            )
        if start is not None:
            model = start.model
            starts.append(start)
    integers = {t.name for t in graph.tensors if t.dtype in ("int8", "int16")}
    taken = {start.input for start in starts}
    for position, (t, given) in enumerate(zip(model.main.inputs, graph.inputs, strict=False)):
        if t not in taken and graph.tensors[given].dtype == "float32":
            branches = branch_input(model, position)
            if branches and all(b.model.main.tensors[b.output].name in integers for b in branches):
                model = branches[-1].model
                starts += branches
    return QuantizationState(model, dtypes=real_dtypes(starts))

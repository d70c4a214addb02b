"""Affine operators at a float model's input, such as those of Normalization or Rescaling layers,
folded into one subtraction and one multiplication per feature: y = (x - shift) * factor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from edgeq.graph import Model, Op
from edgeq.opkit.input_affine import Reals
from edgeq.quantize.affine_input import AffineInput, affine_input, affine_ops
from edgeq.quantize.leading_affine_ops import AffineOps, leading_affine_ops
from edgeq.quantize.quantization_state import (
    Floats,
    replace_main,
)


def fold_input_affine(model: Model, position: int) -> AffineInput | None:
    """The model with the affine operators at an input replaced by one SUB and one MUL; None where
    there are none.

    Constants are combined in float64. Subtracting first, (x - mean) / deviation, is more precise
    than x / deviation - mean / deviation where the mean is large. Tensors keep their indices.

    position: of the input among the graph's inputs.
    """
    t = model.main.inputs[position]
    chain = leading_affine_ops(model.main, t)
    return None if chain is None else fold_affine_ops(model, t, chain)


def fold_affine_ops(model: Model, t: int, chain: AffineOps) -> AffineInput:
    """The model with the affine operators of a chain from tensor t on replaced by one SUB and one
    MUL behind the chain's views, in front of all other operators.
    """
    graph = model.main
    shape = graph.tensors[chain.y].shape
    shift, factor = (_narrowed(values, shape) for values in (chain.shift, chain.factor))
    views = [graph.ops[index] for index in chain.ops if index not in chain.affine]
    built, x = list[Op](), t
    for op in views:
        built.append(replace(op, inputs=(x, *op.inputs[1:])))
        x = op.outputs[0]
    tensors = list(graph.tensors)
    built += affine_ops(tensors, x, chain.y, shift, factor)
    kept = [op for index, op in enumerate(graph.ops) if index not in chain.ops]
    changed = replace(graph, tensors=tuple(tensors), ops=(*built, *kept))
    return affine_input(replace_main(model, changed), t, chain.y, shift, factor)


def _narrowed(values: Floats, shape: Sequence[int]) -> Reals:
    """The values reshaped to `shape` as float32, with each axis along which they do not vary
    reduced to size 1.
    """
    full = np.asarray(values, np.float32).reshape(tuple(shape))
    for axis in range(full.ndim):
        first = full.take([0], axis=axis)
        full = first if np.array_equal(full, np.broadcast_to(first, full.shape)) else full
    return np.ascontiguousarray(full)

"""Whether any element is true, by operators that TFLM runs: it has REDUCE_ALL, and no REDUCE_ANY."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from edgeq.graph import Model, Op, Tensor
from edgeq.quantize.rewrite import rewritten

ANY, ALL, NOT = "REDUCE_ANY", "REDUCE_ALL", "LOGICAL_NOT"


def with_reduce_all(model: Model) -> Model:
    """The model, branches and loops included, with not all(not x) for each any(x); values stay."""
    return rewritten(model, _not_all_not)


def _not_all_not(tensors: list[Tensor], op: Op) -> Iterator[Op]:
    if op.kind != ANY:
        yield op
        return
    (x, axes), (y,) = op.inputs, op.outputs
    tensors.append(replace(tensors[x], name=f"{tensors[y].name}/not", buffer=None))
    tensors.append(replace(tensors[y], name=f"{tensors[y].name}/none"))
    inverse, none = len(tensors) - 2, len(tensors) - 1
    yield Op(NOT, (x,), (inverse,), options_type="LogicalNotOptions")
    yield replace(op, kind=ALL, inputs=(inverse, axes), outputs=(none,))
    yield Op(NOT, (none,), (y,), options_type="LogicalNotOptions")

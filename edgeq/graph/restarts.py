"""Variables that start anew at each inference, as the state of a layer that keeps none.

TFLite knows only variables that are kept: a layer like LSTM wants its state in them. So a file has
an operator in front that copies a constant to the variable: a TRANSPOSE that leaves axes in their
order, as interpreters run it anew at each inference, which RESHAPE and others of constants are not.
In a model such a tensor is a constant, what it starts from.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgeq.graph.model import Graph, Model, Op, Tensor
from edgeq.graph.variables import initial_bytes, with_variables

COPY = "TRANSPOSE"
VERSIONS = {"float32": 1, "int8": 2, "int16": 4}


def with_restarts(model: Model) -> Model:
    """The model of a file with variables that a constant is copied to as constants, and without the
    operators that copy.
    """
    main = model.main
    copies = [op for k, op in enumerate(main.ops) if _is_copy(main, k)]
    if not copies:
        return model
    tensors = list(main.tensors)
    for op in copies:
        t = op.outputs[0]
        begun = tensors[op.inputs[0]].buffer
        tensors[t] = replace(tensors[t], variable=False, buffer=begun, restarts=True)
    ops = tuple(op for op in main.ops if op not in copies)
    used = {t for op in ops for t in (*op.inputs, *op.outputs, *op.intermediates)}
    used |= {*main.inputs, *main.outputs}
    while tensors and len(tensors) - 1 not in used and tensors[-1].constant:
        tensors.pop()
    return _with_main(model, replace(main, tensors=tuple(tensors), ops=ops))


def _is_copy(graph: Graph, k: int) -> bool:
    """Whether an operator gives a variable a constant before another one reads or writes it."""
    op = graph.ops[k]
    if op.kind != COPY or len(op.inputs) != 2 or len(op.outputs) != 1 or -1 in op.inputs:
        return False
    x, axes, y = (graph.tensors[t] for t in (*op.inputs, op.outputs[0]))
    earlier = {t for other in graph.ops[:k] for t in (*other.inputs, *other.outputs)}
    return (
        x.constant
        and y.variable
        and y.initial is None
        and (x.dtype, x.shape) == (y.dtype, y.shape)
        and axes.constant
        and axes.array.tolist() == list(range(len(x.shape)))
        and op.outputs[0] not in (*earlier, *graph.inputs)
    )


def stored_restarts(model: Model) -> Model:
    """The model as a file has it, the inverse of `with_restarts`; tensors keep their numbers."""
    tensors, copies = list(model.main.tensors), list[Op]()
    for t in restarting(model.main):
        begun = tensors[t]
        axes = np.arange(len(begun.shape), dtype="<i4")
        tensors[t] = replace(begun, variable=True, buffer=None, restarts=False)
        tensors += [
            replace(begun, name=f"{begun.name}/begin", restarts=False),
            Tensor(f"{begun.name}/axes", axes.shape, "int32", buffer=axes.tobytes()),
        ]
        ends = (len(tensors) - 2, len(tensors) - 1), (t,)
        copies.append(Op(COPY, *ends, version=VERSIONS.get(begun.dtype, 1)))
    ops = (*copies, *model.main.ops)
    return _with_main(model, replace(model.main, tensors=tuple(tensors), ops=ops))


def with_kept(model: Model) -> Model:
    """The model with variables that are kept in place of those that start anew, for programs that
    know no others.
    """
    tensors = tuple(
        replace(t, variable=True, buffer=None, restarts=False) if t.restarts else t
        for t in model.main.tensors
    )
    return with_variables(_with_main(model, replace(model.main, tensors=tensors)))


def with_all_restarting(model: Model) -> Model:
    """The model with every variable of its main graph that is no resource starting anew."""
    graph = model.main
    named = {t for t in graph.states if graph.tensors[t].initial is None}
    tensors = list(graph.tensors)
    for t in named:
        begun = initial_bytes(tensors[t])
        tensors[t] = replace(tensors[t], variable=False, buffer=begun, restarts=True)
    ops = tuple(
        replace(op, outputs=tuple(t for t in op.outputs if t not in named)) for op in graph.ops
    )
    return _with_main(model, replace(graph, tensors=tuple(tensors), ops=ops))


def restarting(graph: Graph) -> tuple[int, ...]:
    """The tensors of a graph that start anew at each inference."""
    return tuple(t for t, tensor in enumerate(graph.tensors) if tensor.restarts)


def _with_main(model: Model, graph: Graph) -> Model:
    return replace(model, graphs=(graph, *model.graphs[1:]))

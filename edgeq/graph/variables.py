"""Variables: what TFLite keeps from one inference to the next, as plain data.

A file has a resource variable as a handle (VAR_HANDLE) that operators take in place of a tensor, and
a subgraph that CALL_ONCE runs before the first inference to assign its initial value. A model has
it as a tensor: `variable`, with the `initial` bytes, of the shape and type of its values. So it
does with tensors that the file marks as variable themselves, which start at zero. An operator that
writes a variable has it among its outputs, behind those that it has in the file. What an operator
keeps by itself (`Tensor.internal`, see `edgeq/cleanup/internal_state.py`) is left out of files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from edgeq.graph.internal import UNUSED, without_internal
from edgeq.graph.model import DTYPES, Graph, Model, Op, Tensor

HANDLE, ONCE = "VAR_HANDLE", "CALL_ONCE"
READ, ASSIGN = "READ_VARIABLE", "ASSIGN_VARIABLE"
RESOURCE = "resource"  # the type of handles
CALLED = "init_subgraph_index"
Name = tuple[object, object]
"""The container and the name by which handles share a variable."""


@dataclass(frozen=True)
class _Handles:
    """The handles of a graph. names: of each handle's tensor. first: the tensor of a variable's
    first handle.
    """

    names: Mapping[int, Name]

    @property
    def first(self) -> dict[Name, int]:
        return {name: t for t, name in reversed(tuple(self.names.items()))}


def with_variables(model: Model) -> Model:
    """The model with resource variables as tensors, and operators with the variables that they
    write as outputs; as it is where that is not possible.

    Not possible are initial values that are computed, variables of unknown or several shapes, and
    ones that other subgraphs use as well.
    """
    plain = _without_handles(model)
    return replace(plain, graphs=tuple(map(_with_writes, plain.graphs)))


def as_stored(model: Model) -> Model:
    """The model as a file has it, the inverse of `with_variables`: tensors keep their numbers."""
    graphs = tuple(without_internal(_without_writes(graph)) for graph in model.graphs)
    main = graphs[0]
    resources = [t for t, tensor in enumerate(main.tensors) if tensor.initial is not None]
    if not resources:
        return replace(model, graphs=graphs)
    once = Op(ONCE, (), (), ((CALLED, len(graphs)),), options_type="CallOnceOptions")
    handles = (_handle_op(t, t) for t in resources)
    tensors = tuple(
        _handle(tensor) if tensor.initial is not None else tensor for tensor in main.tensors
    )
    stored = replace(main, tensors=tensors, ops=(once, *handles, *main.ops))
    return replace(model, graphs=(stored, *graphs[1:], _init_graph(main, resources)))


def initial_bytes(tensor: Tensor) -> bytes:
    """What a variable holds before the first inference: its initial bytes, or the zero of its
    quantization as TFLite's ResetVariableTensors sets it.
    """
    if tensor.initial is not None:
        return tensor.initial
    quantized = tensor.quantization is not None and tensor.dtype == "int8"
    return np.full(tensor.size, tensor.zero_point if quantized else 0, tensor.dtype).tobytes()


def _handle(tensor: Tensor) -> Tensor:
    return Tensor(tensor.name, (), RESOURCE)


def _handle_op(t: int, variable: int) -> Op:
    attributes = (("container", ""), ("shared_name", f"variable{variable}"))
    return Op(HANDLE, (), (t,), attributes, options_type="VarHandleOptions")


def _init_graph(main: Graph, variables: list[int]) -> Graph:
    """The subgraph that assigns the initial values."""
    tensors, ops = list[Tensor](), list[Op]()
    for t in variables:
        tensor, at = main.tensors[t], len(tensors)
        value = replace(tensor, buffer=tensor.initial, variable=False, initial=None)
        tensors += [_handle(tensor), value]
        ops += [
            _handle_op(at, t),
            Op(ASSIGN, (at, at + 1), (), options_type="AssignVariableOptions"),
        ]
    return Graph(tuple(tensors), tuple(ops), (), (), "initial values")


def _without_writes(graph: Graph) -> Graph:
    states = set(graph.states)
    ops = tuple(replace(op, outputs=_named_outputs(op, states)) for op in graph.ops)
    return replace(graph, ops=ops) if states else graph


def _named_outputs(op: Op, states: set[int]) -> tuple[int, ...]:
    """The outputs that the file names: all but variables that the operator has as inputs."""
    return tuple(t for t in op.outputs if t not in states.intersection(op.inputs))


def _with_writes(graph: Graph) -> Graph:
    states = set(graph.states)
    ops = tuple(_writing(graph, op, states) for op in graph.ops)
    return replace(graph, ops=ops) if states else graph


def _writing(graph: Graph, op: Op, states: set[int]) -> Op:
    """An operator writes the variables that it has as inputs; resource variables only if it has no
    outputs.
    """
    outputs = _named_outputs(op, states)
    taken = [t for t in dict.fromkeys(op.inputs) if t in states]
    written = [t for t in taken if graph.tensors[t].initial is None or not outputs]
    return replace(op, outputs=(*outputs, *written))


def _without_handles(model: Model) -> Model:
    main, others = model.main, model.graphs[1:]
    handles = _handles(main)
    inits = sorted({called for op in main.ops if op.kind == ONCE for called in _called(op)})
    kept = [graph for i, graph in enumerate(model.graphs) if i not in inits]
    if not handles.names or 0 in inits or any(op.kind == HANDLE for g in kept[1:] for op in g.ops):
        return model
    given = [_assigned(model.graphs[i]) for i in inits]
    values = dict(chain.from_iterable(entries.items() for entries in given if entries is not None))
    variables = {
        t: _variable(main, handles, t, values.get(name)) for name, t in handles.first.items()
    }
    if None in given or None in variables.values() or values.keys() - handles.first.keys():
        return model
    known = {t: tensor for t, tensor in variables.items() if tensor is not None}
    ends = {*main.inputs, *main.outputs}
    if ends & handles.names.keys() or (others and _entered(model, inits)):
        return model
    new = {
        old: position
        for position, old in enumerate(i for i in range(len(model.graphs)) if i not in inits)
    }
    graphs = (_resolved(main, handles, known), *kept[1:])
    signatures = tuple(replace(s, graph=new[s.graph]) for s in model.signatures)
    return replace(
        model, graphs=tuple(_renumbered(graph, new) for graph in graphs), signatures=signatures
    )


def _entered(model: Model, inits: list[int]) -> bool:
    """Whether something else than CALL_ONCE enters one of the subgraphs."""
    calls = {i for g in model.graphs for op in g.ops if op.kind != ONCE for i in _called(op)}
    return bool(set(inits) & (calls | {signature.graph for signature in model.signatures}))


def _called(op: Op) -> list[int]:
    """The subgraphs that an operator calls."""
    return [
        value
        for name, value in op.attributes
        if name.endswith(("subgraph", "subgraph_index")) and isinstance(value, int)
    ]


def _renumbered(graph: Graph, new: Mapping[int, int]) -> Graph:
    def op(op: Op) -> Op:
        attributes = tuple(
            (name, new[value])
            if name.endswith(("subgraph", "subgraph_index")) and isinstance(value, int)
            else (name, value)
            for name, value in op.attributes
        )
        return replace(op, attributes=attributes)

    return replace(graph, ops=tuple(map(op, graph.ops)))


def _handles(graph: Graph) -> _Handles:
    names = dict[int, Name]()
    for op in graph.ops:
        if op.kind == HANDLE and len(op.outputs) == 1:
            given = dict(op.attributes)
            names[op.outputs[0]] = given.get("container") or "", given.get("shared_name") or ""
    return _Handles(names)


def _assigned(graph: Graph) -> dict[Name, Tensor] | None:
    """The constants that a subgraph assigns to variables; None if it does anything else."""
    handles, found = _handles(graph), dict[Name, Tensor]()
    for op in graph.ops:
        if op.kind == HANDLE:
            continue
        if op.outputs or len(op.inputs) != 2 or op.inputs[0] not in handles.names:
            return None
        value = graph.tensors[op.inputs[1]] if op.inputs[1] >= 0 else None
        if value is None or not value.constant:
            return None
        found[handles.names[op.inputs[0]]] = value
    return found


def _variable(main: Graph, handles: _Handles, first: int, value: Tensor | None) -> Tensor | None:
    """The variable of a handle as a tensor: of the shape and type of every value that is read or
    assigned; None where they differ, or where none is.
    """
    name = handles.names[first]
    used = [main.tensors[t] for t in _values(main, handles, name)]
    seen = [tensor for tensor in (value, *used) if tensor is not None]
    if not seen or len({(tensor.shape, tensor.dtype) for tensor in seen}) != 1:
        return None
    like = seen[0]
    if like.dtype not in DTYPES:
        return None
    blank = Tensor(
        main.tensors[first].name, like.shape, like.dtype, like.quantization, variable=True
    )
    given = value.buffer if value is not None else None
    return replace(blank, initial=initial_bytes(blank) if given is None else given)


def _values(main: Graph, handles: _Handles, name: Name) -> Iterator[int]:
    """The tensors that are read from a variable or assigned to it."""
    for op in main.ops:
        used = op.kind in (READ, ASSIGN) and any(
            handles.names.get(t) == name for t in op.inputs[:1]
        )
        yield from (t for t in op.outputs or op.inputs[1:2] if used and t >= 0)


def _resolved(main: Graph, handles: _Handles, variables: Mapping[int, Tensor]) -> Graph:
    """The main graph with variables in place of handles; tensors keep their numbers."""
    first = {t: handles.first[name] for t, name in handles.names.items()}
    tensors = tuple(
        variables.get(t, UNUSED) if t in first else tensor for t, tensor in enumerate(main.tensors)
    )
    ops = tuple(
        replace(op, inputs=tuple(first.get(t, t) for t in op.inputs))
        for op in main.ops
        if op.kind not in (HANDLE, ONCE)
    )
    return replace(main, tensors=tensors, ops=ops)

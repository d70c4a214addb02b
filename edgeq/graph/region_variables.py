"""Variables that branches and loops use: their values go in and come out as those of other tensors.

A file gives an operator with regions the handle of a variable, which its regions read and assign. A
model has READ_VARIABLE in front of the operator and ASSIGN_VARIABLE behind it, so that regions
compute on values alone. What is computed is the same, since nothing else runs meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from edgeq.graph.model import Graph, Model, Op, Tensor
from edgeq.graph.regions import BODY
from edgeq.graph.variables import ASSIGN, READ


class _OtherUseError(Exception):
    """A region uses a variable in another way than to read and assign it."""


@dataclass(frozen=True)
class _Region:
    """A region on values. written: positions of the inputs that were handles and are assigned.
    values: of these handles, by position, what they hold at the end.
    """

    graph: Graph
    values: Mapping[int, int]
    written: frozenset[int]


def with_region_variables(model: Model) -> Model | None:
    """The model whose main graph gives regions the values of variables; None where that is not
    possible, and the model itself where no region gets a variable.
    """
    main = model.main
    variables = {t for t in main.states if main.tensors[t].initial is not None}
    if not any(op.regions and variables.intersection(op.inputs) for op in main.ops):
        return model
    try:
        return replace(model, graphs=(_on_values(main, variables), *model.graphs[1:]))
    except _OtherUseError:
        return None


def _on_values(main: Graph, variables: set[int]) -> Graph:
    tensors, ops = list(main.tensors), list[Op]()
    for op in main.ops:
        taken = variables.intersection(op.inputs)
        if not op.regions or not taken:
            ops.append(op)
            continue
        values = dict[int, int]()
        for v in sorted(taken):
            values[v] = len(tensors)
            tensors.append(_value(tensors[v]))
            ops.append(Op(READ, (v,), (values[v],), options_type="ReadVariableOptions"))
        op = replace(op, outputs=tuple(t for t in op.outputs if t not in variables))
        made, new = _operator(tensors, op, values, {})
        ops.append(made)
        options = "AssignVariableOptions"
        ops += [Op(ASSIGN, (v, t), (v,), options_type=options) for v, t in sorted(new.items())]
    return replace(main, tensors=tuple(tensors), ops=tuple(ops))


def _value(variable: Tensor) -> Tensor:
    return replace(variable, variable=False, initial=None)


def _operator(
    tensors: list[Tensor], op: Op, values: Mapping[int, int], instead: Mapping[int, int]
) -> tuple[Op, dict[int, int]]:
    """The operator with regions on values, and what it leaves in the variables that it assigns.

    tensors: of the graph that it stands in, to which values that it gives are added. values: of
    handles in that graph, the tensors that hold their values. instead: what other inputs became.
    """
    before = len(op.inputs) - len(op.regions[0][1].inputs)
    at = {p - before: t for p, t in enumerate(op.inputs) if t in values}
    if len(set(at.values())) < len(at) or not _passes_on(op, at):
        raise _OtherUseError
    given = {p: tensors[values[t]] for p, t in at.items()}
    regions = {name: _region(region, given) for name, region in op.regions}
    inputs = tuple(values.get(t, instead.get(t, t)) for t in op.inputs)
    written = frozenset[int]().union(*(region.written for region in regions.values()))
    outputs, new = list(op.outputs), dict[int, int]()
    if BODY in regions:
        for p, t in at.items():
            tensors[outputs[p]] = replace(given[p], name=tensors[outputs[p]].name)
            new |= {t: outputs[p]} if p in written else {}
    else:
        for p in sorted(written):
            outputs.append(len(tensors))
            tensors.append(given[p])
            new[at[p]] = outputs[-1]
            regions = {name: _giving(region, p) for name, region in regions.items()}
    graphs = tuple((name, region.graph) for name, region in regions.items())
    return replace(op, inputs=inputs, outputs=tuple(outputs), regions=graphs), new


def _passes_on(op: Op, handles: Collection[int]) -> bool:
    """Whether each region has as many inputs, those at the positions of handles apart from each other,
    and a loop gives each handle to its next step at the same place.
    """
    regions = dict(op.regions)
    count = len(op.regions[0][1].inputs)
    fits = min(handles) >= 0 and all(len(r.inputs) == count for r in regions.values())
    apart = fits and all(
        r.inputs.count(r.inputs[p]) == 1 for r in regions.values() for p in handles
    )
    body = regions.get(BODY)
    if body is None:
        return apart
    whole = apart and len(op.outputs) == len(body.outputs) == len(body.inputs) == len(op.inputs)
    return whole and all(body.outputs[p] == body.inputs[p] for p in handles)


def _giving(region: _Region, position: int) -> _Region:
    """The region with the value of a variable as an output behind the others."""
    outputs = (*region.graph.outputs, region.values[position])
    return replace(region, graph=replace(region.graph, outputs=outputs))


def _region(graph: Graph, given: Mapping[int, Tensor]) -> _Region:
    """A region with values in place of handles. given: position of a handle -> its value."""
    tensors, ops = list(graph.tensors), list[Op]()
    at = {graph.inputs[p]: p for p in given}
    now, written = {t: t for t in at}, set[int]()
    instead = dict[int, int]()
    for t, p in at.items():
        tensors[t] = replace(given[p], name=tensors[t].name)
    for found in graph.ops:
        op = replace(found, inputs=tuple(instead.get(t, t) for t in found.inputs))
        handle, taken = found.inputs[0] if found.inputs else -1, now.keys() & set(found.inputs)
        if op.kind == READ and handle in now and len(op.outputs) == 1:
            (y,) = op.outputs
            if graph.tensors[y].dtype != tensors[handle].dtype:
                raise _OtherUseError
            instead[y] = now[handle]
        elif op.kind == ASSIGN and handle in now and taken == {handle} and len(op.inputs) == 2:
            now[handle] = op.inputs[1]
            written.add(at[handle])
        elif op.regions and taken:
            made, new = _operator(tensors, found, now, instead)
            now |= new
            written |= {at[t] for t in new}
            ops.append(made)
        elif taken:
            raise _OtherUseError
        else:
            ops.append(op)
    outputs = tuple(now.get(t, instead.get(t, t)) for t in graph.outputs)
    region = replace(graph, tensors=tuple(tensors), ops=tuple(ops), outputs=outputs)
    return _Region(region, {at[t]: value for t, value in now.items()}, frozenset(written))

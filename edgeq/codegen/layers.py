"""Layers and chains of layers as the native engine's templates show them, with their arguments as C expressions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from edgeq.codegen.constants import input_name, output_name, parameter_name
from edgeq.codegen.names import C_TYPES, c_comment, c_number, c_rows
from edgeq.graph import Graph, Tensor
from edgeq.opkit.contract import KernelCall
from edgeq.plan import Chain, Plan, Program


@dataclass(frozen=True)
class Layer:
    """One operator as the template shows it."""

    index: int
    title: str
    shapes: str
    function: str | None  # None: a view, nothing to call
    fields: list[tuple[str, str]]
    arguments: list[str]
    traced: str
    traced_bytes: int | str


@dataclass(frozen=True)
class RowLayer:
    """One operator of a chain. kept: which rows of its output, in words; count: rows of a turn.

    The layer's arguments and what is traced are those of a turn.
    """

    layer: Layer
    kept: str
    count: str


@dataclass(frozen=True)
class RowChain:
    """Operators that run row by row, and the order of their turns. spared_bytes: of the maps that never exist whole."""

    index: int
    layers: list[RowLayer]
    turns: list[str]
    memory_bytes: int
    spared_bytes: int


@dataclass(frozen=True)
class ConstantOutput:
    """An output of the model that does not depend on its inputs, copied into the arena after the last layer."""

    index: int
    array: str
    elements: int
    place: str


def constant_outputs(graph: Graph, plan: Plan, names: Mapping[str, str]) -> Iterator[ConstantOutput]:
    """What to copy to outputs that are constants."""
    for index, t in enumerate(graph.outputs):
        tensor = graph.tensors[t]
        if tensor.constant and tensor.size:
            yield ConstantOutput(index, names[output_name(index)], tensor.size, _pointer(tensor, plan.offsets[t], ""))


def make_layer(program: Program, plan: Plan, names: Mapping[str, str], k: int) -> Layer:
    """Step k as the templates show it. names: of constants in C."""
    step, graph = program.steps[k], program.graph
    node = step.node
    output = graph.ops[node.index].outputs[0]
    ins = ", ".join(str(list(t.shape)) for t in node.inputs if t is not None and not t.constant)
    shapes = f"{ins} -> {', '.join(str(list(t.shape)) for t in node.outputs)}"
    call = step.call if isinstance(step.call, KernelCall) else None
    return Layer(
        k,
        f'{node.kind} "{c_comment(node.name, 80)}"',
        shapes,
        call.function if call else None,
        kernel_fields(call, f"layer{k}", names) if call else [],
        _arguments(program, plan, names, k, call) if call else [],
        f"arena + {plan.offsets[output]}",
        node.output.nbytes,
    )


def make_chain(program: Program, plan: Plan, names: Mapping[str, str], layers: list[Layer], index: int) -> RowChain:
    """A chain of the program as the templates show it. layers: of all steps."""
    chain, tensors = program.chains[index], program.graph.tensors
    inside = {program.steps[k].writes[0] for k in chain.steps[:-1]}
    return RowChain(
        index,
        [_row_layer(program, plan, names, chain, layers[k]) for k in chain.steps],
        c_rows(np.array([turn.step for turn in chain.turns], np.uint8)),
        chain.memory_bytes,
        sum(tensors[t].nbytes for t in inside),
    )


def _row_layer(program: Program, plan: Plan, names: Mapping[str, str], chain: Chain, layer: Layer) -> RowLayer:
    k = layer.index
    form, (output,) = chain.forms[k - chain.first], program.steps[k].writes
    ring, height = chain.rings[output], program.graph.tensors[output].shape[1]
    row, place = f"row[{k - chain.first}]", _row_place(plan, chain, output, f"row[{k - chain.first}]")
    kept = "all rows" if ring.place is not None else f"{ring.rows} of {height} rows"
    whole = height % form.rows == 0
    count = str(form.rows) if whole else f"({row} < {height - form.rows} ? {form.rows} : {height} - {row})"
    traced = str(form.rows * ring.row_bytes) if whole else f"{count} * {ring.row_bytes}"
    arguments = _row_arguments(program, plan, names, chain, k, count)
    return RowLayer(replace(layer, arguments=arguments, traced=place, traced_bytes=traced), kept, count)


def _row_arguments(program: Program, plan: Plan, names: Mapping[str, str], chain: Chain, k: int,
                   count: str) -> list[str]:  # fmt: skip
    """Arguments of a turn, after the parameters: rings to kernels that see several rows, the row itself to others."""
    step, form, row = program.steps[k], chain.forms[k - chain.first], f"row[{k - chain.first}]"
    op, tensors = program.graph.ops[step.node.index], program.graph.tensors
    inputs = [(p, op.inputs[p]) for p in form.call.inputs]
    writes = _cast(tensors[step.writes[0]], _row_place(plan, chain, step.writes[0], row), "")
    scratch = [f"(void *)(arena + {plan.scratch[k]})"] if form.call.scratch_bytes else []
    if form.ringed:
        ((_, x),) = inputs
        rows = f"(edgeq_rows){{{row}, {count}, {chain.rings[x].rows}}}"
        return [rows, _pointer(tensors[x], plan.offsets[x], "const "), writes, *scratch]
    seen = row if form.advance == form.rows else f"{row} * {form.advance // form.rows}"
    places = {p: _cast(tensors[t], _row_place(plan, chain, t, seen), "const ") for p, t in inputs if t in chain.rings}
    reads = [places[p] if p in places else names[input_name(k, p)] for p, _ in inputs]
    return [*reads, writes, *scratch]


def _row_place(plan: Plan, chain: Chain, tensor: int, row: str) -> str:
    ring = chain.rings[tensor]
    line = row if ring.place is not None else "0" if ring.rows == 1 else f"edgeq_ring_line({row}, {ring.rows})"
    return f"arena + {plan.offsets[tensor]}" + ("" if line == "0" else f" + {line} * {ring.row_bytes}")


def make_calls(program: Program, layers: list[Layer], chains: list[RowChain]) -> list[Layer | RowChain]:
    """What invoke does, in order: layers, and chains in place of theirs."""
    first = {program.chains[chain.index].first: chain for chain in chains}
    calls: list[Layer | RowChain] = []
    for layer in layers:
        if layer.index in first:
            calls.append(first[layer.index])
        elif program.chain_of(layer.index) is None:
            calls.append(layer)
    return calls


def kernel_fields(call: KernelCall, owner: str, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """The parameters `owner` of a call as they are written in C; arrays by the name of what holds them."""
    return [
        (field, names[parameter_name(owner, field)] if isinstance(value, np.ndarray) else _literal(value))
        for field, value in call.parameters.items()
    ]


def _literal(value: int | float | tuple[int, ...] | None) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, tuple):
        return "{" + ", ".join(c_number(v) for v in value) + "}"
    return c_number(value)


def _arguments(program: Program, plan: Plan, names: Mapping[str, str], k: int, call: KernelCall) -> list[str]:
    """Inputs, outputs and scratch of a call, after its parameters."""
    step, graph = program.steps[k], program.graph
    op = graph.ops[step.node.index]
    reads = [_operand(graph, plan, op.inputs[p], names.get(input_name(k, p))) for p in call.inputs]
    if call.gathered:
        reads = [f"EDGEQ_INPUTS({', '.join(reads)})"]
    writes = [_pointer(graph.tensors[t], plan.offsets[t], "") for t in step.writes]
    if call.scattered:
        writes = [f"EDGEQ_OUTPUTS({', '.join(writes)})"]
    return [*reads, *writes, *([f"(void *)(arena + {plan.scratch[k]})"] if call.scratch_bytes else [])]


def _operand(graph: Graph, plan: Plan, tensor: int, constant_name: str | None) -> str:
    if constant_name is not None:
        return constant_name
    return _pointer(graph.tensors[tensor], plan.offsets[tensor], "const ")


def _pointer(tensor: Tensor, offset: int, qualifier: str) -> str:
    return _cast(tensor, f"arena + {offset}", qualifier)


def _cast(tensor: Tensor, place: str, qualifier: str) -> str:
    through = "" if tensor.dtype == "int8" else "(void *)"
    return f"({qualifier}{C_TYPES[tensor.dtype]} *){through}({place})"

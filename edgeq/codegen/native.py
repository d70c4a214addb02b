"""The native engine of one model: header, layers, kernels and weights as C99 text, rendered from templates."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from edgeq.boards import Board
from edgeq.codegen.affine_inputs import AffineInput, front_calls, input_ports
from edgeq.codegen.constants import find_constants, input_name, output_name, parameter_name
from edgeq.codegen.engine import Engine, make_port
from edgeq.codegen.names import C_TYPES, c_comment, c_identifier, c_number, c_rows
from edgeq.codegen.templates import render
from edgeq.errors import EdgeqError, shown
from edgeq.files import read_bytes
from edgeq.fixedpoint import LIMITS
from edgeq.graph import Graph, Model, Tensor, write_tflite
from edgeq.opkit.contract import Extent, KernelCall, SmallExtent
from edgeq.plan import Chain, Plan, Program, lower, plan_arena
from edgeq.resources import resource_folder

MAX_KERNEL_BYTES = 1 << 20  # of a file that stands in for one of edgeq's
OPTIMIZE = ("default", "size")
CODE_BYTES_FIXED, CODE_BYTES_PER_KERNEL = 400, 900  # upper estimates: Cortex-M4, Clang -O2, all kernels measured


@dataclass(frozen=True)
class NativeOptions:
    """optimize: `default`, or `size` for inner loops that are not unrolled. kernels: a folder of C files that replace
    edgeq's kernels and headers of the same name, such as wrappers of a vendor's library. The bytes stay the same.
    """

    optimize: str = "default"
    kernels: Path | None = None


DEFAULT = NativeOptions()


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


@dataclass(frozen=True)
class NativeEngine:
    """The engine's files (name -> text), and what it takes."""

    name: str
    files: dict[str, str]
    arena_bytes: int
    model_bytes: int
    program: Program
    plan: Plan
    context: Mapping[str, Any]  # what the templates saw; test programs and projects are rendered from it too


def native_engine(model: Model, name: str, labels: tuple[str, ...], board: Board | None,
                  options: NativeOptions) -> Engine:  # fmt: skip
    """The native engine as `generate` takes it; the same C serves every board."""
    native = render_native(model, name, labels, options)
    code = CODE_BYTES_FIXED + CODE_BYTES_PER_KERNEL * len({s.node.kind for s in native.program.steps})
    return Engine(native.name, native.files, native.arena_bytes, native.model_bytes, native.model_bytes + code,
                  native.context)  # fmt: skip


def model_hash(model: Model) -> str:
    """The first 16 hex digits of the SHA-256 of the model as edgeq writes it."""
    return hashlib.sha256(write_tflite(model)).hexdigest()[:16]


def render_native(model: Model, name: str, labels: tuple[str, ...] = (),
                  options: NativeOptions = DEFAULT) -> NativeEngine:  # fmt: skip
    """C for the model's first subgraph. `name` becomes the prefix of all public names, made a C identifier.

    Raises UnsupportedError naming the layers that edgeq does not compute, EdgeqError for options that do not exist.
    """
    if options.optimize not in OPTIMIZE:
        raise EdgeqError(f"--optimize {options.optimize}", "it is not known", f"choose one of {', '.join(OPTIMIZE)}")
    return render_program(model, lower(model.main), name, labels, options)


def render_program(model: Model, program: Program, name: str, labels: tuple[str, ...] = (),
                   options: NativeOptions = DEFAULT) -> NativeEngine:  # fmt: skip
    """The files of a program of the model, lowered already; the other arguments are those of `render_native`."""
    prefix, plan, graph = c_identifier(name), plan_arena(program), program.graph
    constants = find_constants(program)
    layers = [_layer(program, plan, constants.names, k) for k in range(len(program.steps))]
    chains = [_chain(program, plan, constants.names, layers, i) for i in range(len(program.chains))]
    context = {
        "prefix": prefix,
        "PREFIX": prefix.upper(),
        "title": c_comment(name),
        "hash": model_hash(model),
        "arena_bytes": max(plan.arena_bytes, 1),
        "inputs": input_ports(program, plan),
        "outputs": [make_port(graph, i, t, f"arena + {plan.offsets[t]}") for i, t in enumerate(graph.outputs)],
        "operators": sorted({op.kind for op in model.main.ops}),
        "labels": labels,
        "optimize": options.optimize,
        "limits": LIMITS,
        "layers": layers,
        "chains": chains,
        "calls": _calls(program, layers, chains),
        "affine_inputs": [
            AffineInput(i, call.function, _fields(call, f"input{i}", constants.names))
            for i, call in front_calls(program)
        ],
        "constant_outputs": list(_constant_outputs(graph, plan, constants.names)),
        "arrays": constants.arrays,
        "kernels": kernels_source(program, options.kernels),
        "model_bytes": constants.nbytes,
        "wide_extents": _largest(program, Extent) >= 1 << 16,
        "small_extents": options.optimize == "size" and _largest(program, SmallExtent) < 1 << 8,
        "forms": _forms(program),
    }
    files = {
        f"{prefix}.h": render("native/model.h.j2", context),
        f"{prefix}.c": render("native/model.c.j2", context),
        f"{prefix}_kernels.h": render("native/kernels.h.j2", context),
        f"{prefix}_weights.h": render("native/weights.h.j2", context),
    }
    return NativeEngine(prefix, files, plan.arena_bytes, constants.nbytes, program, plan, context)


def kernels_source(program: Program, replacements: Path | None = None) -> str:
    """The kernels that the program calls and the headers that they include, each once, in one text.

    replacements: a folder whose files stand in for edgeq's of the same name; at least one must be used.
    """
    folder, seen = resource_folder("firmware_templates") / "native", set[str]()
    mine = {path.name: path for path in replacements.glob("*.[ch]")} if replacements is not None else {}

    def expand(name: str) -> Iterator[str]:
        if name in seen:
            return
        seen.add(name)
        text = _replacement(mine[name]) if name in mine else (folder / name).read_text()
        yield from _line_of(name, 1)
        for number, line in enumerate(text.splitlines(), 1):
            local = re.fullmatch(r'#include "([a-z0-9_]+\.[ch])"', line)
            yield from (*expand(local[1]), *_line_of(name, number + 1)) if local else [line]
        yield ""

    def _line_of(name: str, number: int) -> Iterator[str]:
        if mine:  # so that a compiler's errors name the file
            yield f'#line {number} "{name}"'

    calls = [(s.call.source, s.node.kind) for s in program.steps if isinstance(s.call, KernelCall)]
    sources = sorted({source or kind.lower() for source, kind in calls} | {c.source for _, c in front_calls(program)})
    lines = [line for source in sources for line in expand(f"{source}.c")]
    if replacements is not None and not replacements.is_dir():
        raise EdgeqError(f"--kernels {replacements}", "there is no such folder", "give a folder of C files")
    if replacements is not None and not seen & set(mine):
        why = f"it has none of the files that the model uses: {', '.join(sorted(seen))}"
        raise EdgeqError(f"--kernels {shown(replacements)}", why, "give a folder with kernels named like edgeq's")
    return "\n".join(lines) if lines else "\n".join(expand("edgeq_native.h"))


def _replacement(path: Path) -> str:
    try:
        return read_bytes(path, "kernel", MAX_KERNEL_BYTES).decode()
    except UnicodeDecodeError as error:
        raise EdgeqError(f"kernel {path}", f"it is no text: {error}", "save it as UTF-8") from error


def _kernel_calls(program: Program) -> list[KernelCall]:
    return [step.call for step in program.steps if isinstance(step.call, KernelCall)]


def _largest(program: Program, kind: type[Extent]) -> int:
    """The largest parameter of that kind of all layers."""
    values = [value for call in _kernel_calls(program) for value in call.parameters.values()]
    return max((int(value) for value in values if isinstance(value, kind)), default=0)


def _forms(program: Program) -> dict[str, int]:
    """Whether the output stages of layers that share inner loops are one-sided, by the first words of their kernels'
    files in capitals, where all agree.
    """
    found: dict[str, set[int]] = {}
    for call in _kernel_calls(program):
        form = call.parameters.get("stage.one_sided")
        kernel = next((k for k in ("conv_2d", "fully_connected") if call.source.startswith(k)), None)
        if kernel and isinstance(form, int):
            found.setdefault(kernel.upper(), set()).add(form)
    return {kernel: forms.pop() for kernel, forms in found.items() if len(forms) == 1}


def _constant_outputs(graph: Graph, plan: Plan, names: Mapping[str, str]) -> Iterator[ConstantOutput]:
    for index, t in enumerate(graph.outputs):
        tensor = graph.tensors[t]
        if tensor.constant and tensor.size:
            yield ConstantOutput(index, names[output_name(index)], tensor.size, _pointer(tensor, plan.offsets[t], ""))


def _layer(program: Program, plan: Plan, names: Mapping[str, str], k: int) -> Layer:
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
        _fields(call, f"layer{k}", names) if call else [],
        _arguments(program, plan, names, k, call) if call else [],
        f"arena + {plan.offsets[output]}",
        node.output.nbytes,
    )


def _chain(program: Program, plan: Plan, names: Mapping[str, str], layers: list[Layer], index: int) -> RowChain:
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


def _calls(program: Program, layers: list[Layer], chains: list[RowChain]) -> list[Layer | RowChain]:
    """What invoke does, in order: layers, and chains in place of theirs."""
    first = {program.chains[chain.index].first: chain for chain in chains}
    calls: list[Layer | RowChain] = []
    for layer in layers:
        if layer.index in first:
            calls.append(first[layer.index])
        elif program.chain_of(layer.index) is None:
            calls.append(layer)
    return calls


def _fields(call: KernelCall, owner: str, names: Mapping[str, str]) -> list[tuple[str, str]]:
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

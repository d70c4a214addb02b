"""The native engine of one model: header, layers, kernels and weights as C99 text, rendered from
templates.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeq.boards import Board
from edgeq.codegen.affine_inputs import input_affine_calls, input_ports
from edgeq.codegen.constants import Constants, find_constants
from edgeq.codegen.engine import Engine, make_port
from edgeq.codegen.frames import main_frame
from edgeq.codegen.kernels import kernels_source
from edgeq.codegen.layer import kernel_fields, make_layer, with_inner
from edgeq.codegen.layer_data import AffineInput
from edgeq.codegen.layers import (
    constant_outputs,
    fed_input,
    initial_values,
    make_calls,
    make_pipeline,
    needs_code,
)
from edgeq.codegen.names import c_comment, c_identifier
from edgeq.codegen.templates import render
from edgeq.dead_channels import LivePart, leave_out, whole
from edgeq.errors import EdgeqError
from edgeq.fixedpoint import LIMITS
from edgeq.graph import Model, write_tflite
from edgeq.opkit.kernel_call import Extent, KernelCall, SmallExtent
from edgeq.plan import Plan, Program, lower, plan_arena
from edgeq.plan.control import programs
from edgeq.plan.state import lay_out_state

OPTIMIZE = ("default", "size")
CODE_BYTES_FIXED, CODE_BYTES_PER_KERNEL = (
    400,
    900,
)  # upper estimates: Cortex-M4, Clang -O2, all kernels measured


@dataclass(frozen=True)
class NativeOptions:
    """How C is generated; the computed bytes do not depend on it.

    optimize: `default`, or `size` for inner loops that are not unrolled. kernels: a folder of C
    files that replace edgeq's kernels and headers of the same name, such as wrappers of a vendor's
    library. keep_dead_channels: whether channels that no output depends on are computed too.
    feed_rows: the input comes row by row and never exists whole. max_ram: the most bytes of the
    arena, for as few instructions as that allows; None: what edgeq finds good.
    """

    optimize: str = "default"
    kernels: Path | None = None
    keep_dead_channels: bool = False
    feed_rows: bool = False
    max_ram: int | None = None


DEFAULT = NativeOptions()


@dataclass(frozen=True)
class NativeEngine:
    """The generated files (name -> text), with the program and the memory plan that they were made
    from. live: the graph that was lowered, and which channels of the model's it has.
    """

    name: str
    files: dict[str, str]
    arena_bytes: int
    model_bytes: int
    program: Program
    plan: Plan
    context: Mapping[
        str, Any
    ]  # what the templates saw; test programs and projects are rendered from it too
    live: LivePart
    state_bytes: int = 0


def native_engine(
    model: Model, name: str, labels: tuple[str, ...], board: Board | None, options: NativeOptions
) -> Engine:
    """The native engine for `generate`; its C does not depend on the board."""
    native = render_native(model, name, labels, options)
    code = estimated_code_bytes(native.program)
    return Engine(
        native.name,
        native.files,
        native.arena_bytes,
        native.model_bytes,
        native.model_bytes + code,
        native.context,
        native.state_bytes,
    )


def estimated_code_bytes(program: Program) -> int:
    """An upper estimate of the code of a program's engine, in bytes, from its kinds of operators."""
    kinds = {s.node.kind for _, part in programs(program) for s in part.steps}
    return CODE_BYTES_FIXED + CODE_BYTES_PER_KERNEL * len(kinds)


def model_hash(model: Model) -> str:
    """The first 16 hex digits of the SHA-256 of the model as `write_tflite` writes it."""
    return hashlib.sha256(write_tflite(model)).hexdigest()[:16]


def render_native(
    model: Model, name: str, labels: tuple[str, ...] = (), options: NativeOptions = DEFAULT
) -> NativeEngine:
    """Generates C for the model's first subgraph. name: made a C identifier, it becomes the prefix
    of all public names.

    Raises UnsupportedError for layers that edgeq does not compute, EdgeqError for unknown options and
    for inputs that cannot be fed by rows.
    """
    if options.optimize not in OPTIMIZE:
        raise EdgeqError(
            f"--optimize {options.optimize}",
            "it is not known",
            f"choose one of {', '.join(OPTIMIZE)}",
        )
    live = whole(model.main) if options.keep_dead_channels else leave_out(model.main)
    program = lower(live.graph, options.feed_rows, options.max_ram)
    return render_program(model, program, name, labels, options, live=live)


def render_program(
    model: Model,
    program: Program,
    name: str,
    labels: tuple[str, ...] = (),
    options: NativeOptions = DEFAULT,
    plan: Plan | None = None,
    live: LivePart | None = None,
) -> NativeEngine:
    """Generates C for a program that the model was lowered to. name: made a C identifier, it
    becomes the prefix of all public names; labels: names of classes; plan: where everything lies,
    `plan_arena` of the program by default; live: the part of the model that was lowered, by default
    all of it.

    Raises UnsupportedError for too many constants, EdgeqError for unusable replacements of kernels.
    """
    plan = plan_arena(program) if plan is None else plan
    constants = find_constants(program)
    context = _context(model, program, plan, constants, name, labels, options)
    prefix = context["prefix"]
    files = {
        f"{prefix}.h": render("native/model.h.j2", context),
        f"{prefix}.c": render("native/model.c.j2", context),
        f"{prefix}_kernels.h": render("native/kernels.h.j2", context),
        f"{prefix}_weights.h": render("native/weights.h.j2", context),
    }
    return NativeEngine(
        prefix,
        files,
        plan.arena_bytes,
        constants.nbytes,
        program,
        plan,
        context,
        whole(model.main) if live is None else live,
        context["state_bytes"],
    )


def _context(
    model: Model,
    program: Program,
    plan: Plan,
    constants: Constants,
    name: str,
    labels: tuple[str, ...],
    options: NativeOptions,
) -> dict[str, Any]:
    """What the templates of a program's engine show."""
    prefix, graph = c_identifier(name), program.graph
    state_bytes = lay_out_state(graph).nbytes
    frame = main_frame(program, plan)
    layers = [make_layer(frame, constants.names, k) for k in range(len(program.steps))]
    pipelines = [
        make_pipeline(program, plan, constants.names, layers, i)
        for i in range(len(program.schedule.pipelines))
    ]
    fed, calls = fed_input(program, plan), make_calls(program, layers, pipelines)
    if fed is not None:
        calls = calls[1:]  # the pipeline that takes its rows runs as they come
    constant = list(constant_outputs(program, plan, constants.names))
    return {
        "prefix": prefix,
        "PREFIX": prefix.upper(),
        "title": c_comment(name),
        "hash": model_hash(model),
        "arena_bytes": max(plan.arena_bytes, 1),
        "state_bytes": state_bytes,
        "has_reset": state_bytes > 0,
        "initial_values": list(initial_values(program, constants.names)),
        "inputs": input_ports(program, plan),
        "outputs": [make_port(graph, i, t, plan.offsets[t]) for i, t in enumerate(graph.outputs)],
        "operators": sorted({op.kind for op in model.main.ops}),
        "labels": labels,
        "optimize": options.optimize,
        "limits": LIMITS,
        "layers": layers,
        "parameters": list(with_inner(layers)),
        "pipelines": pipelines,
        "calls": calls,
        "computes": bool(constant) or any(map(needs_code, calls)),
        "fed": fed,
        "affine_inputs": [
            AffineInput(i, call.function, kernel_fields(call, f"input{i}", constants.names))
            for i, call in input_affine_calls(program)
        ],
        "constant_outputs": constant,
        "arrays": constants.arrays,
        "kernels": kernels_source(program, options.kernels),
        "model_bytes": constants.nbytes,
        "wide_extents": _largest(program, Extent) >= 1 << 16,
        "small_extents": options.optimize == "size" and _largest(program, SmallExtent) < 1 << 8,
        "forms": _forms(program),
    }


def _kernel_calls(program: Program) -> list[KernelCall]:
    steps = (step for _, part in programs(program) for step in part.steps)
    return [step.call for step in steps if isinstance(step.call, KernelCall)]


def _largest(program: Program, kind: type[Extent]) -> int:
    """The largest parameter of that type in all layers."""
    values = [value for call in _kernel_calls(program) for value in call.parameters.values()]
    return max((int(value) for value in values if isinstance(value, kind)), default=0)


def _forms(program: Program) -> dict[str, int]:
    """Each macro that kernel calls of the program declare in `KernelCall.forms`, with its value, if
    all calls that declare it agree.
    """
    found: dict[str, set[int]] = {}
    for call in _kernel_calls(program):
        for macro, value in call.forms.items():
            found.setdefault(macro, set()).add(value)
    return {macro: values.pop() for macro, values in found.items() if len(values) == 1}

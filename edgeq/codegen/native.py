"""The native engine: headers, layers, kernels and weights of models as C99 text, rendered from
templates. Models of one firmware are compiled as one file, with each kernel once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeq.boards import Board
from edgeq.codegen.constants import find_constants
from edgeq.codegen.engine import Engine, EngineModel, NamedModel
from edgeq.codegen.kernels import kernels_source
from edgeq.codegen.native_context import LoweredModel, file_context, model_context
from edgeq.codegen.templates import render
from edgeq.dead_channels import LivePart, leave_out, whole
from edgeq.errors import EdgeqError
from edgeq.graph import Model
from edgeq.opkit.libraries import Library
from edgeq.plan import Plan, Program, lower, plan_arena
from edgeq.plan.control import programs as regions_of

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
    library. library: a vendor's, whose functions compute the layers that they compute to the same bytes.
    keep_dead_channels: whether channels that no output depends on are computed too.
    feed_rows: the input comes row by row and never exists whole. max_ram: the most bytes of the
    arena, for as few instructions as that allows; None: what edgeq finds good. max_extra_macs: how
    much of the fed input's layers may be computed again to save arena, as a part of the model's
    multiply-accumulates; without max_ram the least arena is taken. trace: whether a server of the wire
    can see what each layer writes.
    """

    optimize: str = "default"
    kernels: Path | None = None
    keep_dead_channels: bool = False
    feed_rows: bool = False
    max_ram: int | None = None
    max_extra_macs: float = 0.0
    trace: bool = False
    library: Library | None = None


DEFAULT = NativeOptions()


@dataclass(frozen=True)
class NativeEngine:
    """The generated files (name -> text) of one model, with the program and the memory plan that they
    were made from. live: the graph that was lowered, and which channels of the model's it has.
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


@dataclass(frozen=True)
class _Files:
    """The generated files (name -> text). models: what the templates saw of each; together: of all;
    texts: what each model alone declares and defines.
    """

    files: dict[str, str]
    models: list[dict[str, Any]]
    together: dict[str, Any]
    texts: list[str]


def native_engine(
    models: Sequence[NamedModel], name: str, board: Board | None, options: NativeOptions
) -> Engine:
    """The native engine for `generate`; its C does not depend on the board. name: of the file that
    all models are compiled as.
    """
    lowered = [_lowered(one.model, one.name, one.labels, options) for one in models]
    made = _render(name, lowered, options)
    parts = tuple(
        EngineModel(
            context["prefix"],
            one.plan.arena_bytes,
            context["state_bytes"],
            context["model_bytes"],
            context,
            text,
        )
        for one, context, text in zip(lowered, made.models, made.texts, strict=True)
    )
    model_bytes = made.together["model_bytes"]
    return Engine(
        made.together["prefix"],
        parts,
        made.files,
        model_bytes,
        model_bytes + estimated_code_bytes([one.program for one in lowered]),
        made.together["arrays"],
        library=options.library,
    )


def estimated_code_bytes(compiled: Sequence[Program]) -> int:
    """An upper estimate of the code of programs that are compiled as one file, in bytes, from their
    kinds of operators.
    """
    kinds = {
        step.node.kind
        for program in compiled
        for _, part in regions_of(program)
        for step in part.steps
    }
    return CODE_BYTES_FIXED * len(compiled) + CODE_BYTES_PER_KERNEL * len(kinds)


def render_native(
    model: Model, name: str, labels: tuple[str, ...] = (), options: NativeOptions = DEFAULT
) -> NativeEngine:
    """Generates C for the model's first subgraph. name: made a C identifier, it becomes the prefix
    of all public names.

    Raises UnsupportedError for layers that edgeq does not compute, EdgeqError for unknown options and
    for inputs that cannot be fed by rows.
    """
    return _alone(_lowered(model, name, labels, options), options)


def render_program(
    model: Model,
    program: Program,
    name: str,
    labels: tuple[str, ...] = (),
    options: NativeOptions = DEFAULT,
    plan: Plan | None = None,
) -> NativeEngine:
    """Generates C for a program that all of the model was lowered to. name: made a C identifier, it
    becomes the prefix of all public names; labels: names of classes; plan: where everything lies,
    `plan_arena` of the program by default.

    Raises UnsupportedError for too many constants, EdgeqError for unusable replacements of kernels.
    """
    plan = plan_arena(program) if plan is None else plan
    return _alone(LoweredModel(model, name, labels, program, plan, whole(model.main)), options)


def _lowered(
    model: Model, name: str, labels: tuple[str, ...], options: NativeOptions
) -> LoweredModel:
    if options.optimize not in OPTIMIZE:
        raise EdgeqError(
            f"--optimize {options.optimize}",
            "it is not known",
            f"choose one of {', '.join(OPTIMIZE)}",
        )
    live = whole(model.main) if options.keep_dead_channels else leave_out(model.main)
    if options.library is not None and options.feed_rows:
        what = f"--kernels {options.library.name} with --feed-rows"
        raise EdgeqError(what, "its functions take inputs whole", "leave one of them out")
    program = lower(
        live.graph, options.feed_rows, options.max_ram, options.max_extra_macs, options.library
    )
    return LoweredModel(model, name, labels, program, plan_arena(program), live)


def _alone(lowered: LoweredModel, options: NativeOptions) -> NativeEngine:
    """The engine of one model, in a file of its own."""
    made = _render(lowered.name, [lowered], options)
    context = {**made.together, **made.models[0]}
    return NativeEngine(
        lowered.prefix,
        made.files,
        lowered.plan.arena_bytes,
        context["model_bytes"],
        lowered.program,
        lowered.plan,
        context,
        lowered.live,
        context["state_bytes"],
    )


def _render(name: str, lowered: Sequence[LoweredModel], options: NativeOptions) -> _Files:
    """The files of models that are compiled as one, which is called `name`."""
    owns = [f"{one.prefix}_" if len(lowered) > 1 else "" for one in lowered]
    programs = [one.program for one in lowered]
    constants = find_constants(list(zip(owns, programs, strict=True)))
    models = [
        {
            **model_context(one, constants.names[i], constants.nbytes_of(i), owns[i]),
            "library": options.library,
        }
        for i, one in enumerate(lowered)
    ]
    kernels = kernels_source(programs, options.kernels)
    together = file_context(name, programs, constants, kernels, options.optimize)
    together |= {"trace": options.trace, "library": options.library}
    together |= {"models": models, "bodies": [render("native/model.c.j2", m) for m in models]}
    headers = [render("native/model.h.j2", m) for m in models]
    prefix = together["prefix"]
    files = {
        **{f"{m['prefix']}.h": text for m, text in zip(models, headers, strict=True)},
        f"{prefix}.c": render("native/engine.c.j2", together),
        f"{prefix}_kernels.h": render("native/kernels.h.j2", together),
        f"{prefix}_weights.h": render("native/weights.h.j2", together),
    }
    texts = [f"{h}{body}" for h, body in zip(headers, together["bodies"], strict=True)]
    return _Files(files, models, together, texts)

"""Many cases in one program of C: each is lowered and planned by itself, then all become one model
with one arena, so that every kernel is compiled once.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from differential.case import Case
from differential.interpreters import same
from differential.outcome import DIFFERS, EQUAL, FAILED, REFUSED, Outcome
from edgeq.codegen.native import NativeEngine, render_program
from edgeq.errors import UnsupportedError
from edgeq.graph import Graph, Model
from edgeq.opkit.node import Values
from edgeq.plan import Plan, Program, Schedule, Step, lower, plan_arena
from edgeq.plan.schedule import Pipeline
from edgeq.verify.compare import written_tensors
from edgeq.verify.emulated import Core
from edgeq.verify.host import build_host, run_binary, write_sources
from edgeq.verify.image import build_image
from edgeq.verify.targets import find_target
from edgeq.verify.toolchain import FirmwareError, choose_compiler

GAP = 64  # bytes between the arenas of two cases, which nothing may touch
ALIGNMENT = 16
MOST_FAILED = 3
MOST_ALONE = 20
"""Programs of their own that are compiled for a batch, each of which takes as long as 40 other cases."""
HOST = "host"
LEFT_OUT = f"not compiled: {MOST_ALONE} programs of their own are, of each batch"
QUICKER = ("-fno-sanitize=pointer-overflow",)
"""Addresses that wrap around are no case's fault, and looking for them takes 40 % of compiling."""


@dataclass(frozen=True)
class Lowered:
    """A case with its program and plan."""

    case: Case
    program: Program
    plan: Plan


def lowered(case: Case) -> Lowered | Outcome:
    """The case lowered, or why it is not."""
    try:
        program = lower(case.model.main)
        return Lowered(case, program, plan_arena(program))
    except UnsupportedError as error:
        return Outcome("C", REFUSED, error.why)
    except Exception as error:  # of lowering a graph that was bound and simulated
        return Outcome("C", FAILED, f"lowering: {type(error).__name__}: {error}")


def c_name(target: str) -> str:
    """The name of a target among the computers of a case."""
    return f"C, {target}"


def run_compiled(
    cases: Sequence[Lowered], target: str = HOST, compiler: str | None = None, level: str = "-O1"
) -> list[Outcome]:
    """The outcome of each case in the compiled C, on this machine under sanitizers or on an emulated
    core. All cases must have as many samples.

    Where the program fails as a whole, the case that makes it fail is searched for and left out. After
    `MOST_FAILED` of these the others are not run.
    """
    name, outcomes = c_name(target), dict[int, Outcome]()
    if len(cases) > 1 and any(map(_branches, cases)):
        branching = [one for one in cases if _branches(one)]
        alone = [run_compiled([one], target, compiler, level)[0] for one in branching[:MOST_ALONE]]
        left_out = [Outcome(name, REFUSED, LEFT_OUT)] * len(branching[MOST_ALONE:])
        together = [one for one in cases if not _branches(one)]
        joined = iter(run_compiled(together, target, compiler, level) if together else ())
        own = iter(alone + left_out)
        return [next(own if _branches(one) else joined) for one in cases]
    while len(outcomes) < len(cases):
        left = [k for k in range(len(cases)) if k not in outcomes]
        try:
            values = _values([cases[k] for k in left], target, compiler, level)
        except Exception as error:
            failed = _failing(cases, left, target, compiler, level, error)
            outcomes[failed[0]] = Outcome(name, FAILED, failed[1])
            if len(outcomes) == MOST_FAILED:
                skipped = Outcome(name, REFUSED, "the program failed with other cases")
                return [outcomes.get(k, skipped) for k in range(len(cases))]
        else:
            got = {k: _judged(name, cases[k], v) for k, v in zip(left, values, strict=True)}
            return [outcomes.get(k) or got[k] for k in range(len(cases))]
    return [outcomes[k] for k in range(len(cases))]


def _branches(one: Lowered) -> bool:
    """Whether a case has loops or branches, which have programs of their own."""
    return any(step.control is not None for step in one.program.steps)


def _failing(
    cases: Sequence[Lowered],
    some: Sequence[int],
    target: str,
    compiler: str | None,
    level: str,
    error: Exception,
) -> tuple[int, str]:
    """A case that makes a program of `some` cases fail, and how; `error` is what all of them give."""
    while len(some) > 1:
        half = some[: len(some) // 2]
        try:
            _values([cases[k] for k in half], target, compiler, level)
        except Exception as first:
            some, error = half, first
        else:
            some = some[len(some) // 2 :]
    if isinstance(error, FirmwareError):
        return some[0], f"{error.what}: {error.why}"
    return some[0], f"rendering: {type(error).__name__}: {error}"


def _judged(name: str, one: Lowered, got: Mapping[int, Values]) -> Outcome:
    """got: tensor of the case -> [samples, *shape]."""
    expected, tensors = one.case.expected, one.program.graph.tensors
    wrong = [t for t in got if t in expected and not same(expected[t], got[t])]
    if not wrong:
        return Outcome(name, EQUAL, elements=sum(values.size for values in got.values()))
    t = wrong[0]
    return Outcome(name, DIFFERS, f'first tensor "{tensors[t].name}"')


def _values(
    cases: Sequence[Lowered], target: str, compiler: str | None, level: str
) -> list[dict[int, Values]]:
    """Of each case, the tensors that its program writes."""
    if _branches(cases[0]):
        (one,) = cases
        engine = render_program(one.case.model, one.program, "cases", plan=one.plan)
        gaps: list[tuple[int, int]] = []
    else:
        engine, gaps = engine_of(cases)
    inputs = [x for one in cases for x in one.case.inputs]
    if target == HOST:
        with tempfile.TemporaryDirectory(prefix="edgeq-") as folder:
            write_sources(engine, Path(folder), gaps)
            binary = build_host(Path(folder), compiler, optimization=level, more=QUICKER)
            values = run_binary(binary, engine, inputs)
    else:
        core = find_target(target)
        image = build_image(engine, choose_compiler(core, compiler), memory=core.memory)
        values = Core(core, image, engine).run(inputs).values
    owner, found = _owners(cases), [dict[int, Values]() for _ in cases]
    for written, value in zip(written_tensors(engine.program), values, strict=True):
        k, t = owner[written.tensor]
        found[k][t] = value
    return found


def _owners(cases: Sequence[Lowered]) -> list[tuple[int, int]]:
    """Of each tensor of the joined graph: the case, and the tensor in it."""
    return [(k, t) for k, one in enumerate(cases) for t in range(len(one.program.graph.tensors))]


def engine_of(cases: Sequence[Lowered]) -> tuple[NativeEngine, list[tuple[int, int]]]:
    """The C of all cases as one model, and the gaps in its arena, (offset, bytes) each."""
    graphs, steps, pipelines = list[Graph](), list[Step](), list[Pipeline]()
    offsets, scratch, held = dict[int, int](), dict[int, int](), dict[int, int]()
    lifetimes, affines, gaps = dict[int, tuple[int, int]](), [], []
    tensors = ops = inputs = arena = 0
    for one in cases:
        program, plan, first = one.program, one.plan, len(steps)
        graphs.append(program.graph)
        steps += [_moved_step(step, tensors, ops) for step in program.steps]
        pipelines += [_moved_pipeline(p, tensors, first) for p in program.schedule.pipelines]
        offsets |= {t + tensors: at + arena for t, at in plan.offsets.items()}
        scratch |= {k + first: at + arena for k, at in plan.scratch.items()}
        lifetimes |= {t + tensors: (a + first, b + first) for t, (a, b) in plan.lifetimes.items()}
        held |= {t + tensors: nbytes for t, nbytes in plan.held.items()}
        affines += [
            replace(
                f,
                position=f.position + inputs,
                input=f.input + tensors,
                output=f.output + tensors,
                ops=tuple(i + ops for i in f.ops),
            )
            for f in program.input_affines
        ]
        tensors, ops = tensors + len(program.graph.tensors), ops + len(program.graph.ops)
        inputs += len(program.graph.inputs)
        end = -(-(arena + plan.arena_bytes) // ALIGNMENT) * ALIGNMENT
        gaps.append((end, GAP))
        arena = end + GAP
    graph = joined_graph(graphs)
    program = Program(graph, tuple(steps), Schedule(tuple(pipelines)), input_affines=tuple(affines))
    plan = Plan(offsets, scratch, arena, arena, arena, False, lifetimes, held)
    model = Model((joined_graph([one.case.model.main for one in cases]),))
    return render_program(model, program, "cases", plan=plan), gaps


def joined_graph(graphs: Sequence[Graph]) -> Graph:
    """All graphs side by side, tensors named by the number of their graph; without outputs, as what
    layers write is compared, and functions for a thousand outputs would have to be compiled.
    """
    at, tensors, ops, inputs = 0, [], [], []
    for k, graph in enumerate(graphs):
        tensors += [replace(t, name=f"{k}/{t.name}") for t in graph.tensors]
        ops += [
            replace(op, inputs=_moved(op.inputs, at), outputs=_moved(op.outputs, at))
            for op in graph.ops
        ]
        inputs += _moved(graph.inputs, at)
        at += len(graph.tensors)
    return Graph(tuple(tensors), tuple(ops), tuple(inputs), ())


def _moved(tensors: Sequence[int], by: int) -> tuple[int, ...]:
    return tuple(t if t < 0 else t + by for t in tensors)


def _moved_step(step: Step, tensors: int, ops: int) -> Step:
    node = replace(step.node, index=step.node.index + ops)
    reads, writes = _moved(step.reads, tensors), _moved(step.writes, tensors)
    return replace(step, node=node, reads=reads, writes=writes)


def _moved_pipeline(pipeline: Pipeline, tensors: int, steps: int) -> Pipeline:
    buffers = {
        t + tensors: lines._replace(place=None if lines.place is None else lines.place + tensors)
        for t, lines in pipeline.line_buffers.items()
    }
    return replace(
        pipeline,
        first=pipeline.first + steps,
        last=pipeline.last + steps,
        line_buffers=buffers,
        in_place_offsets={t + tensors: at for t, at in pipeline.in_place_offsets.items()},
    )

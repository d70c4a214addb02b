"""Generated C with a vendor's library on a target, of many layers at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edgeq.codegen.native import NativeOptions, render_program
from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.opkit.libraries import Library
from edgeq.ops import bind
from edgeq.plan import Program
from edgeq.plan.library import with_library
from edgeq.plan.steps import make_step
from edgeq.simulate.execute import random_inputs
from edgeq.verify import Settings
from edgeq.verify.job import prepare
from edgeq.verify.result import TargetResult
from edgeq.verify.run import verify_target
from edgeq.verify.targets import find_target

LARGEST = 6_000  # bytes of an input and of weights, as all layers are in one program


def small(graph: Graph) -> bool:
    """Whether a layer's tensors are small enough for a program of many."""
    return max(t.nbytes for t in graph.tensors) <= LARGEST


def together(graphs: Sequence[Graph]) -> Graph:
    """Graphs side by side in one."""
    tensors, ops, inputs, outputs = list[Tensor](), list[Op](), list[int](), list[int]()
    for number, graph in enumerate(graphs):
        at = len(tensors)
        tensors += [replace(t, name=f"{number} {t.name}") for t in graph.tensors]
        for op in graph.ops:
            ops.append(
                replace(
                    op,
                    inputs=tuple(t + at for t in op.inputs),
                    outputs=tuple(t + at for t in op.outputs),
                )
            )
        inputs += [t + at for t in graph.inputs]
        outputs += [t + at for t in graph.outputs]
    return Graph(tuple(tensors), tuple(ops), tuple(inputs), tuple(outputs))


def run(graphs: Sequence[Graph], library: Library, target: str, compiler: str) -> TargetResult:
    """What `edgeq verify` says of one program of all layers, each of which calls the library."""
    graph = together(graphs)
    steps = tuple(make_step(graph, node) for node in bind(graph))
    program, options = with_library(Program(graph, steps), library), NativeOptions(library=library)
    model = Model((graph,))
    engine = render_program(model, program, "layers", (), options)
    job = prepare(model, engine, random_inputs(graph, 3))
    settings = Settings(compiler, native=options, sanitize=False, emulated_samples=3)
    return verify_target(job, find_target(target), settings=settings)

"""Inputs that firmware makes of real values: the kernels that do it, and what the application fills."""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.codegen.engine import Port, make_port, with_front
from edgeq.opkit.contract import KernelCall
from edgeq.opkit.input_front import front_kernel
from edgeq.plan import Plan, Program


@dataclass(frozen=True)
class AffineInput:
    """An input that a kernel makes of real values as the application gives them. fields: of its parameters."""

    index: int
    function: str
    fields: list[tuple[str, str]]


def front_calls(program: Program) -> list[tuple[int, KernelCall]]:
    """(input, the kernel that makes it of real values) of each input that has one."""
    return [(front.position, front_kernel(front, program.graph.tensors[front.output])) for front in program.fronts]


def input_ports(program: Program, plan: Plan) -> list[Port]:
    """What the application fills: the integers, where these are made of real values."""
    graph, fronts = program.graph, {front.position: front for front in program.fronts}
    ports = [make_port(graph, i, t, f"arena + {plan.offsets[t]}") for i, t in enumerate(graph.inputs)]
    return [with_front(port, graph, fronts[i]) if i in fronts else port for i, port in enumerate(ports)]

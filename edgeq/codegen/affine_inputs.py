"""Inputs that firmware makes of real values: the kernels that do it, and what the application
fills.
"""

from __future__ import annotations

from edgeq.codegen.ports import Port, make_port, with_input_affine
from edgeq.opkit.input_affine import input_affine_kernel
from edgeq.opkit.kernel_call import KernelCall
from edgeq.plan import Plan, Program


def input_affine_calls(program: Program) -> list[tuple[int, KernelCall]]:
    """(input, the kernel that makes it of real values) of each input that has one."""
    return [
        (affine.position, input_affine_kernel(affine, program.graph.tensors[affine.output]))
        for affine in program.input_affines
    ]


def input_ports(program: Program, plan: Plan) -> list[Port]:
    """What the application fills: the integers, where these are made of real values; and an input
    whose rows it gives one after the other.
    """
    graph, affines = program.graph, {affine.position: affine for affine in program.input_affines}
    if program.fed_input is not None:
        return [make_port(graph, 0, program.fed_input)]
    ports = [make_port(graph, i, t, plan.offsets[t]) for i, t in enumerate(graph.inputs)]
    return [
        with_input_affine(port, graph, affines[i]) if i in affines else port
        for i, port in enumerate(ports)
    ]

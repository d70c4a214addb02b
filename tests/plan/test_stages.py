"""Stages of pipelines: what they read, and which of them may write over it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from plan.networks import Network

from edgeq.plan import Program
from edgeq.plan.candidates import find_row_kernel
from edgeq.plan.in_place import in_place_choices
from edgeq.plan.lower import lower_whole
from edgeq.plan.stages import find_stage, find_stages


def sum_of_two_filters() -> Program:
    net = Network(np.random.default_rng(0))
    x = net.input(8, 6, 4)
    return lower_whole(net.model(net.join(net.filter(x, 4, (3, 3)), net.filter(x, 4, (1, 1)))).main)


def test_a_sum_may_be_written_over_either_operand_or_apart() -> None:
    program = sum_of_two_filters()
    stages = find_stages(program, [find_row_kernel(step) for step in program.steps], 0, 2)
    assert stages is not None
    a, b, y = (stage.writes for stage in stages)
    assert [dict(graph.buffer_of) for graph in in_place_choices(stages)] == [
        {a: y, b: b, y: y},
        {a: a, b: y, y: y},
        {a: a, b: b, y: y},
    ]


def test_rows_are_apart_of_a_kernel_that_needs_an_exact_distance() -> None:
    """Two line buffers do not keep the distance that whole tensors have."""
    program = sum_of_two_filters()
    kernel = find_row_kernel(program.steps[2])
    assert kernel is not None
    exact = replace(kernel, call=replace(kernel.call, exact=True))
    assert find_stage(program, program.steps[2], kernel).overlap == (0, 0)
    assert find_stage(program, program.steps[2], exact).overlap == (None, None)


def test_a_tensor_that_others_need_ends_no_stage_but_the_last() -> None:
    program = sum_of_two_filters()
    kernels = [find_row_kernel(step) for step in program.steps]
    assert find_stages(program, kernels, 1, 2) is not None
    assert find_stages(program, kernels, 0, 1) is None  # the sum needs both
    outputs = (*program.graph.outputs, program.steps[1].writes[0])
    needed = replace(program, graph=replace(program.graph, outputs=outputs))
    assert find_stages(needed, kernels, 1, 2) is None
    assert find_stages(program, [kernels[0], None, kernels[2]], 0, 2) is None

"""Borders of the C kernels that other fast tests do not reach: a few layers in one program, compiled
without optimization, which takes no time.
"""

from __future__ import annotations

import numpy as np
import pytest
from firmware.test_per_channel import corners
from ops.cases import merge
from ops.test_depthwise_conv_2d import depthwise
from ops.unary import unary

from edgeq.codegen.native import NativeOptions, render_native
from edgeq.graph import Model
from edgeq.opkit.node import Values
from edgeq.ops import bind, operator
from edgeq.simulate.execute import execute, random_inputs
from edgeq.verify.host import run_host

RECTIFIED = {"fused_activation_function": "RELU"}
OUTPUT = (1 / 32768, 0)


def squashes() -> dict[str, Model]:
    """LOGISTIC and TANH of int16 on 4,096 inputs: below the table's last entry and beyond it,
    with scales that need a shift of many bits, of one and of none.
    """
    scales = {"small": 1 / 32768, "usual": 1 / 4096, "large": 0.01, "one bit": 0.7, "no shift": 2.6}
    return {
        f"{kind} {name}": unary(kind, (scale, 0), OUTPUT, "int16", (1, 4096))
        for kind in ("LOGISTIC", "TANH")
        for name, scale in scales.items()
    }


def end_to_end(model: Model) -> list[Values]:
    """One sample: random int8 inputs, and int16 ones from end to end and densely around 0."""
    inputs = random_inputs(model.main, 1)
    values = np.concatenate([np.linspace(-32768, 32767, 3840), np.arange(-128, 128)])
    steps = values.astype(np.int16).reshape(1, 1, 4096)
    return [steps if x.dtype == np.int16 else x for x in inputs]


def wrong_layers(model: Model, optimize: str = "default") -> list[int]:
    """The tensors of which the C gives other bytes than the simulator."""
    inputs = end_to_end(model)
    engine = render_native(model, "op", (), NativeOptions(optimize))
    found = run_host(engine, inputs, sanitize=False, optimization="-O0")
    expected = execute(model.main, inputs, tuple(found))
    return [t for t, y in found.items() if not np.array_equal(y, expected[t])]


def small_filters() -> dict[str, Model]:
    """3x3 filters that move by 1 and by 2, in one band and in several, and a 5x2 one."""
    names = ("4 x 3 by 1, SAME", "3 x 4 by 2, VALID", "41 x 20 by 2, SAME", "40 x 23 by 1, VALID")
    other = depthwise(
        (1, 40, 24, 3), (5, 2), 1, 2, True, (3, -128), (0.05, 0.2), stride_h=2, **RECTIFIED
    )
    return {name: corners()[name] for name in names} | {"5 x 2": other}


@pytest.mark.slow
def test_tables_end_and_filters_step_as_the_simulator_says() -> None:
    assert wrong_layers(merge(squashes() | small_filters())) == []


def test_the_smallest_loops_step_as_the_simulator_says() -> None:
    assert wrong_layers(merge(small_filters()), "size") == []


def test_the_filters_reach_both_kernels_in_the_single_multiply_form() -> None:
    calls = [operator(n.kind).kernel(n) for n in bind(merge(small_filters()).main)]
    forms = {(call.function, call.parameters["epilogue.single_multiply"]) for call in calls}
    assert forms == {
        ("edgeq_depthwise_conv_2d_3x3_s8", 1),
        ("edgeq_depthwise_conv_2d_per_channel_s8", 1),
    }

"""Depthwise convolutions channel by channel on every core that has its own loops, against the
simulator.
"""

import numpy as np
import pytest
from firmware.cores import SMALLEST, assert_cores_agree
from ops.cases import merge
from ops.test_depthwise_conv_2d import depthwise

from edgeq.graph import Model
from edgeq.ops import bind, operator
from edgeq.verify.job import Settings

SIZES = ((3, 3), (3, 3), (3, 3), (5, 5), (1, 3), (4, 2), (3, 1), (2, 7))
ACTIVATIONS = (
    ("RELU", -128),
    ("RELU6", -128),
    ("NONE", 7),
    ("RELU", -9),
)  # with zero points of the output


def random_layers_per_channel(rng: np.random.Generator, count: int) -> dict[str, Model]:
    """Images down to one pixel and up to some that take several bands, under filters of every size
    and stride.
    """
    models = {}
    for i in range(count):
        size, activation = SIZES[i % len(SIZES)], ACTIVATIONS[int(rng.integers(4))]
        height, width = (int(n) for n in rng.integers(1, 9, 2) + rng.choice([0, 0, 0, 40], 2))
        strides = [int(n) for n in rng.integers(1, 4 if i % 2 else 3, 2)]
        padding = (
            "SAME" if height < size[0] or width < size[1] else str(rng.choice(["SAME", "VALID"]))
        )
        models[f"per channel {i}"] = depthwise(
            (1 + i % 7 // 6, height, width, int(rng.integers(2, 5))),
            size,
            1,
            i,
            bool(i % 3),
            (int(rng.integers(-128, 128)), activation[1]),
            (0.05, float(rng.uniform(0.05, 0.5))),
            padding=padding,
            stride_h=strides[0],
            stride_w=strides[1],
            fused_activation_function=activation[0],
        )
    return models


def corners() -> dict[str, Model]:
    """Lines of one output, odd and even ones, in each direction, and channels of several bands."""
    shapes = [
        (1, 1, 1, 2),
        (1, 1, 2, 2),
        (1, 2, 1, 2),
        (1, 3, 3, 4),
        (1, 4, 3, 2),
        (1, 3, 4, 2),
        (1, 9, 3, 2),
    ]
    shapes += [(1, 41, 20, 2), (1, 40, 40, 2), (1, 40, 23, 2)]
    return {
        f"{x[1]} x {x[2]} by {stride}, {padding}": depthwise(
            x,
            (3, 3),
            zero_points=(5, -128),
            scales=(0.05, 0.2),
            stride_h=stride,
            stride_w=stride,
            padding=padding,
            fused_activation_function="RELU",
        )
        for x in shapes
        for stride in (1, 2)
        for padding in ("SAME", "VALID")
        if padding == "SAME" or min(x[1:3]) > 2
    }


@pytest.fixture(scope="module")
def model() -> Model:
    return merge(corners() | random_layers_per_channel(np.random.default_rng(4), 32))


def test_the_random_layers_reach_every_loop(model: Model) -> None:
    calls = [operator(node.kind).kernel(node) for node in bind(model.main)]
    fast = [c.parameters for c in calls if c.function == "edgeq_depthwise_conv_2d_3x3_s8"]
    others = [c.parameters for c in calls if c.function == "edgeq_depthwise_conv_2d_per_channel_s8"]
    reached = {
        (p["position_stride"], p["output_positions"] % 2, p["band"] < p["output_lines"])
        for p in fast
    }
    assert reached == {
        (stride, odd, banded) for stride in (1, 2) for odd in (0, 1) for banded in (False, True)
    }
    assert {p["epilogue.single_multiply"] for p in others} == {0, 1}
    assert {p["epilogue.clamped"] for p in (*fast, *others)} == {0, 1}


CORES = [
    ("cortex-m4", "zig", "-O2"),
    ("cortex-m4", "zig", "-O0"),
    ("cortex-m4", "arm-none-eabi-gcc", "-O2"),
    ("cortex-m4", "arm-none-eabi-gcc", "-O3"),
    ("cortex-m3", "zig", "-O2"),
    ("cortex-m3", "arm-none-eabi-gcc", "-Os"),
    ("cortex-m0", "zig", "-O2"),
    ("rv32imc", "zig", "-O2"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("target", "compiler", "optimization"), CORES)
def test_every_core_gives_the_simulators_bytes(
    model: Model, target: str, compiler: str, optimization: str
) -> None:
    assert_cores_agree(
        model, target, settings=Settings(compiler=compiler, optimization=optimization)
    )


@pytest.mark.slow
@pytest.mark.parametrize("target", ["cortex-m0", "cortex-m3", "cortex-m4", "rv32imc"])
def test_loops_that_are_not_unrolled_give_them_too(model: Model, target: str) -> None:
    assert_cores_agree(model, target, samples=1, settings=SMALLEST)

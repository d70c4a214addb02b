"""The vector loops of cores with Helium against the simulator: every kind of tail, in every build."""

import numpy as np
import pytest
from firmware.cores import assert_cores_agree
from firmware.test_dot_products import random_convolutions, random_layers
from firmware.test_per_channel import corners, random_layers_per_channel
from ops.cases import merge
from ops.pairs import shape_cases
from ops.pools import cases, pool
from ops.test_conv_2d import convolution
from ops.test_fully_connected import layer

from edgeq.graph import Model
from edgeq.verify.job import Settings

BUILDS = [
    ("arm-none-eabi-gcc", "-O2"),
    ("arm-none-eabi-gcc", "-O3"),
    ("arm-none-eabi-gcc", "-Os"),
    ("arm-none-eabi-gcc", "-O0"),
    ("zig", "-O2"),
    ("zig", "-O0"),
]


def many_taps(rng: np.random.Generator) -> dict[str, Model]:
    """Filters of several vectors: of whole ones, of part of one, and of channels that are none."""
    models = {}
    for i, channels in enumerate((4, 8, 12, 16, 20, 32, 48, 3, 5, 17)):
        size = 1 if i % 2 == 0 else 3
        models[f"{channels} channels, {size} x {size}"] = convolution(
            (1, 5, 3 + i % 3, channels),
            (1 + i, size, size, channels),
            i,
            True,
            (int(rng.integers(-128, 128)), (-128, 7)[i // 2 % 2]),
            (0.05, 0.9),
            stride_w=1 + i % 3 // 2,
            fused_activation_function=("RELU", "NONE")[i // 2 % 2],
        )
    return models


def many_inputs() -> dict[str, Model]:
    """Layers whose depth leaves 0 to 3 groups of 4 behind the last whole 16 inputs."""
    return {
        f"{depth} inputs": layer((2, depth), 9, depth, True, (3, -128))
        for depth in (4, 16, 64, 68, 72, 76)
    }


def elementwise_and_pools() -> dict[str, Model]:
    """Sums and pools, of more and of fewer channels than vectors hold."""
    models = {f"add, {name}": model for name, model in shape_cases("ADD").items()}
    for kind in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
        models |= {f"{kind}, {name}": model for name, model in cases(kind).items()}
        models |= {
            f"{kind}, {n} channels": pool(kind, (1, 5, 4, n), (3, 2), activation="RELU6")
            for n in (4, 16, 35)
        }
    return models


@pytest.mark.slow
@pytest.mark.parametrize(("compiler", "optimization"), BUILDS)
def test_every_build_gives_the_simulators_bytes(compiler: str, optimization: str) -> None:
    rng = np.random.default_rng(6)
    model = merge(
        random_convolutions(rng, 12)
        | random_layers(rng, 8)
        | many_taps(rng)
        | many_inputs()
        | corners()
        | random_layers_per_channel(rng, 16)
        | elementwise_and_pools()
    )
    assert_cores_agree(
        model, "cortex-m55", settings=Settings(compiler=compiler, optimization=optimization)
    )

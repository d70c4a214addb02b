"""The inner loops of convolutions and fully connected layers on every core that has its own,
against the simulator.
"""

import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from firmware.cores import SMALLEST, assert_cores_agree
from ops.cases import merge
from ops.packed import with_weights
from ops.test_conv_2d import convolution
from ops.test_depthwise_conv_2d import depthwise
from ops.test_fully_connected import layer

from edgeq.graph import Model, Tensor
from edgeq.ops import bind, operator
from edgeq.resources import resource_folder
from edgeq.verify.host import SANITIZERS
from edgeq.verify.job import Settings
from edgeq.verify.toolchain import WARNINGS, compile_c

HERE = Path(__file__).resolve().parent
ACTIVATIONS = (
    ("NONE", 7),
    ("RELU", -128),
    ("RELU6", -128),
    ("RELU", -9),
)  # with zero points of the output


def random_convolutions(rng: np.random.Generator, count: int) -> dict[str, Model]:
    """Windows of any size over images that they hang over, any number of filters, channels and
    pixels.
    """
    models = {}
    for i in range(count):
        height, width, channels, filters = (int(n) for n in rng.integers(1, (7, 7, 14, 10)))
        size, stride, dilation = (
            [int(n) for n in rng.integers(1, limit, 2)] for limit in (5, 4, 3)
        )
        activation, zero_point = ACTIVATIONS[i % len(ACTIVATIONS)]
        models[f"conv {i}"] = convolution(
            (1, height, width, channels),
            (filters, *size, channels),
            i,
            bool(i % 3),
            (int(rng.integers(-128, 128)), zero_point),
            (0.05, float(rng.uniform(0.02, 0.5))),
            stride_h=stride[0],
            stride_w=stride[1],
            dilation_h_factor=dilation[0],
            dilation_w_factor=dilation[1],
            fused_activation_function=activation,
        )
    return models


def random_layers(rng: np.random.Generator, count: int) -> dict[str, Model]:
    """Layers of 4 to 21 units over 1 to 22 groups of 4 inputs, in one row or two."""
    models = {}
    for i in range(count):
        depth, units = 4 * int(rng.integers(1, 23)), int(rng.integers(4, 22))
        activation, zero_point = ACTIVATIONS[i % len(ACTIVATIONS)]
        models[f"layer {i}"] = layer(
            (1 + i % 2, depth),
            units,
            i,
            bool(i % 3),
            (int(rng.integers(-128, 128)), zero_point),
            fused_activation_function=activation,
        )
    return models


def not_joinable(models: dict[str, Model]) -> dict[str, Model]:
    """The models with a weight of -128 in the second filter beside one of -1 in the first."""

    def change(w: Tensor) -> Tensor:
        values = w.array.copy().reshape(w.shape[0], -1)
        values[:2, 0] = (-1, -128)[: len(values)]
        values[:2, 1:2] = 1  # two neighbours of -128 have no such kernel
        return replace(w, buffer=values.astype(np.int8).tobytes())

    return {f"{name}, apart": with_weights(model, change) for name, model in models.items()}


@pytest.fixture(scope="module")
def model() -> Model:
    rng = np.random.default_rng(4)
    models = random_convolutions(rng, 24) | random_layers(rng, 12)
    apart = not_joinable(random_convolutions(rng, 8) | random_layers(rng, 4))
    return merge(models | apart)


def test_the_random_layers_reach_both_forms_of_the_inner_loops(model: Model) -> None:
    calls = [operator(node.kind).kernel(node) for node in bind(model.main)]
    inner = [
        c
        for c in calls
        if c.function in ("edgeq_conv_2d_im2col_s8", "edgeq_fully_connected_neurons_s8")
    ]
    forms = [c.parameters["epilogue.single_multiply"] for c in inner]
    assert len(inner) >= 30
    assert 5 < sum(forms) < len(forms) - 5
    joined = [
        (c.parameters["epilogue.joined"], c.parameters["epilogue.single_multiply"]) for c in inner
    ]
    assert all(joined.count((join, form)) >= 3 for join in (0, 1) for form in (0, 1))


CORES = [
    ("cortex-m4", "zig", "-O2"),
    ("cortex-m4", "arm-none-eabi-gcc", "-O2"),
    ("cortex-m3", "zig", "-O2"),
    ("cortex-m3", "zig", "-O0"),
    ("cortex-m3", "arm-none-eabi-gcc", "-O2"),
    ("cortex-m3", "arm-none-eabi-gcc", "-Os"),
    ("cortex-m0", "zig", "-O2"),
    ("cortex-m0", "arm-none-eabi-gcc", "-O2"),
    ("cortex-m0", "arm-none-eabi-gcc", "-O0"),
    ("rv32imc", "zig", "-O2"),
    ("rv32imc", "zig", "-O0"),
    ("rv32imc", "riscv64-unknown-elf-gcc", "-O2"),
    ("rv32imc", "riscv64-unknown-elf-gcc", "-O3"),
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


@pytest.mark.slow
def test_cores_of_8_bits_and_of_strict_alignment_give_the_simulators_bytes() -> None:
    rng = np.random.default_rng(5)
    model = merge(random_convolutions(rng, 4) | random_layers(rng, 3))
    assert_cores_agree(model, "avr-atmega2560", "xtensa-lx106")


@pytest.mark.slow
def test_convolutions_of_int16_compile_for_avr() -> None:
    """GCC 5 runs out of registers where all loops around sums of 64 bits are in one function."""
    cases = {
        "convolution": convolution((1, 5, 4, 2), (3, 3, 3, 2), dtype="int16"),
        "groups": convolution((1, 5, 6, 6), (4, 3, 3, 3), dtype="int16", dilation_w_factor=2),
        "depthwise": depthwise((1, 5, 4, 3), (3, 3), dtype="int16"),
        "multiplier 2": depthwise((1, 4, 4, 2), (3, 2), 2, dtype="int16"),
    }
    assert_cores_agree(merge(cases), "avr-atmega2560")


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_high_words_from_halves_are_those_of_the_whole_product(
    tmp_path: Path, compiler: str
) -> None:
    corners = [0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFF0000, 0x7FFF8000, 0x7FFFFFFF]
    values = np.array([sign * v - less for v in corners for sign in (1, -1) for less in (0, 1)])
    pairs = np.array(np.meshgrid(values, values)).reshape(2, -1).T
    random = np.random.default_rng(0).integers(-(2**31), 2**31, (100_000, 2))
    a, b = np.concatenate([pairs, random, random >> np.array([0, 16])]).astype(np.int64).T
    include = resource_folder("firmware_templates") / "native"
    compile_c(
        compiler,
        [*WARNINGS, *SANITIZERS, "-I", str(include), str(HERE / "high_words.c"), "-o", "a"],
        tmp_path,
    )
    words = np.stack([a, b], axis=1).astype(np.int32)
    done = subprocess.run([tmp_path / "a"], input=words.tobytes(), capture_output=True, check=True)
    high, rounded = np.frombuffer(done.stdout, np.int32).reshape(-1, 2).T
    np.testing.assert_array_equal(high, a * b >> 32)
    np.testing.assert_array_equal(rounded, a * b + 2**31 >> 32)

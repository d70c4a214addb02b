"""What keeps the engine's code small: parts that no layer needs are left out, sizes take 16 bits
where that will do.
"""

from pathlib import Path

import numpy as np
import pytest
from ops.cases import merge
from ops.harness import compiled_output
from ops.test_conv_2d import convolution
from ops.test_fully_connected import layer
from verify.tools import needed

from edgeq.codegen.native import NativeOptions, render_native
from edgeq.graph import Model, read_tflite
from edgeq.simulate.execute import execute, random_inputs
from edgeq.verify import verify
from edgeq.verify.image import build_image
from edgeq.verify.job import Settings
from edgeq.verify.targets import find_target
from edgeq.verify.toolchain import compiler_command

MODELS = ("kws_ref_model", "pretrainedResnet_quant", "vww_96_int8", "ad01_int8")


def rectified(seed: int) -> Model:
    """A convolution whose requantization epilogue multiplies once."""
    activation = {"fused_activation_function": "RELU"}
    return convolution((1, 4, 4, 4), (4, 3, 3, 4), seed, True, (3, -128), (0.05, 0.2), **activation)


def linear(seed: int) -> Model:
    """One whose requantization epilogue rounds twice."""
    return convolution((1, 4, 4, 4), (4, 3, 3, 4), seed, True, (3, 7), (0.05, 0.2))


def kernels(model: Model) -> str:
    return render_native(model, "m").files["m_kernels.h"]


def test_a_form_that_all_layers_share_is_told() -> None:
    assert "#define EDGEQ_CONV_2D_FORM 1 " in kernels(merge({"a": rectified(0), "b": rectified(1)}))
    assert "#define EDGEQ_CONV_2D_FORM 0 " in kernels(linear(0))
    assert "#define EDGEQ_CONV_2D_FORM" not in kernels(merge({"a": rectified(0), "b": linear(1)}))


@pytest.mark.slow
@pytest.mark.parametrize(
    "model", [rectified(2), linear(2)], ids=["single-multiply", "double-rounding"]
)
def test_layers_of_one_form_give_the_simulators_bytes(model: Model) -> None:
    agrees(model)


@pytest.mark.slow
def test_sizes_beyond_16_bits_are_kept() -> None:
    narrow, wide = (
        rectified(0),
        convolution((1, 1, 65_540, 1), (2, 1, 3, 1), 0, True, (3, 7), (0.05, 0.2)),
    )
    assert "#define EDGEQ_WIDE_EXTENTS" not in kernels(narrow)
    assert "#define EDGEQ_WIDE_EXTENTS" in kernels(wide)
    agrees(wide)


@pytest.mark.slow
@pytest.mark.parametrize(("height", "small"), [(255, True), (256, False)])
def test_the_smallest_code_has_sizes_of_8_bits_where_they_fit(height: int, small: bool) -> None:
    model, size = (
        convolution((1, height, 1, 4), (4, 3, 1, 4), 0, True, (3, 7), (0.05, 0.2)),
        NativeOptions("size"),
    )
    assert (
        "#define EDGEQ_SMALL_EXTENTS" in render_native(model, "m", (), size).files["m_kernels.h"]
    ) == small
    assert "#define EDGEQ_SMALL_EXTENTS" not in kernels(model)
    (result,) = verify(
        model, targets=("host",), samples=1, settings=Settings(native=size), strict=True
    ).targets
    assert (result.status, result.first_difference) == ("ok", None)


@pytest.mark.parametrize(("per_neuron", "length"), [(False, 12 + 3 * 4), (True, 12 + 3 * 12)])
def test_neurons_with_one_scale_share_their_constants(per_neuron: bool, length: int) -> None:
    model = layer((1, 16), 12, 0, per_neuron, (3, 7))
    (constants,) = (
        a
        for a in render_native(model, "m").context["arrays"]
        if a.name.endswith("epilogue_constants")
    )
    assert [elements.length for elements in constants.variants] == [length] * 2, "of two orders"
    agrees(model)


def agrees(model: Model) -> None:
    """The compiled C gives the simulator's bytes."""
    inputs = random_inputs(model.main, 2, 0)
    (output,) = model.main.outputs
    expected = execute(model.main, inputs, (output,))[output]
    np.testing.assert_array_equal(compiled_output(model, inputs), expected)


@pytest.mark.slow
@pytest.mark.parametrize("target", ["cortex-m0", "cortex-m3", "cortex-m4", "rv32imc"])
@pytest.mark.parametrize("name", MODELS)
def test_code_of_the_published_models_stays_within_10_kb(
    shared_models: Path, name: str, target: str
) -> None:
    engine = render_native(read_tflite(shared_models / f"{name}.tflite"), "m")
    for compiler in find_target(target).compilers:
        if compiler_command(compiler.name):
            code = build_image(engine, compiler).flash_bytes - engine.model_bytes
            assert code <= 10_240, f"{compiler.name}: {code}"


@pytest.mark.slow
@pytest.mark.parametrize("target", ["cortex-m0", "cortex-m3", "cortex-m4", "cortex-m55", "rv32imc"])
@pytest.mark.parametrize("name", MODELS)
def test_the_smallest_code_by_gcc_stays_within_6_kb(
    shared_models: Path, name: str, target: str
) -> None:
    engine = render_native(
        read_tflite(shared_models / f"{name}.tflite"), "m", (), NativeOptions("size")
    )
    core = find_target(target)
    gcc = needed(core, next(c.name for c in core.compilers if c.name != "zig"))
    assert build_image(engine, gcc, "-Os", core.memory).flash_bytes - engine.model_bytes <= 6_144

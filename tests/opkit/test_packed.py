"""Packed weights: int4 and codebooks against tflite-runtime, TFLM, which decodes both itself, and
the compiled C.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from firmware.firings import between_copies, fused
from ops.cases import (
    assert_cases_agree,
    assert_each_agrees_with_tflite,
    compiled_outputs,
    merge,
)
from ops.compiled import run_compiled
from ops.harness import assert_all_agree, compiled_output
from ops.packed import coded, expanded_int4, int4
from ops.test_conv_2d import CASES as CONVOLUTIONS
from ops.test_conv_2d import convolution
from ops.test_depthwise_conv_2d import CASES as DEPTHWISE
from ops.test_depthwise_conv_2d import depthwise
from ops.test_fully_connected import CASES as DENSE
from ops.test_fully_connected import layer

from edgeq.codegen.native import render_native
from edgeq.graph import Model, expanded
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.packed import pack_index_rows, pack_int4_rows
from edgeq.plan import lower
from edgeq.simulate.execute import execute, random_inputs
from edgeq.verify.host import run_host

ALL = {
    **{f"convolution, {name}": model for name, model in CONVOLUTIONS.items()},
    **{f"depthwise, {name}": model for name, model in DEPTHWISE.items()},
    **{f"dense, {name}": model for name, model in DENSE.items()},
}
BYTES = {name: model for name, model in ALL.items() if "int16" not in name}
INT16 = {name: model for name, model in ALL.items() if "int16" in name}


@pytest.mark.parametrize(("compiler", "first"), [("gcc", 0), ("clang", 1)])
@pytest.mark.slow
def test_every_computer_knows_int4(compiler: str, first: int) -> None:
    """Half of all layers each; neither oracle takes a dense layer of int4 with a scale for each
    unit.
    """
    layers = {name: int4(model, -8 + first) for name, model in list(BYTES.items())[first::2]}
    apart = {name for name in layers if "dense" in name and len(scales(layers[name])) > 1}
    assert_cases_agree(
        {name: layers[name] for name in sorted(apart)},
        samples=4,
        compiler=compiler,
        tflite=False,
        tflm=False,
    )
    assert_cases_agree(
        {n: m for n, m in layers.items() if n not in apart}, samples=4, compiler=compiler
    )


@pytest.mark.slow
def test_int4_by_int16_gives_what_the_same_weights_of_int8_give() -> None:
    """TFLM refuses these types, and tflite-runtime takes packed bytes for weights."""
    packed, plain = (
        merge({name: change(m) for name, m in INT16.items()}) for change in (int4, expanded_int4)
    )
    inputs = random_inputs(packed.main, 4)
    computed, compiled = execute(packed.main, inputs), compiled_outputs(packed, inputs)
    for t, got in zip(packed.main.outputs, compiled, strict=True):
        np.testing.assert_array_equal(computed[t], got)
    assert_cases_agree({name: expanded_int4(m) for name, m in INT16.items()}, samples=4, tflm=False)
    for t, want in execute(plain.main, inputs).items():
        np.testing.assert_array_equal(want, computed[t])


def coded_cases() -> dict[str, Model]:
    """Layers large enough for tables to pay: one table of 4 bits, one for each channel, and one for
    each two.
    """
    layers: dict[str, tuple[Callable[[], Model], int, int]] = {
        "columns": (lambda: convolution((1, 6, 5, 7), (6, 3, 3, 7)), 6, 0),
        "columns by one filter more": (
            lambda: convolution((1, 4, 5, 16), (7, 3, 3, 16), stride_h=2),
            7,
            0,
        ),
        "pointwise": (lambda: convolution((2, 5, 5, 200), (4, 1, 1, 200)), 4, 0),
        "groups": (lambda: convolution((1, 4, 4, 48), (4, 3, 3, 24)), 4, 0),
        "int16": (lambda: convolution((1, 4, 4, 24), (4, 3, 3, 24), dtype="int16"), 4, 0),
        "per channel": (lambda: depthwise((1, 16, 6, 16), (16, 5)), 16, 3),
        "turned, per channel": (
            lambda: depthwise((1, 20, 4, 16), (12, 7), scales=(0.05, 0.9)),
            16,
            3,
        ),
        "3x3": (lambda: depthwise((1, 6, 7, 60), (3, 3), zero_points=(3, -128), **RELU), 1, 3),
        "depthwise, multiplier 2": (lambda: depthwise((1, 6, 7, 30), (3, 3), 2), 1, 3),
        "depthwise, int16": (lambda: depthwise((1, 6, 7, 30), (3, 3), dtype="int16"), 1, 3),
        "units": (lambda: layer((2, 300), 13, per_channel=True), 13, 0),
        "units, one scale": (lambda: layer((1, 128), 8), 8, 0),
        "odd depth": (lambda: layer((2, 301), 6, per_channel=True), 6, 0),
        "units of int16": (lambda: layer((2, 300), 6, dtype="int16"), 6, 0),
    }
    found = {}
    for number, (name, (make, channels, axis)) in enumerate(layers.items()):
        pairs = channels // 2 if channels % 2 == 0 else 1
        for bits, tables in ((4, 1), (1 + number % 7, channels), (1 + (number + 3) % 7, pairs)):
            found[f"{name}, {bits} bits, {tables} tables"] = coded(
                make(), bits, tables, axis, seed=bits
            )
    return found


RELU = {"fused_activation_function": "RELU"}
CODED = coded_cases()


@pytest.mark.parametrize(("compiler", "first"), [("gcc", 0), ("clang", 1)])
@pytest.mark.slow
def test_codebooks_are_decoded(compiler: str, first: int) -> None:
    """Half of all layers each. TFLM itself decodes files of its format in a test of
    `graph.compression`.
    """
    layers = dict(list(CODED.items())[first::2])
    model = merge(layers)
    inputs = random_inputs(model.main, 2)
    expected = execute(model.main, inputs)
    for t, got in zip(model.main.outputs, compiled_outputs(model, inputs, compiler), strict=True):
        np.testing.assert_array_equal(expected[t], got, model.main.tensors[t].name)
    assert_each_agrees_with_tflite(layers, expanded(model), inputs, expected)


FEW = (
    "columns by one filter more, 2 bits, 7 tables",
    "columns by one filter more, 5 bits, 1 tables",
    "pointwise, 3 bits, 4 tables",
    "per channel, 2 bits, 8 tables",
    "3x3, 4 bits, 1 tables",
    "depthwise, multiplier 2, 5 bits, 1 tables",
    "units, 7 bits, 1 tables",
    "units, one scale, 1 bits, 4 tables",
    "odd depth, 6 bits, 6 tables",
)


@pytest.mark.slow
def test_a_layer_of_each_packed_kernel_in_c() -> None:
    """All kernels of packed weights and int8 in one build, not optimized, which a compiler ends in
    a fifth of the time. Every layer, and both oracles, are slow tests' matter."""
    layers = {name: CODED[name] for name in FEW}
    layers |= {
        f"int4 {name}": int4(BYTES[name])
        for name in ("convolution, 2 groups", "dense, per channel")
    }
    assert {source(m) for m in layers.values()} == {source(int4(m)) for m in BYTES.values()}
    model = merge(layers)
    inputs = random_inputs(model.main, 2)
    computed = execute(model.main, inputs)
    compiled = run_host(render_native(model, "packed"), inputs, optimization="-O0")
    for t in model.main.outputs:
        np.testing.assert_array_equal(computed[t], compiled[t], model.main.tensors[t].name)


def scales(model: Model) -> tuple[float, ...]:
    quantization = next(tensor.quantization for tensor in model.main.tensors if tensor.name == "w")
    return quantization.scale if quantization else ()


def source(model: Model) -> str:
    (step,) = lower(model.main).steps
    assert isinstance(step.call, KernelCall)
    return step.call.source or step.node.kind.lower()


def function(model: Model) -> str:
    (step,) = lower(model.main).steps
    assert isinstance(step.call, KernelCall)
    return step.call.function


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (int4(CONVOLUTIONS["3x3 same"]), "conv_2d_packed_im2col"),
        (int4(CONVOLUTIONS["2 groups"]), "conv_2d_packed"),
        (int4(CONVOLUTIONS["int16"]), "conv_2d_packed"),
        (int4(DENSE["int16"]), "fully_connected_packed"),
        (int4(layer((1, 40), 7)), "fully_connected_packed_neurons"),
        (int4(layer((1, 39), 7)), "fully_connected_packed"),
        (int4(DEPTHWISE["int16"]), "depthwise_conv_2d_packed"),
        (coded(layer((1, 128), 8), 8), "fully_connected_neurons"),  # 8 bits save nothing
        (
            coded(layer((1, 24), 8), 6, 8),
            "fully_connected_neurons",
        ),  # nor do tables as large as the weights
        (
            coded(layer((1, 128), 8), 4, 4, 1),
            "fully_connected_neurons",
        ),  # tables that are not those of units
        (
            coded(layer((1, 128), 8), 4, 1, 1),
            "fully_connected_packed_neurons",
        ),  # one table, along whatever axis
        (
            coded(depthwise((1, 6, 7, 64), (3, 3), 2), 1, 2, 3),
            "depthwise_conv_2d",
        ),  # weights of many tables side by side
    ],
)
def test_the_kernel_follows_from_the_weights(model: Model, expected: str) -> None:
    assert source(model) == expected


@pytest.mark.slow
def test_every_kernel_of_packed_weights_compiles_in_a_model_of_its_own() -> None:
    """Without warnings: what such a kernel includes and does not use is one."""
    alone: dict[str, Model] = {}
    for model in (*CODED.values(), *map(int4, ALL.values())):
        alone.setdefault(function(model), model)
    packed = {name: model for name, model in alone.items() if "packed" in name}
    assert set(packed) == {
        "edgeq_conv_2d_packed_s8",
        "edgeq_conv_2d_packed_im2col_s8",
        "edgeq_conv_2d_packed_s16",
        "edgeq_depthwise_conv_2d_packed_s8",
        "edgeq_depthwise_conv_2d_packed_3x3_s8",
        "edgeq_depthwise_conv_2d_packed_per_channel_s8",
        "edgeq_depthwise_conv_2d_packed_s16",
        "edgeq_fully_connected_packed_s8",
        "edgeq_fully_connected_packed_s16",
        "edgeq_fully_connected_packed_neurons_s8",
    }
    for model in packed.values():
        inputs = random_inputs(model.main, 1)
        expected = execute(model.main, inputs)[model.main.outputs[0]]
        np.testing.assert_array_equal(expected, compiled_output(model, inputs))


@pytest.mark.slow
def test_packed_layers_run_row_by_row() -> None:
    """Between copies, as a pipeline, in bands of rows that end within sets of pixels."""
    rng = np.random.default_rng(3)
    x = (1, 9, 11, 24)
    layers = {
        "columns": convolution(x, (7, 3, 3, 24), stride_h=2),
        "pointwise": convolution(x, (6, 1, 1, 24)),
        "3x3": depthwise(x, (3, 3), zero_points=(3, -128), per_channel=False),
    }
    rows = {"conv_2d_packed_im2col_rows", "depthwise_conv_2d_packed_3x3_rows"}
    for change in (int4, lambda model: coded(model, 3), lambda model: coded(model, 5)):
        model, engine = fused(
            {name: between_copies(change(layer)) for name, layer in layers.items()}, in_place=False
        )
        pipelines = engine.program.schedule.pipelines
        used = {kernel.call.source for p in pipelines for kernel in p.kernels}
        assert rows <= used
        inputs = [rng.integers(-128, 128, (2, *x)).astype(np.int8) for _ in model.main.inputs]
        expected, values = execute(model.main, inputs), run_compiled(engine, inputs)
        for t in model.main.outputs[: len(layers)]:
            np.testing.assert_array_equal(expected[t], values[t])


def test_constants_in_flash_take_the_packed_bytes() -> None:
    model = layer((1, 400), 40)
    plain, four, book = (
        render_native(m, "m").model_bytes for m in (model, int4(model), coded(model, 3))
    )
    assert plain - four == 8000
    assert plain - book == 16000 - 6000 - 8 - 3  # what is read of codes behind the last one


@pytest.mark.slow
def test_weights_of_minus_8_side_by_side_are_exact() -> None:
    """16 times -8 is -128, and two products with -128 leave int16: such filters are decoded to
    themselves.
    """
    model = convolution((1, 4, 4, 8), (4, 1, 1, 8), zero_points=(-128, 0), scales=(0.05, 4.0))
    lowest = int4(model)
    parameters = [
        step.call.parameters
        for m in (model, int4(model, -7))
        for step in lower(m.main).steps
        if isinstance(step.call, KernelCall)
    ]
    assert parameters[1]["times_16"] == 1
    assert_all_agree(lowest)


def test_int4_rows_lie_in_halves_of_bytes() -> None:
    """Byte k of 4 has the codes k and 4 + k, the first one above; zeros fill the last 8."""
    content = pack_int4_rows(np.array([[1, 2, 3, 4, 5, 6, 7, 8, 9]], np.uint8))
    assert content.view(np.uint8).tolist() == [[[0x15, 0x26, 0x37, 0x48], [0x90, 0, 0, 0]]]


def test_rows_of_indices_begin_at_bytes() -> None:
    content = pack_index_rows(np.array([[7, 0, 3, 2], [1, 0, 0, 0]], np.uint8), 3)
    assert content.view(np.uint8).tolist() == [0b11100001, 0b10100000, 0, 0b00100000, 0, 0, 0, 0, 0]

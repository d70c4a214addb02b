"""Each known difference occurs in the layers that it describes and explains every differing byte of
their outputs; no byte that differs for another reason is explained.
"""

import importlib.util
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from opkit.test_float_connected import connected
from opkit.test_float_unary import unary as float_unary
from ops.harness import constant, quantized, single_op
from ops.movements import data, moved, table
from ops.pairs import pair
from ops.reductions import reduction
from ops.test_add_n import add
from ops.test_batch_matmul import IN_FLOAT64, matmul
from ops.test_fully_connected import layer as dense
from ops.test_gather import gather
from ops.test_gather_nd import gather_nd
from ops.test_reverse_v2 import reverse
from ops.test_signal_energy import energy
from ops.test_slice import slice_at
from ops.test_space_to_batch_nd import PADDED
from ops.test_svdf import real
from ops.test_transpose_conv import transposed
from ops.unary import EVERY_INT8, EVERY_INT16, unary

from edgeq.graph import Graph, Model, Op, Quantization, Tensor
from edgeq.opkit.node import Values
from edgeq.ops import bind
from edgeq.simulate.compare import Comparison, compare_with
from edgeq.simulate.difference_bounds import (
    border_alone,
    indices_outside_alone,
    not_finite_alone,
)
from edgeq.simulate.execute import execute, random_inputs
from edgeq.simulate.interpreter import Interpreter, interpreter_of
from edgeq.simulate.known_differences import find_known_difference
from edgeq.simulate.oracles import ORACLES, ReadTensor
from edgeq.simulate.result import SimulateResult
from edgeq.simulate.simulate import simulate

RUNTIME = pytest.mark.skipif(
    importlib.util.find_spec("tflite_runtime") is None,
    reason="tflite-runtime has no wheel for this Python",
)


def dense_at_every_step(steps: int = 20, depth: int = 6, units: int = 16) -> Model:
    """FULLY_CONNECTED with kept dimensions and per-channel scales, as converted from Dense on
    sequences.
    """
    rng = np.random.default_rng(1)
    scales = rng.uniform(0.001, 0.004, units)
    tensors = [
        quantized("x", (1, steps, depth), 0.05, 3),
        constant("w", rng.integers(-127, 128, (units, depth), np.int8), scales),
        constant("b", rng.integers(-3000, 3000, units, np.int32), scales * 0.05),
    ]
    options = {
        "fused_activation_function": "NONE",
        "keep_num_dims": True,
        "weights_format": "DEFAULT",
    }
    y = quantized("y", (1, steps, units), 0.02, -5)
    return single_op("FULLY_CONNECTED", tensors, y, "FullyConnectedOptions", 5, **options)


def before_relu(model: Model) -> Model:
    """The model followed by a RELU with equal scales, which differs wherever its input differs."""
    graph = model.main
    y = graph.tensors[graph.outputs[0]]
    tensors = (*graph.tensors, Tensor("relu", y.shape, y.dtype, y.quantization))
    op = Op("RELU", graph.outputs, (len(graph.tensors),))
    return Model((Graph(tensors, (*graph.ops, op), graph.inputs, (len(graph.tensors),)),))


def said(
    model: Model, inputs: Sequence[Values] | None = None, oracle: str = "tflite-runtime"
) -> Comparison:
    given = random_inputs(model.main, 8) if inputs is None else inputs
    return compare_with(ORACLES[oracle], model, given, by=interpreter_of(oracle))


@RUNTIME
def test_dense_layers_with_kept_dimensions_are_right_as_tflm_has_them() -> None:
    model = before_relu(dense_at_every_step())
    result = simulate(model, inputs=random_inputs(model.main, 8), oracles=tuple(ORACLES))
    tflite, tflm = result.oracles["tflite-runtime"], result.oracles["tflm"]
    assert tflm.bytes_different == 0
    assert result.exact
    assert tflite.explained
    (known,) = tflite.known
    assert (known.operator, known.layers, known.right) == (
        "FULLY_CONNECTED",
        (0,),
        "edgeq, as TFLM and later TFLite",
    )
    assert 0 < known.bytes < tflite.bytes_known == tflite.bytes_different, (
        "what RELU has otherwise is no more than that"
    )
    assert "first two sizes" in str(result.to_json()["oracles"]["tflite-runtime"]["known"])


def sum_of_powers_of_two() -> Model:
    a, b, y = (
        quantized(name, (1, 500), 2.0**k, 0, "int16")
        for name, k in (("a", -12), ("b", -15), ("y", -12))
    )
    return single_op(
        "ADD", [a, b], y, "AddOptions", 3, pot_scale_int16=True, fused_activation_function="NONE"
    )


LEAKY = {
    "dtype": "int16",
    "options_type": "LeakyReluOptions",
    "version": 2,
    "alpha": 0.5478467345237732,
}
LAYERS = {
    "float32 quotient, RELU": unary(
        "RELU", (0.014116732403635979, -128), (0.007992242462933064, -128)
    ),
    "float32 quotient, LEAKY_RELU": unary(
        "LEAKY_RELU", (0.0027708883862942457, 0), (0.0015557437436655164, 0), **LEAKY
    ),
    "float32 quotient, ABS": unary("ABS", (1.0, 0), (0.4, 0), version=2),
    "LOGISTIC": unary("LOGISTIC", (2.0, 0), (1 / 256, -128), version=2),
    "LOGISTIC of a coarse scale": unary("LOGISTIC", (8.0, 0), (1 / 256, -128), version=2),
    "LOGISTIC of a small scale": unary("LOGISTIC", (0.0001953125, 3), (1 / 256, -128)),
    "float32 sums, SVDF": real((2, 5, 3, 2, 4), "NONE"),
    "float32 product, MUL": pair(
        "MUL", (1, 4000), (1, 4000), "int8", (1.5, 0.055, 0.055), (0, 0, 0)
    ),
    "float32 product, PRELU": single_op(
        "PRELU",
        [quantized("x", (256,), 1.5, 0), constant("alpha", EVERY_INT8.ravel(), 0.055)],
        quantized("y", (256,), 0.055, 0),
    ),
    "powers of two": sum_of_powers_of_two(),
    "float32 product, BATCH_MATMUL": matmul((400, 1), (1, 9), scales=IN_FLOAT64, zeros=(0, 0, 0)),
    "transposed batches": matmul((1, 1, 3, 8, 5), (1, 1, 1, 3, 8), (True, True)),
    "several axes": reverse((2, 3, 4), (0, 1, 2)),
    "sum of int16": reduction("SUM", (1, 256), (1,), dtype="int16"),
    "sum of equal scales": reduction("SUM", (1, 256), (1,)),
    "float32 sum": reduction("SUM", (1, 16, 16), (1,), scales=(0.035, 0.011), zero_points=(3, -7)),
}


ROWS = table((5, 4))
MENDED = ("transposed batches", "several axes")
"""What TFLite after 2.14 computes as edgeq does."""


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_that_is_known_to_differ_is_explained(name: str) -> None:
    model = LAYERS[name]
    one = len(model.main.inputs) == 1 and len(model.main.tensors[0].shape) == 1
    every = EVERY_INT8 if model.main.tensors[0].dtype == "int8" else EVERY_INT16
    found = said(model, [every] if one else None)
    if name in MENDED and interpreter_of("tflite-runtime").package != "tflite-runtime":
        assert found.bytes_different == 0
        return
    assert found.bytes_different > 0
    assert found.explained, found
    assert len(found.known) == 1
    assert SimulateResult(8, 1.0, oracles={"tflite-runtime": found}).exact


def test_tflm_decides_even_where_the_reason_is_known() -> None:
    """RELU6 to another scale, where edgeq follows TFLite: the reason is reported, but the bytes are
    not TFLM's.
    """
    model = unary("RELU6", (0.05, -128), (0.025, -128))
    found = said(model, [EVERY_INT8], "tflm")
    assert found.bytes_different > 0
    assert found.explained
    assert "ignores" in found.known[0].reason
    assert not SimulateResult(1, 1.0, oracles={"tflm": found}).exact


def test_a_difference_beside_a_known_one_is_not_excused() -> None:
    """The interpreter's dense layer differs for a known reason. Its RELU behind that layer is wrong
    as well, in a sample where both computed the same dense output: these bytes stay unexplained.
    """
    model = before_relu(dense_at_every_step(steps=2))
    inputs = random_inputs(model.main, 4)
    by = interpreter_of("tflite-runtime")

    def broken(model: Model, inputs: Sequence[Values]) -> Iterator[ReadTensor]:
        values = execute(model.main, inputs, [3, 4])
        dense, relu = values[3].copy(), values[4].copy()
        dense[1, 0, 0, 0] ^= 1
        relu[2, 0, 1, 3] ^= 1
        for sample in range(len(inputs[0])):
            yield {3: dense[sample], 4: relu[sample]}.get

    found = compare_with(broken, model, inputs, by=by)
    assert (found.bytes_different - found.bytes_known) in (1, 2)
    assert not found.explained
    assert not SimulateResult(4, 1.0, oracles={"tflite-runtime": found}).exact


def test_a_larger_difference_than_is_known_is_not_excused() -> None:
    """Dividing scales in float32 changes an output by 1, never by 2."""
    model = LAYERS["float32 quotient, RELU"]

    def off(by: int) -> Comparison:
        def oracle(model: Model, inputs: Sequence[Values]) -> Iterator[ReadTensor]:
            y = execute(model.main, inputs)[1][0].copy()
            y[50] += by
            yield {1: y}.get

        return compare_with(oracle, model, [EVERY_INT8], by=interpreter_of("tflite-runtime"))

    assert off(1).explained
    assert not off(2).explained


def test_the_same_layer_by_an_interpreter_of_another_name_is_not_excused() -> None:
    model = LAYERS["float32 quotient, RELU"]

    def oracle(model: Model, inputs: Sequence[Values]) -> Iterator[ReadTensor]:
        y = execute(model.main, inputs)[1][0].copy()
        y[50] += 1
        yield {1: y}.get

    assert not compare_with(oracle, model, [EVERY_INT8]).explained


@pytest.mark.parametrize("kind", ["SIN", "COS", "LOG"])
def test_a_library_that_fuses_differs_in_the_last_place_alone(kind: str) -> None:
    model, x = float_unary(kind), np.linspace(1, 60, 16, dtype=np.float32).reshape(1, 1, 16)

    def off(by: int) -> Comparison:
        def oracle(model: Model, inputs: Sequence[Values]) -> Iterator[ReadTensor]:
            y = execute(model.main, inputs)[1][0].copy()
            y.view(np.int32)[0, 5] += by
            yield {1: y}.get

        return compare_with(oracle, model, [x], by=interpreter_of("tflm"))

    assert off(-1).explained
    assert not off(2).explained


def test_what_needs_no_rescaling_is_not_excused() -> None:
    same = Quantization((0.5,), (0,))
    tensors = tuple(Tensor(name, (1, 256), "int8", same) for name in "xy")
    model = Model((Graph(tensors, (Op("RELU", (0,), (1,)),), (0,), (1,)),))

    def oracle(model: Model, inputs: Sequence[Values]) -> Iterator[ReadTensor]:
        y = execute(model.main, inputs)[1][0].copy()
        y[0, 50] += 1
        yield {1: y}.get

    assert not compare_with(
        oracle, model, [EVERY_INT8[None]], by=interpreter_of("tflite-runtime")
    ).explained


@RUNTIME
def test_a_transposed_convolution_of_int16_without_bias_has_64_bit_sums() -> None:
    model = transposed((1, 4, 3, 3), (4, 3, 3, 3), dtype="int16", bias=None)
    tflite = said(model)
    assert tflite.explained
    assert 0 < tflite.bytes_different == tflite.bytes_known
    assert said(model, oracle="tflm").bytes_different == 0


@RUNTIME
def test_products_beyond_32_bits_are_those_of_a_factor_in_float32() -> None:
    scales = 0.010939057916402817, 0.021878115832805634, 5.9831494581885636e-05
    tflite = said(pair("MUL", (1, 40), (1, 40), "int16", scales, (0, 0, 0)))
    assert tflite.bytes_different > 0
    assert tflite.explained


def test_a_border_of_tflm_is_explained_and_what_lies_inside_is_not() -> None:
    tflm = said(PADDED["padded"], oracle="tflm")
    assert tflm.explained
    node, zero = bind(PADDED["padded"].main)[0], np.full(4, -7, np.int8)
    assert border_alone(node, (), zero, zero + np.int8(1))
    assert not border_alone(node, (), zero + np.int8(1), zero)


def test_in_borders_of_floats_every_nan_is_as_good_as_another() -> None:
    node = bind(float_unary("SIN").main)[0]
    want, got = np.float32([0, np.nan, 2]), np.float32([7, np.nan, 2])
    assert border_alone(node, (), want, got)
    assert not border_alone(node, (), want, np.float32([7, 1, 2]))
    assert not border_alone(node, (), want, np.float32([7, np.nan, np.nan]))


def divided_by(b: Sequence[int]) -> tuple[Model, list[Values]]:
    tensors = [quantized(n, (1, len(b)), 0.5, z) for n, z in (("a", 0), ("b", -1), ("y", 0))]
    y = Tensor("y", (1, len(b)), "int8", Quantization((2.0**-9,), (0,)))
    model = single_op("DIV", tensors[:2], y, "DivOptions", fused_activation_function="NONE")
    a = np.full((1, 1, len(b)), -30, np.int8)
    return model, [a, np.array(b, np.int8).reshape(a.shape)]


def off_in(model: Model, inputs: Sequence[Values], at: int) -> Comparison:
    """With a TFLM that differs in one element."""

    def oracle(model: Model, inputs: Sequence[Values]) -> Iterator[ReadTensor]:
        t = model.main.outputs[0]
        y = execute(model.main, inputs)[t][0].copy()
        y.reshape(-1)[at] ^= 1
        yield {t: y}.get

    return compare_with(oracle, model, inputs, by=interpreter_of("tflm"))


def test_quotients_of_zero_are_explained_and_others_are_not() -> None:
    model, inputs = divided_by([3, -1, 77])
    assert said(model, inputs, "tflm").explained
    assert off_in(model, inputs, 1).explained
    assert not off_in(model, inputs, 0).explained


def test_floats_beyond_an_integer_type_are_explained_and_others_are_not() -> None:
    ends = Tensor("x", (1, 5), "float32"), Tensor("y", (1, 5), "int8")
    model = single_op("CAST", ends[:1], ends[1], "CastOptions")
    inputs = [np.float32([[[-128.9, 128, np.nan, 1e30, 127.9]]])]
    assert said(model, inputs, "tflm").explained
    assert [off_in(model, inputs, k).explained for k in range(5)] == [
        False,
        True,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("oracle", ["tflm", "tflite-runtime"])
def test_reals_whose_quotient_is_no_int32_are_explained_and_others_are_not(oracle: str) -> None:
    """At scale 0.5 the quotient of -2**30 is the least int32, and leaves int32 as the zero point is
    added; that of 2**30 is beyond int32 until then; that of 2**30 - 64 is the largest float32 in it.
    """
    ends = [-(2.0**30), 2.0**30 - 64, 2.0**30]
    x = Tensor("x", (1, 8), "float32")
    model = single_op("QUANTIZE", [x], quantized("y", (1, 8), 0.5, -128), "QuantizeOptions")
    inputs = [np.float32([[[-np.inf, 2.0**31, np.nan, 1e8, -3.5, *ends]]])]
    found = said(model, inputs, oracle)
    assert found.bytes_different > 0
    assert found.explained
    assert [off_in(model, inputs, k).explained for k in range(8)] == [
        True,
        True,
        True,
        False,
        False,
        True,
        False,
        True,
    ]


def test_bins_outside_of_an_energy_are_explained_and_others_are_not() -> None:
    model, inputs = energy(2, 5), [np.arange(16, dtype=np.int16).reshape(1, 16)]
    assert said(model, inputs, "tflm").explained
    assert off_in(model, inputs, 5).explained
    assert not off_in(model, inputs, 2).explained


def test_places_outside_are_explained_and_others_are_not() -> None:
    node, y = bind(slice_at((5, 4), (2, 3)).main)[0], np.zeros((2, 2, 3), np.int8)
    values = [np.zeros((2, 5, 4), np.int8), np.int32([[3, 1], [4, 1]])]
    for sample, explained in ((0, False), (1, True)):
        other = y.copy()
        other[sample] = 1
        assert indices_outside_alone(node, values, y, other) == explained


@pytest.mark.parametrize("model", [gather(ROWS, (1, 1), 0), gather_nd(ROWS, (1, 1))])
def test_gathered_slices_outside_are_explained_and_others_are_not(model: Model) -> None:
    inputs = [np.int32([[[5]], [[4]]])]
    assert said(model, inputs, "tflm").explained
    node, y = bind(model.main)[0], execute(model.main, inputs)[2]
    for sample, explained in ((0, True), (1, False)):
        other = y.copy()
        other[sample] ^= 1
        found = find_known_difference(node, interpreter_of("tflm"), [None, *inputs], y, other)
        assert (found is not None) == explained


def test_constant_indices_outside_are_explained_and_others_are_not() -> None:
    x, y = np.zeros((1, 5, 4), np.int8), np.zeros((1, 1, 4), np.int8)
    for row, explained in ((5, True), (4, False)):
        index = constant("i", np.int32([[row]]))
        node = bind(moved("GATHER_ND", data("x", (5, 4)), index, (1, 4)).main)[0]
        values = [x, index.array[None]]
        found = find_known_difference(node, interpreter_of("tflm"), values, y, y + np.int8(1))
        assert (found is not None) == explained


def test_what_relu6_makes_of_nan_is_explained_and_another_number_is_not() -> None:
    model = float_unary("RELU6", (1, 4))
    inputs = [np.array([[[np.nan, -0.0, 7, 2]]], np.float32)]
    assert said(model, inputs, "tflm").bytes_different == 0
    node, y = bind(model.main)[0], execute(model.main, inputs)[1]
    by = Interpreter("tflite-runtime", "2.14.0")
    for got, explained in (([0, 0, 6, 2], True), ([1, 0, 6, 2], False), ([0, 0, 6, 0], False)):
        other = np.array([[got]], np.float32)
        assert (find_known_difference(node, by, inputs, y, other) is not None) == explained


def test_large_quotients_of_elu_are_explained_and_others_are_not() -> None:
    node = bind(unary("ELU", (1e6, 0), (1e-4, 0), shape=(1, 3)).main)[0]
    x, y = np.array([[[127, 1, 0]]], np.int8), np.array([[[127, 127, 0]]], np.int8)
    for got, explained in (([-128, -128, 0], True), ([127, 127, 1], False)):
        other = np.array([[got]], np.int8)
        found = find_known_difference(node, interpreter_of("tflm"), [x], y, other)
        assert (found is not None) == explained


def test_infinite_sums_are_explained_and_others_are_not() -> None:
    model = add("float32", 3)
    inputs = [np.ones((1, 2, 3, 5), np.float32) for _ in range(3)]
    inputs[0][0, 0, 0, :2] = np.inf, 3e38
    inputs[1][0, 0, 0, 1] = 3e38
    found = said(model, inputs)
    assert found.bytes_different > 0
    assert found.explained
    assert said(model, inputs, "tflm").bytes_different == 0
    node, y = bind(model.main)[0], execute(model.main, inputs)[3]
    for at, explained in ((0, True), (1, True), (2, False)):
        other = y.copy()
        other[0, 0, 0, at] = 7
        reason = find_known_difference(node, interpreter_of("tflite-runtime"), inputs, y, other)
        assert (reason is not None) == explained


def test_sums_that_leave_32_bits_are_explained_and_others_are_not() -> None:
    model = dense((2, 1000), 1, scales=(0.05, 0.004, 9.0), dtype="int16", bias=False)
    x = np.zeros((1, 2, 1000), np.int16)
    x[0, 0] = np.where(model.main.tensors[1].array[0] < 0, -32768, 32767)

    def off(at: int, by: int) -> bool:
        def oracle(model: Model, inputs: Sequence[Values]) -> Iterator[ReadTensor]:
            t = model.main.outputs[0]
            y = execute(model.main, inputs)[t][0].copy()
            y.reshape(-1)[at] -= by
            yield {t: y}.get

        return compare_with(
            oracle, model, [x], by=Interpreter("tflite-runtime", "2.14.0")
        ).explained

    assert off(0, 99)
    assert off(1, 1)
    assert not off(1, 2)


def test_activations_that_are_no_numbers_are_explained_and_others_are_not() -> None:
    model = connected((1, 8), 4, 8)
    x = np.ones((2, 1, 8), np.float32)
    x[1, 0, 3] = np.nan
    node, y = bind(model.main)[0], np.zeros((2, 1, 4), np.float32)
    for sample, explained in ((0, False), (1, True)):
        other = y.copy()
        other[sample] = 1
        assert not_finite_alone(node, [x], y, other) == explained

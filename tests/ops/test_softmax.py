"""SOFTMAX against tflite-runtime, TFLM, real numbers and the compiled C."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops.harness import compiled_output, quantized, reference_output, single_op, tflm_output
from ops.unary import simulated

from edgeq.codegen.native import render_native
from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.opkit.node import Values
from edgeq.ops import bind
from edgeq.simulate.execute import execute

OUTPUT = {"int8": (1 / 256, -128), "int16": (1 / 65536, -32768)}
BOTH = pytest.mark.parametrize("dtype", OUTPUT)


def softmax(shape: tuple[int, ...], scale: float, beta: float = 1.0, dtype: str = "int8") -> Model:
    """A model of one SOFTMAX from int8 to `dtype`."""
    tensors = quantized("x", shape, scale, 3), quantized("y", shape, *OUTPUT[dtype], dtype)
    version, slope = {"int8": 2, "int16": 3}[dtype], float(np.float32(beta))
    return single_op("SOFTMAX", tensors[:1], tensors[1], "SoftmaxOptions", version, beta=slope)


def rows(shape: tuple[int, ...], samples: int = 24, seed: int = 0) -> Values:
    """Random rows of wide, medium and narrow ranges, after constant rows of either extreme and a
    row with one peak.
    """
    rng = np.random.default_rng(seed)
    x = rng.integers(-128, 128, (samples, *shape), np.int8)
    x[8:] >>= 2
    x[16:] >>= 2
    x[0], x[1], x[2] = -128, 127, -128
    x[2].ravel()[0] = 127
    return x


def real_softmax(x: Values, factor: float) -> Values:
    e = np.exp((x - x.max(axis=-1, keepdims=True).astype(float)) * factor)
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


def assert_agree(model: Model, x: Values, compiler: str = "") -> Values:
    """Asserts that the simulator, both oracles and, with a compiler, the C agree; returns the
    outputs.
    """
    expected = simulated(model, x)
    np.testing.assert_array_equal(
        expected, reference_output(model, [x]), "simulator and tflite-runtime"
    )
    np.testing.assert_array_equal(expected, tflm_output(model, [x]), "simulator and TFLM")
    if compiler:
        np.testing.assert_array_equal(
            expected, compiled_output(model, [x], compiler), "simulator and compiled C"
        )
    return expected


@BOTH
@pytest.mark.parametrize("shape", [(1,), (10,), (1, 10), (1, 1), (2, 3, 5), (2, 3, 2, 7), (1, 255)])
def test_any_shape(shape: tuple[int, ...], dtype: str) -> None:
    model, x = softmax(shape, 0.07, dtype=dtype), rows(shape)
    steps = 256 if dtype == "int8" else 65536
    expected = np.minimum(real_softmax(x, float(np.float32(0.07))) * steps, steps - 1) - steps / 2
    assert np.max(np.abs(assert_agree(model, x) - expected)) < (0.51 if dtype == "int8" else 1)


@BOTH
@pytest.mark.parametrize("beta", [0.1, 1.0, 3.0])
@pytest.mark.parametrize("scale", [1e-6, 0.002, 0.0312, 0.125, 0.6, 4.0, 15.9, 16.1, 1000.0])
def test_any_scale(scale: float, beta: float, dtype: str) -> None:
    assert_agree(softmax((2, 12), scale, beta, dtype), rows((2, 12)))


@BOTH
@settings(max_examples=30, deadline=None)
@given(st.integers(1, 200), st.floats(1e-4, 30), st.floats(0.05, 4), st.integers(0, 2**16))
def test_any_parameters(dtype: str, depth: int, scale: float, beta: float, seed: int) -> None:
    assert_agree(softmax((2, depth), scale, beta, dtype), rows((2, depth), seed=seed))


@BOTH
def test_every_distance_from_the_peak(dtype: str) -> None:
    x = np.stack([np.full(256, 127), np.arange(-128, 128)], axis=-1).astype(np.int8)[:, None]
    for scale in (0.01, 0.043, 0.1, 0.5):
        assert_agree(softmax((1, 2), scale, dtype=dtype), x)


def test_hand_made_corners() -> None:
    one, two = softmax((1, 1), 0.1), softmax((1, 2), 0.1)
    assert assert_agree(one, np.array([[[7]]], np.int8)).item() == 127, (
        "1.0 is 256 steps, and saturates"
    )
    assert assert_agree(two, np.array([[[5, 5]]], np.int8)).tolist() == [[[0, 0]]]
    assert assert_agree(two, np.array([[[127, -128]]], np.int8)).tolist() == [[[127, -128]]]


@BOTH
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize(("shape", "scale"), [((2, 3, 10), 0.06), ((300,), 0.02), ((1, 2), 200.0)])
def test_compiled(shape: tuple[int, ...], scale: float, compiler: str, dtype: str) -> None:
    assert_agree(softmax(shape, scale, dtype=dtype), rows(shape), compiler)


@pytest.mark.parametrize("depth", [512, 4095])
def test_long_rows_of_equals(depth: int) -> None:
    # TFLM aborts here and tflite-runtime shifts by 32, which C leaves undefined; less than half a
    # step is 0.
    model, x = (
        softmax((depth,), 0.05),
        np.stack([np.full(depth, v, np.int8) for v in (-128, 0, 127)]),
    )
    expected = simulated(model, x)
    assert np.unique(expected).tolist() == [-128]
    np.testing.assert_array_equal(expected, compiled_output(model, [x]))


class TestInt16:
    """Compared with TFLM only: tflite-runtime 2.14 fills its tables by other operations and differs
    by 1 in places.
    """

    @staticmethod
    def model(shape: tuple[int, ...], scale: float, beta: float = 1.0) -> Model:
        tensors = (
            quantized("x", shape, scale, 0, "int16"),
            quantized("y", shape, 1 / 32768, 0, "int16"),
        )
        return single_op(
            "SOFTMAX", tensors[:1], tensors[1], "SoftmaxOptions", 3, beta=float(np.float32(beta))
        )

    @staticmethod
    def rows(shape: tuple[int, ...], seed: int = 0) -> Values:
        x = np.random.default_rng(seed).integers(-32768, 32768, (24, *shape), np.int16)
        x[8:] >>= 3
        x[16:] >>= 3
        x[0], x[1], x[2] = -32768, 32767, -32768
        x[2].ravel()[0] = 32767
        return x

    @pytest.mark.parametrize("shape", [(1,), (1, 10), (2, 3, 2, 7), (1, 300)])
    @pytest.mark.parametrize("scale", [1e-7, 1e-4, 0.0007, 0.01, 1.0])
    def test_any_shape_and_scale(self, shape: tuple[int, ...], scale: float) -> None:
        model, x = self.model(shape, scale), self.rows(shape)
        expected = simulated(model, x)
        np.testing.assert_array_equal(expected, tflm_output(model, [x]))
        assert np.max(np.abs(expected - reference_output(model, [x]).astype(int))) <= 1
        tail = (
            7e-5 * shape[-1]
        )  # its exponentials end at exp(-10), two steps, however far an element is
        assert (
            np.max(np.abs(expected / 32768 - real_softmax(x, float(np.float32(scale)))))
            < tail + 1e-3
        )

    @settings(max_examples=30, deadline=None)
    @given(st.integers(1, 200), st.floats(1e-6, 0.05), st.floats(0.05, 4), st.integers(0, 2**16))
    def test_any_parameters(self, depth: int, scale: float, beta: float, seed: int) -> None:
        model, x = self.model((2, depth), scale, beta), self.rows((2, depth), seed)
        np.testing.assert_array_equal(simulated(model, x), tflm_output(model, [x]))

    @pytest.mark.parametrize("compiler", ["gcc", "clang"])
    @pytest.mark.parametrize(
        ("shape", "scale"), [((2, 3, 10), 0.0004), ((1, 40000), 0.01), ((1, 2), 3.9)]
    )
    def test_compiled(self, shape: tuple[int, ...], scale: float, compiler: str) -> None:
        model, x = self.model(shape, scale), self.rows(shape)
        np.testing.assert_array_equal(simulated(model, x), compiled_output(model, [x], compiler))

    def test_refuses(self) -> None:
        with pytest.raises(
            UnsupportedError, match=r"beta 1 times the int16 input scale 4 is not between 0 and 4"
        ):
            bind(self.model((4,), 4.0).main)
        with pytest.raises(UnsupportedError, match="its rows have 65536 elements"):
            bind(self.model((65536,), 0.1).main)


def test_exponentials_that_cannot_count_stay_out_of_flash() -> None:
    def stored(scale: float) -> int:
        return render_native(softmax((1, 10), scale), "m").model_bytes

    assert stored(0.01) == 4 * 257  # exp(-2.55) counts; a 0 ends the table
    assert stored(0.1) == 4 * 140  # exp(-13.8) * 2**31 is 2177, exp(-13.9) * 2**31 is 1970
    assert stored(100.0) == 4 * 2


def test_samples_are_computed_together() -> None:
    model, x = softmax((1, 10), 0.06), rows((1, 10), samples=5000)
    np.testing.assert_array_equal(simulated(model, x)[:50], reference_output(model, [x[:50]]))
    np.testing.assert_array_equal(
        simulated(model, x),
        np.concatenate([simulated(model, x[k : k + 7]) for k in range(0, 5000, 7)]),
    )


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (
            softmax((4096,), 0.1),
            "its rows have 4096 elements, sums of exponentials overflow beyond 4095",
        ),
        (softmax((4,), 0.1, beta=0.0), r"beta 0 times the input scale 0.1 is not above 2\*\*-26"),
        (softmax((4,), 1e-9), r"beta 1 times the input scale 1e-09 is not above 2\*\*-26"),
        (softmax((), 0.1), "its input has no dimension"),
    ],
)
def test_refuses(model: Model, why: str) -> None:
    with pytest.raises(UnsupportedError, match=why):
        bind(model.main)


@pytest.mark.parametrize(
    ("dtype", "scale", "zero_point"), [("int8", 1 / 255, -128), ("int16", 1 / 32768, 0)]
)
def test_refuses_outputs_that_are_not_tflites(dtype: str, scale: float, zero_point: int) -> None:
    model = single_op(
        "SOFTMAX",
        [quantized("x", (4,), 0.1)],
        quantized("y", (4,), scale, zero_point, dtype),
        "SoftmaxOptions",
        3,
        beta=1.0,
    )
    with pytest.raises(
        UnsupportedError, match=f"its output has scale .* and zero point {zero_point}, TFLite has"
    ):
        bind(model.main)


def test_float_probabilities_of_large_values() -> None:
    """The row's maximum is subtracted before the exponential, so that none is infinite."""
    model = single_op(
        "SOFTMAX",
        [Tensor("x", (2, 4), "float32")],
        Tensor("y", (2, 4), "float32"),
        "SoftmaxOptions",
        beta=0.5,
    )
    x = np.float32([[[1000, 1002, 998, 1000], [-3, 0, 3, -300]]])
    exact = np.exp(0.5 * (x.astype(np.float64) - x.max(axis=-1, keepdims=True)))
    got = execute(model.main, [x])[model.main.outputs[0]]
    np.testing.assert_allclose(
        got, exact / exact.sum(axis=-1, keepdims=True), rtol=1e-6, atol=1e-12
    )

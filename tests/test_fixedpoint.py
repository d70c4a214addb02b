"""The integer arithmetic: corners by hand, gemmlowp's answers, exact fractions, and its C twin on
the same vectors.

`golden/fixedpoint.json` holds what gemmlowp answers and says who made it; Python and C both read
it.
"""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeq import fixedpoint as fp
from edgeq.resources import resource_folder

GOLDEN_FOLDER = Path(__file__).resolve().parent / "golden"
GOLDEN: dict[str, list[list[int]]] = json.loads((GOLDEN_FOLDER / "fixedpoint.json").read_text())
MIN, MAX = -(2**31), 2**31 - 1
INT32 = st.integers(MIN, MAX)
FLAGS = "-std=c99 -O1 -Wall -Wextra -Wconversion -Wshadow -Werror -pedantic -fsanitize=address,undefined".split()

PYTHON: dict[str, Callable[..., object]] = {
    "saturating_rounding_doubling_high_mul": fp.saturating_rounding_doubling_high_mul,
    "saturating_rounding_doubling_high_mul_16": fp.saturating_rounding_doubling_high_mul_16,
    "rounding_divide_by_pot": fp.rounding_divide_by_pot,
    "multiply_by_quantized_multiplier": fp.multiply_by_quantized_multiplier,
    "exp_on_negative_values_q0": lambda a: fp.exp_on_negative_values(a, 0),
    "exp_on_negative_values_q4": lambda a: fp.exp_on_negative_values(a, 4),
    "exp_on_negative_values_q5": lambda a: fp.exp_on_negative_values(a, 5),
    "tanh_q4": lambda a: fp.tanh(a, 4),
    "logistic_q4": lambda a: fp.logistic(a, 4),
    "one_minus_x_over_one_plus_x": fp.one_minus_x_over_one_plus_x,
    "one_over_one_plus_x": fp.one_over_one_plus_x,
}
IN_C = (
    "saturating_rounding_doubling_high_mul",
    "rounding_divide_by_pot",
    "multiply_by_quantized_multiplier",
    "one_over_one_plus_x",
)


def powers_and_neighbours() -> Iterable[int]:
    """0, and +-2**i + {-2 ... 2} as far as an int32 goes."""
    near = {s * 2**i + d for i in range(32) for s in (-1, 1) for d in range(-2, 3)}
    return sorted(v for v in near | {0} if MIN <= v <= MAX)


def half_up(x: Fraction) -> int:
    return math.floor(x + Fraction(1, 2))


def half_away(x: Fraction) -> int:
    return half_up(x) if x >= 0 else -half_up(-x)


def exact_multiplier(factor: float) -> tuple[int, int]:
    """The definition: the multiplier in [2**30, 2**31) nearest to factor / 2**(shift - 31), by
    exact fractions.
    """
    exact, shift = Fraction(factor), -80
    while exact >= Fraction(2) ** shift:
        shift += 1
    multiplier = half_away(exact / Fraction(2) ** (shift - 31))
    return (multiplier, shift) if multiplier < 2**31 else (2**30, shift + 1)


def exact_product(x: int, multiplier: int, shift: int) -> int:
    """Both roundings of a requantization by exact fractions: the high product up at ties, the shift
    away from zero.
    """
    wrapped = (x * 2 ** max(shift, 0) + 2**31) % 2**32 - 2**31
    high = min(half_up(Fraction(wrapped * multiplier, 2**31)), MAX)
    return half_away(Fraction(high, 2 ** max(-shift, 0)))


@pytest.fixture(scope="module", params=["gcc", "clang"])
def c_answers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., list[int]]:
    """Calls edgeq's C functions, compiled with sanitizers: (name, rows of up to 3 arguments) ->
    results.
    """
    binary = tmp_path_factory.mktemp("c") / "fixedpoint"
    include = f"-I{resource_folder('firmware_templates') / 'native'}"
    source = str(GOLDEN_FOLDER / "fixedpoint_main.c")
    subprocess.run(
        [request.param, *FLAGS, "-fno-sanitize-recover=all", include, source, "-o", binary],
        check=True,
    )

    def ask(name: str, rows: Iterable[Sequence[int]]) -> list[int]:
        lines = "".join(f"{name} {' '.join(map(str, [*row, 0, 0][:3]))}\n" for row in rows)
        done = subprocess.run([binary], input=lines, capture_output=True, text=True, check=True)
        return [int(line) for line in done.stdout.split()]

    return ask


@pytest.mark.parametrize("name", PYTHON)
def test_python_answers_as_gemmlowp(name: str) -> None:
    *arguments, expected = np.array(GOLDEN[name]).T
    np.testing.assert_array_equal(PYTHON[name](*arguments), expected)


def test_every_golden_list_is_read() -> None:
    assert GOLDEN.keys() - {"made by"} == PYTHON.keys()
    assert "gemmlowp of TensorFlow 2.19.1" in GOLDEN["made by"]


@pytest.mark.parametrize("name", IN_C)
def test_c_answers_as_gemmlowp(name: str, c_answers: Callable[..., list[int]]) -> None:
    assert c_answers(name, [row[:-1] for row in GOLDEN[name]]) == [row[-1] for row in GOLDEN[name]]


def test_c_takes_reciprocals_as_python(c_answers: Callable[..., list[int]]) -> None:
    rows = [(x, 12) for x in powers_and_neighbours() if x > 0]
    inverse, bits = fp.reciprocal([x for x, _ in rows], 12)
    assert c_answers("reciprocal", rows) == inverse.tolist()
    assert c_answers("reciprocal_bits", rows) == bits.tolist()


def test_c_takes_logarithms_as_python(c_answers: Callable[..., list[int]]) -> None:
    halves = [
        1646462473,
        1663396657,
        2074055251,
    ]  # where the half sum's rounding reaches the result
    x = (
        [v for v in powers_and_neighbours() if v >= 2**19]
        + np.linspace(2**19, MAX, 500).astype(int).tolist()
        + halves
    )
    assert c_answers("log_q12_to_q5", [[v] for v in x]) == fp.log(x, 12, 5).tolist()


def test_c_shifts_left_as_python(c_answers: Callable[..., list[int]]) -> None:
    rows = [(x, exponent) for x in powers_and_neighbours() for exponent in (0, 1, 2, 15, 30, 31)]
    values, exponents = np.array(rows).T
    assert (
        c_answers("saturating_shift_left", rows)
        == fp.saturating_shift_left(values, exponents).tolist()
    )


class TestHighProduct:
    def test_its_one_overflow_saturates(self) -> None:
        assert fp.saturating_rounding_doubling_high_mul(MIN, MIN) == MAX
        assert fp.saturating_rounding_doubling_high_mul(MIN, MAX) == -MAX
        assert fp.saturating_rounding_doubling_high_mul_16(-32768, -32768) == 32767
        assert fp.saturating_doubling_high_mul_16(-32768, -32768) == 32767

    def test_ties_go_up_for_both_signs(self) -> None:
        halves = np.array(
            [-5, -3, -1, 1, 3, 5]
        )  # times 2**30 / 2**31: -2.5, -1.5, -0.5, 0.5, 1.5, 2.5
        assert fp.saturating_rounding_doubling_high_mul(halves, 2**30).tolist() == [
            -2,
            -1,
            0,
            1,
            2,
            3,
        ]
        assert fp.saturating_rounding_doubling_high_mul_16(halves, 2**14).tolist() == [
            -2,
            -1,
            0,
            1,
            2,
            3,
        ]

    def test_the_16_bit_form_of_hard_swish_rounds_towards_zero(self) -> None:
        halves = np.array([-5, -3, -1, 1, 3, 5])
        assert fp.saturating_doubling_high_mul_16(halves, 2**14).tolist() == [-2, -1, 0, 0, 1, 2]

    @given(INT32, INT32)
    def test_is_the_rounded_exact_product(self, a: int, b: int) -> None:
        expected = min(half_up(Fraction(a * b, 2**31)), MAX)
        assert fp.saturating_rounding_doubling_high_mul(a, b) == expected


class TestRoundingShift:
    def test_ties_go_away_from_zero(self) -> None:
        assert fp.rounding_divide_by_pot([-5, -3, -1, 1, 3, 5], 1).tolist() == [-3, -2, -1, 1, 2, 3]

    @pytest.mark.parametrize("exponent", range(32))
    def test_every_exponent_at_every_corner(self, exponent: int) -> None:
        x = list(powers_and_neighbours())
        expected = [half_away(Fraction(v, 2**exponent)) for v in x]
        assert fp.rounding_divide_by_pot(x, exponent).tolist() == expected


class TestRequantization:
    @pytest.mark.parametrize("shift", range(-31, 31))
    def test_every_shift(self, shift: int) -> None:
        x = list(powers_and_neighbours())
        for multiplier in (0, 2**30, 1518500250, MAX):
            expected = [exact_product(v, multiplier, shift) for v in x]
            assert fp.multiply_by_quantized_multiplier(x, multiplier, shift).tolist() == expected

    def test_two_roundings_are_not_one(self) -> None:
        # 0.46875 rounds to 0 at once; as 7.5 / 16 it goes to 8 / 16 first, and then away from zero.
        assert fp.multiply_by_quantized_multiplier(15, 2**30, -4) == 1

    def test_takes_a_multiplier_for_each_channel(self) -> None:
        x = np.array([[100, 100], [-3, -3]])
        got = fp.multiply_by_quantized_multiplier(x, np.array([2**30, 2**30]), np.array([0, 2]))
        assert got.tolist() == [[50, 200], [-1, -6]]


class TestQuantizeMultiplier:
    @pytest.mark.parametrize("exponent", range(-32, 30))
    def test_is_the_nearest_over_the_whole_range(self, exponent: int) -> None:
        mantissas = [
            1.0,
            1 + 2**-52,
            1 + 2**-30,
            1 + 3 * 2**-31,
            4 / 3,
            1.5,
            math.pi / 2,
            2 - 2**-30,
            2 - 2**-31,
        ]
        for mantissa in mantissas[
            : 8 if exponent == 29 else None
        ]:  # the last rounds up to 2**30, which is refused
            factor = math.ldexp(mantissa, exponent)
            assert fp.quantize_multiplier(factor) == exact_multiplier(factor)

    @given(st.floats(2.0**-32, 2.0**30, exclude_max=True))
    def test_is_the_nearest_for_any_factor(self, factor: float) -> None:
        if factor < math.nextafter(2.0**30, 0) * (1 - 2**-32):
            assert fp.quantize_multiplier(factor) == exact_multiplier(factor)

    def test_a_fraction_that_rounds_up_to_one_moves_to_the_next_shift(self) -> None:
        assert fp.quantize_multiplier(1 - 2**-40) == (2**30, 1)

    @pytest.mark.parametrize("factor", [2.0**-33, 5e-324, 0.0])
    def test_tiny_factors_become_zero(self, factor: float) -> None:
        assert fp.quantize_multiplier(factor) == (0, 0)

    @pytest.mark.parametrize("factor", [-0.5, math.inf, math.nan, 2.0**30, 2.0**30 - 0.25, 1e300])
    def test_factors_that_no_kernel_can_apply_are_refused(self, factor: float) -> None:
        with pytest.raises(ValueError, match="a quantized multiplier must be"):
            fp.quantize_multiplier(factor)

    @pytest.mark.parametrize(
        ("multiplier", "half"), [(2**30, 2**14), (2**30 + 2**15, 2**14 + 1), (MAX, 32767)]
    )
    def test_16_bits_of_it(self, multiplier: int, half: int) -> None:
        assert fp.int16_multiplier(multiplier) == half


class TestRealFunctions:
    """gemmlowp's approximations against real numbers; the bounds are what was measured, rounded up."""

    @pytest.mark.parametrize("integer_bits", range(6))
    def test_exp(self, integer_bits: int) -> None:
        x = np.linspace(MIN, -1, 20001).astype(np.int64)
        real = np.exp(x / 2.0 ** (31 - integer_bits))
        assert np.max(np.abs(fp.exp_on_negative_values(x, integer_bits) / 2**31 - real)) < 3e-7

    def test_exp_of_zero_saturates(self) -> None:
        assert [int(fp.exp_on_negative_values(0, bits)) for bits in range(6)] == [MAX] * 6

    def test_tanh_is_odd_and_near(self) -> None:
        x = np.linspace(-MAX, MAX, 20001).astype(np.int64)
        y = fp.tanh(x, 4)
        assert np.max(np.abs(y / 2**31 - np.tanh(x / 2**27))) < 4e-7
        np.testing.assert_array_equal(y, -fp.tanh(-x, 4))
        assert fp.tanh(0, 4) == 0

    def test_logistic_is_near_and_halves_sum_to_one(self) -> None:
        x = np.linspace(-MAX, MAX, 20001).astype(np.int64)
        y = fp.logistic(x, 4)
        assert np.max(np.abs(y / 2**31 - 1 / (1 + np.exp(-x / 2**27)))) < 2e-7
        np.testing.assert_array_equal((y + fp.logistic(-x, 4))[x != 0], MAX)
        assert fp.logistic(0, 4) == 2**30

    @given(st.integers(1, MAX))
    def test_reciprocal(self, x: int) -> None:
        inverse, bits = fp.reciprocal(x, 12)
        assert math.isclose(float(inverse) / 2**31 / 2.0 ** int(bits), 2**19 / x, rel_tol=2e-8)

    def test_log(self) -> None:
        x = np.unique(np.geomspace(2**16, MAX, 20001).astype(np.int64))
        assert np.max(np.abs(fp.log(x, 12, 5) / 2**26 - np.log(x / 2**19))) < 5e-8

    @given(st.integers(2, MAX))
    def test_inverse_sqrt(self, x: int) -> None:
        multiplier, shift = fp.inverse_sqrt(x)
        assert math.isclose(math.ldexp(multiplier, shift - 31), 1 / math.sqrt(x), rel_tol=3e-6)

    def test_inverse_sqrt_of_one_saturates_and_zero_counts_as_one(self) -> None:
        assert fp.inverse_sqrt(1) == fp.inverse_sqrt(0) == (MAX, 0)

    def test_the_radius_keeps_scaled_inputs_inside(self) -> None:
        for shift in range(31):
            radius = fp.input_radius(5, shift)
            assert radius * 2**shift <= 31 * 2**26 < (radius + 1) * 2**shift


class TestSaturation:
    @pytest.mark.parametrize("dtype", fp.LIMITS)
    def test_keeps_the_ends_of_each_type(self, dtype: str) -> None:
        low, high = fp.LIMITS[dtype]
        got = fp.saturate([low - 1, low, high, high + 1], dtype)
        assert (got.tolist(), got.dtype) == ([low, low, high, high], dtype)

    @pytest.mark.parametrize(
        ("activation", "bounds"),
        [
            ("NONE", (-128, 127)),
            ("RELU", (-28, 127)),
            ("RELU6", (-28, 92)),
            ("RELU_N1_TO_1", (-48, -8)),
            ("RELU_0_TO_1", (-28, -8)),
        ],
    )
    def test_activation_ranges(self, activation: str, bounds: tuple[int, int]) -> None:
        assert fp.activation_range(activation, "int8", 0.05, -28) == bounds

    def test_activations_without_integer_form_are_refused(self) -> None:
        with pytest.raises(ValueError, match="no integer form of the fused activation TANH"):
            fp.activation_range("TANH", "int8", 0.05, 0)

    def test_real_constants_beyond_int32(self) -> None:
        assert [fp.quantize_value(real, 0.5, 7) for real in (1e30, 1.07e9, -1e30)] == [
            MAX + 7,
            2140000007,
            MIN + 7,
        ]

    @pytest.mark.parametrize("zero_point", [-100, 3])
    @pytest.mark.parametrize("dtype", ["int8", "int16"])
    def test_real_arrays_beyond_a_type(self, dtype: str, zero_point: int) -> None:
        low, high = fp.LIMITS[dtype]
        steps = [low - zero_point + d for d in (-1000, -1, 0, 1)] + [
            high - zero_point + d for d in (-1, 0, 1, 1000)
        ]
        got = fp.quantize_reals(np.array(steps, np.float32) * 0.25, 0.25, zero_point, dtype)
        assert got.tolist() == [low, low, low, low + 1, high - 1, high, high, high]

    def test_wrapping_keeps_32_bits(self) -> None:
        assert fp.wrap_int32([2**31, -(2**31) - 1, 2**32 + 5]).tolist() == [MIN, MAX, 5]

"""Multiples in an interval modulo another number, against trying them all."""

from hypothesis import given
from hypothesis import strategies as st

from edgeq.opkit.residues import first_multiple, nearest_multiple


@given(st.integers(1, 60), st.data())
def test_the_first_multiple_is_the_one_that_trying_finds(modulus: int, data: st.DataObject) -> None:
    step = data.draw(st.integers(0, modulus - 1))
    low = data.draw(st.integers(0, modulus - 1))
    high = data.draw(st.integers(low, modulus - 1))
    tried = next((k for k in range(modulus) if low <= k * step % modulus <= high), None)
    assert first_multiple(step, modulus, low, high) == tried


@given(st.integers(1, 60), st.integers(-200, 200), st.integers(-200, 200), st.data())
def test_the_nearest_multiple_is_the_one_that_trying_finds(
    modulus: int, start: int, step: int, data: st.DataObject
) -> None:
    width = data.draw(st.integers(1, modulus))
    outwards = sorted(range(-modulus, modulus + 1), key=lambda k: (abs(k), k))
    tried = next((k for k in outwards if (start + k * step) % modulus < width), None)
    assert nearest_multiple(start, step, modulus, width) == tried


def test_numbers_of_64_bits_take_no_longer() -> None:
    found = nearest_multiple(5, 1 << 32, 1_640_531_527, 1)
    assert found is not None
    assert (5 + (found << 32)) % 1_640_531_527 == 0
    assert first_multiple(1, 1 << 62, 1 << 61, 1 << 61) == 1 << 61

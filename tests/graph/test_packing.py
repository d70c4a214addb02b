"""int4 and indices of any width compared with the formats' documents and NumPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeq.graph import Codebook, Tensor, pack_int4
from edgeq.graph.packing import pack_indices, packed_bytes, unpack_indices, unpack_int4


def test_every_pair_of_int4_comes_back() -> None:
    pairs = np.array([(low, high) for low in range(-8, 8) for high in range(-8, 8)], np.int8)
    content = pack_int4(pairs)
    assert len(content) == 256
    np.testing.assert_array_equal(unpack_int4(content, 512), pairs.ravel())


def test_an_int4_tensor_shows_int8_values() -> None:
    values = np.array([[1, -8, 7], [0, -1, 3], [5, 5, -5]], np.int8)
    tensor = Tensor("w", (3, 3), "int4", buffer=pack_int4(values))
    assert tensor.nbytes == tensor.stored_bytes == len(tensor.buffer or b"") == 5
    assert tensor.array.dtype == np.int8
    np.testing.assert_array_equal(tensor.array, values)


def test_indices_lie_as_in_the_example_of_tflm() -> None:
    """docs/compression.md, "Tensor Bitstrings" and "Value Tables"."""
    assert pack_indices(np.array([7, 0, 3, 2]), 3) == bytes([0b11100001, 0b10100000])
    indices = [1, 3, 3, 2, 4, 5, 0, 2, 1, 3]
    assert pack_indices(np.array(indices), 3) == bytes(
        [0b00101101, 0b10101001, 0b01000010, 0b00101100]
    )


@given(st.integers(1, 8), st.lists(st.integers(0, 255), max_size=40))
def test_indices_of_any_width_come_back(bits: int, values: list[int]) -> None:
    indices = np.array(values, np.uint8) & ((1 << bits) - 1)
    content = pack_indices(indices, bits)
    assert len(content) == packed_bytes(len(values), bits)
    np.testing.assert_array_equal(unpack_indices(content, len(values), bits), indices)


@pytest.mark.parametrize(
    ("tables", "axis"), [(1, 0), (1, 3), (4, 0), (2, 0), (6, 3), (3, 3), (5, 2)]
)
def test_each_slice_is_looked_up_in_its_table(tables: int, axis: int) -> None:
    shape = (4, 3, 5, 6)
    rng = np.random.default_rng(tables)
    book = Codebook(3, tuple(tuple(rng.permutation(256)[:7] - 128) for _ in range(tables)), axis)
    indices = rng.integers(0, 7, shape).astype(np.uint8)
    values = book.values(indices)
    for place in np.ndindex(shape):
        assert values[place] == book.tables[place[axis] * tables // shape[axis]][indices[place]]
    np.testing.assert_array_equal(book.indices(values), indices)
    assert book.holds(values)
    assert not book.holds(
        np.full(shape, next(v for v in range(-128, 128) if v not in book.tables[-1]), np.int8)
    )
    assert book.packed_bytes(360) == 135 + 7 * tables

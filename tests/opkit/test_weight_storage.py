"""Which weights stay packed in flash, and as which codes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ops.packed import coded, expanded_int4, int4
from ops.test_fully_connected import layer

from edgeq.graph import Model
from edgeq.opkit.node import Node
from edgeq.opkit.weight_storage import Storage, codes, storage, table_count
from edgeq.ops import bind

LARGE = layer((1, 128), 8)


def node(model: Model) -> Node:
    (found,) = bind(model.main)
    return found


@pytest.mark.parametrize(
    ("model", "form", "tables"),
    [
        (LARGE, Storage.PLAIN, 1),
        (int4(LARGE), Storage.INT4, 1),
        (expanded_int4(LARGE), Storage.PLAIN, 1),
        (coded(LARGE, 4), Storage.CODEBOOK, 1),
        (coded(LARGE, 4, 1, axis=1), Storage.CODEBOOK, 1),
        (coded(LARGE, 3, 4), Storage.CODEBOOK, 4),
        (coded(LARGE, 3, 4, axis=1), Storage.PLAIN, 4),
        (coded(LARGE, 8), Storage.PLAIN, 1),
    ],
)
def test_packed_forms_are_those_that_kernels_decode_and_that_save_bytes(
    model: Model, form: Storage, tables: int
) -> None:
    found = node(model)
    assert (storage(found, 0), table_count(found)) == (form, tables)


def test_codes_of_int4_are_its_four_bits() -> None:
    found = node(int4(LARGE))
    values = found.input(1).array.astype(np.int8)
    np.testing.assert_array_equal(codes(found), values.view(np.uint8) % 16)


def test_codes_of_a_codebook_look_its_values_up() -> None:
    found = node(coded(LARGE, 3, 4))
    weights = found.input(1)
    book, indices = weights.codebook, codes(found)
    assert book is not None
    assert indices.max() < 8
    np.testing.assert_array_equal(book.values(indices), weights.array)
    by_table = np.array(book.tables)[np.arange(8) // 2]  # two neurons share a table
    np.testing.assert_array_equal(
        np.take_along_axis(by_table, indices.astype(int), 1), weights.array
    )


def test_a_tensor_without_a_codebook_has_plain_weights() -> None:
    found = node(coded(LARGE, 4))
    plain = replace(found.input(1), codebook=None)
    assert storage(replace(found, inputs=(found.input(0), plain)), 0) is Storage.PLAIN

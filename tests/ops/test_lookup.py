"""LOOKUP by hand. Files never have it: tests/plan/test_lookups.py makes and compiles some."""

import numpy as np
import pytest
from ops.harness import constant, quantized, single_op

from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.ops import bind
from edgeq.simulate.execute import execute


def lookup(shape: tuple[int, ...], entries: int = 256) -> Model:
    table = np.random.default_rng(0).integers(-128, 128, entries).astype(np.int8)
    return single_op("LOOKUP", [quantized("x", shape), constant("t", table)], quantized("y", shape))


def test_entries_are_in_the_order_of_unsigned_bits() -> None:
    model = lookup((4,))
    table = model.main.tensors[1].array
    computed = execute(model.main, [np.int8([[0, 127, -128, -1]])])[2]
    np.testing.assert_array_equal(computed[0], table[[0, 127, 128, 255]])


def test_a_table_of_another_length_is_refused() -> None:
    with pytest.raises(UnsupportedError, match=r"\[255\], not \[256\]"):
        bind(lookup((3,), 255).main)

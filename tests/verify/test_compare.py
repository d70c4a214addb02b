"""Bytes compared by hand: counts, order of the first difference, several samples."""

from dataclasses import replace

import numpy as np
import pytest
from ops.harness import quantized
from verify.graphs import small_model

from edgeq.dead_channels import whole
from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Tensor
from edgeq.opkit.node import Values
from edgeq.plan import lower
from edgeq.simulate.execute import execute, random_inputs
from edgeq.verify.compare import (
    Comparison,
    Written,
    check_same_tensors,
    compare,
    sample_bytes,
    split_bytes,
    written_tensors,
)

MODEL = small_model()
PROGRAM = lower(MODEL.main)
CONV, FLAT, SCORES = 3, 5, 7


def reports(samples: int) -> tuple[dict[int, Values], list[Values]]:
    """What the simulator says, and a target that says the same."""
    expected = execute(MODEL.main, random_inputs(MODEL.main, samples), [CONV, FLAT, SCORES])
    return expected, [expected[written.tensor].copy() for written in written_tensors(PROGRAM)]


def test_all_layers_come_first_then_the_outputs() -> None:
    assert written_tensors(PROGRAM) == (
        Written(0, CONV),
        Written(1, FLAT),
        Written(2, SCORES),
        Written(None, SCORES),
    )
    assert sample_bytes(PROGRAM) == 120 + 120 + 7 + 7


def test_equal_bytes_are_counted() -> None:
    expected, got = reports(3)
    assert compare(PROGRAM, expected, got) == Comparison(3, 3 * 254, 0, None)


def test_the_first_difference_is_the_earliest_sample_then_layer_then_element() -> None:
    expected, got = reports(3)
    got[0][2] ^= 1  # sample 2, all of the convolution
    got[2][1, 0, 5] ^= 1  # sample 1, one score
    got[3][1, 0, 4:6] ^= 1  # as the application reads it
    found = compare(PROGRAM, expected, got, start=10)
    assert found.bytes_different == 120 + 1 + 2
    assert found.first is not None
    assert (found.first.sample, found.first.layer, found.first.op) == (11, 2, "FULLY_CONNECTED")
    assert (found.first.tensor, found.first.index) == ("scores", (0, 5))
    assert found.first.got == found.first.expected ^ 1  # type: ignore[operator]


def test_later_samples_add_up_and_keep_the_first_difference() -> None:
    expected, got = reports(1)
    same = compare(PROGRAM, expected, got)
    got[3] ^= 1
    first, second = compare(PROGRAM, expected, got), compare(PROGRAM, expected, got, start=1)
    total = same + first + second
    assert (total.samples, total.bytes_different, total.first) == (3, 14, first.first)
    assert total.first is not None
    assert total.first.layer is None


def test_bytes_are_taken_apart_in_the_order_of_reports() -> None:
    _, got = reports(2)
    data = b"".join(values[i].tobytes() for i in range(2) for values in got)
    for back, values in zip(split_bytes(PROGRAM, data, 2), got, strict=True):
        np.testing.assert_array_equal(back, values)
    with pytest.raises(EdgeqError, match="507 bytes came back — 508 were expected"):
        split_bytes(PROGRAM, data[1:], 2)


def test_renumbered_tensors_are_noticed() -> None:
    graph = MODEL.main
    check_same_tensors(graph, PROGRAM, whole(graph))
    swapped = list(graph.tensors)
    swapped[CONV] = quantized("other", (1, 6, 5, 4))
    with pytest.raises(EdgeqError, match="not the model's"):
        check_same_tensors(replace(graph, tensors=tuple(swapped)), PROGRAM, whole(graph))


def test_wide_types_count_bytes_and_name_the_element() -> None:
    empty = lower(Graph((quantized("wide", (1, 3), dtype="int16"),), (), (0,), (0,)))
    expected = {0: np.array([[[1, 2, 3]]], np.int16)}
    found = compare(empty, expected, [np.array([[[1, 2 + 256, 3]]], np.int16)])
    assert (found.bytes_compared, found.bytes_different) == (6, 1)
    assert found.first is not None
    assert (found.first.index, found.first.got, found.first.expected) == ((0, 1), 258, 2)


def test_nan_does_not_differ_from_nan() -> None:
    """x86 makes a negative one of infinity - infinity, ARM a positive one."""
    empty = lower(Graph((Tensor("x", (1, 2), "float32"),), (), (0,), (0,)))
    bits = np.array([[[0x7FC00000, 0x3F800000]]], np.uint32)
    expected, other = bits.view(np.float32), (bits ^ [1 << 31, 0]).astype(np.uint32)
    assert compare(empty, {0: expected}, [other.view(np.float32)]).bytes_different == 0
    assert compare(empty, {0: expected}, [expected + np.float32(1)]).bytes_different > 0

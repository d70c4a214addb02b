"""Sizes that a file leaves open are those that operators give; fixed ones stay as they are."""

from __future__ import annotations

import numpy as np
import pytest

from edgeq.cleanup.infer_shapes import infer_shapes
from edgeq.cleanup.single import Single
from edgeq.graph import Op, Quantization, Tensor

BY = Quantization((0.5,), (0,))
PERM = Tensor("perm", (3,), "int32", buffer=np.array([0, 2, 1], "<i4").tobytes())


def single(signature: tuple[int, ...] | None, kind: str = "TRANSPOSE") -> Single:
    """TRANSPOSE of [1, 2, 3], whose output the file says to be [1, 1, 1]."""
    x, y = Tensor("x", (1, 2, 3), "int8", BY), Tensor("y", (1, 1, 1), "int8", BY)
    open_y = Tensor("y", (1, 1, 1), "int8", BY, shape_signature=signature)
    return Single(Op(kind, (0, 1), (2,)), [x, PERM, open_y if signature else y])


def test_an_open_shape_is_the_operators() -> None:
    assert infer_shapes(single((1, -1, -1)), ()) == {2: (1, 3, 2)}


def test_a_shape_behind_a_settled_tensor_is_the_operators() -> None:
    assert infer_shapes(single(None), (0,)) == {2: (1, 3, 2)}


@pytest.mark.parametrize("signature", [None, (1, 1, 1)])
def test_a_fixed_shape_is_left_to_be_checked(signature: tuple[int, ...] | None) -> None:
    assert infer_shapes(single(signature), ()) == {}


@pytest.mark.parametrize("kind", ["CUSTOM", "WHILE", "SQUEEZE"])
def test_operators_that_cannot_say_are_left(kind: str) -> None:
    assert infer_shapes(single((1, -1, -1), kind), ()) == {}

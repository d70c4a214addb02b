"""Names after two libraries and a rewriting have named tensors."""

from __future__ import annotations

from edgeq.frontends.tensor_names import with_distinct_names
from edgeq.graph import Graph, Model, Op, Tensor


def test_every_name_is_there_once_and_ends_keep_theirs() -> None:
    given = ["x", "a;;b;", "a;b", "y", "x", ";", "y"]
    tensors = tuple(Tensor(name, (1,), "float32") for name in given)
    ops = tuple(Op("RELU", (k,), (k + 1,)) for k in range(6))
    found = with_distinct_names(Model((Graph(tensors, ops, (0,), (6,)),)))
    names = [tensor.name for tensor in found.main.tensors]
    assert names == ["x", "a;b", "a;b/1", "y/1", "x/1", "tensor_5", "y"]

"""Chains of elementwise operators are found from end to end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from edgeq.graph import Graph, Op, Tensor
from edgeq.opkit.chains import Chain, find_chains

ONE = -1  # a constant with one element
X = 0


def graph(
    *ops: tuple[str, Sequence[int]], outputs: Sequence[int] = (), wide: bool = False
) -> Graph:
    """Operator k makes tensor k + 1 of [2, 3] from tensors, of which `ONE` is a constant."""
    some = np.ones((3,) if wide else (1,), np.float32)
    fixed = Tensor("one", some.shape, "float32", buffer=some.tobytes())
    tensors = (*(Tensor(f"t{k}", (2, 3), "float32") for k in range(len(ops) + 1)), fixed)
    made = tuple(
        Op(kind, tuple(len(ops) + 1 if t == ONE else t for t in inputs), (k + 1,))
        for k, (kind, inputs) in enumerate(ops)
    )
    return Graph(tensors, made, (X,), tuple(outputs or (len(ops),)))


def found(given: Graph) -> list[Chain]:
    def worth(chain: Chain) -> int:
        return len(chain.ops)

    return list(find_chains(given, lambda op: op.kind != "DENSE", worth))


def test_branches_that_meet_again_are_one_chain() -> None:
    given = graph(("EXP", [X]), ("ADD", [1, ONE]), ("MUL", [X, 2]), ("DENSE", [3]))
    assert found(given) == [Chain((0, 1, 2), 0, 3)]


def test_other_operators_and_second_sources_end_a_chain() -> None:
    given = graph(("EXP", [X]), ("DENSE", [1]), ("NEG", [1]), ("ADD", [2, 3]), ("ABS", [4]))
    assert found(given) == [Chain((0,), 0, 1), Chain((2,), 1, 3), Chain((4,), 4, 5)]


def test_what_others_read_stays() -> None:
    ops = (("EXP", [X]), ("ABS", [1]), ("DENSE", [1]))
    assert found(graph(*ops, outputs=(2, 3))) == [Chain((0,), 0, 1), Chain((1,), 1, 2)]
    ends = (("EXP", [X]), ("ABS", [1]))
    assert found(graph(*ends, outputs=(1, 2))) == [Chain((0,), 0, 1), Chain((1,), 1, 2)]


def test_a_constant_for_each_channel_ends_a_chain() -> None:
    ops = (("EXP", [X]), ("MUL", [1, ONE]), ("ABS", [2]))
    assert found(graph(*ops)) == [Chain((0, 1, 2), 0, 3)]
    assert found(graph(*ops, wide=True)) == [Chain((0,), 0, 1), Chain((2,), 2, 3)]


def test_a_broadcast_operand_ends_a_chain() -> None:
    given = graph(("EXP", [X]), ("ABS", [1]))
    narrow = replace(given.tensors[1], shape=(1, 3))
    assert found(replace(given, tensors=(given.tensors[0], narrow, *given.tensors[2:]))) == []


def test_long_chains_are_cut() -> None:
    given = graph(*(("ABS", [k]) for k in range(100)))
    assert [len(chain.ops) for chain in found(given)] == [36, 64]

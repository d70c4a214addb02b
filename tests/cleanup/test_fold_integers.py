"""Shape arithmetic gives what TFLite's kernels give."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from edgeq.cleanup.budget import Budget
from edgeq.cleanup.fold_integers import ARITHMETIC, MAX_SIZE, fold_integers
from edgeq.cleanup.single import Single
from edgeq.graph import AttributeValue, Graph, Model, Op, Quantization, Tensor, write_tflite
from edgeq.opkit.node import Values
from edgeq.runtime import reference_interpreter

RANDOM = np.random.default_rng(5)


def ints(*shape: int, low: int = -9, high: int = 9, dtype: str = "int32") -> Values:
    return RANDOM.integers(low, high, shape).astype(dtype)


def pair(kind: str) -> tuple[Values, ...]:
    divisors = ints(4, low=1) * RANDOM.choice([-1, 1], 4).astype(np.int32)
    return ints(3, 4), divisors if kind in ("DIV", "FLOOR_DIV", "FLOOR_MOD") else ints(4)


AXES = np.array([1], np.int32)
FLAGS = ints(5, low=0, high=2).astype(bool)
CASES: list[tuple[str, tuple[Values, ...], str, Mapping[str, AttributeValue]]] = [
    *(
        (kind, pair(kind), f"{kind.title().replace('_', '')}Options", {})
        for kind in ("ADD", "SUB", "MUL", "DIV", "FLOOR_DIV", "FLOOR_MOD")
    ),
    *((kind, pair(kind), "MaximumMinimumOptions", {}) for kind in ("MAXIMUM", "MINIMUM")),
    *((kind, (ints(5),), f"{kind.title()}Options", {}) for kind in ("NEG", "ABS")),
    *(
        (kind, (ints(6, high=-6), ints(6, high=-6)), f"{kind.title().replace('_', '')}Options", {})
        for kind in ("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL")
    ),
    *(
        (kind, (FLAGS, ~FLAGS)[:count], f"{kind.title().replace('_', '')}Options", {})
        for kind, count in (("LOGICAL_AND", 2), ("LOGICAL_OR", 2), ("LOGICAL_NOT", 1))
    ),
    ("SELECT_V2", (FLAGS, ints(5), ints(5)), "SelectV2Options", {}),
    *(
        (kind, (ints(2, 3), AXES), "ReducerOptions", {"keep_dims": keep})
        for kind in ("REDUCE_PROD", "SUM", "REDUCE_MAX", "REDUCE_MIN")
        for keep in (False, True)
    ),
    ("CONCATENATION", (ints(2, 3), ints(2, 1)), "ConcatenationOptions", {"axis": 1}),
    ("CONCATENATION", (ints(2), ints(1)), "ConcatenationOptions", {"axis": -1}),
    ("PACK", (ints(3), ints(3)), "PackOptions", {"axis": 1, "values_count": 2}),
    ("GATHER", (ints(6), ints(2, low=0, high=6)), "GatherOptions", {"axis": 0}),
    ("FILL", (np.array([2, 3], np.int32), np.array(7, np.int32)), "FillOptions", {}),
    ("BROADCAST_TO", (ints(1, 3), np.array([2, 3], np.int32)), "BroadcastToOptions", {}),
    ("RANGE", tuple(np.array(v, np.int32) for v in (7, -4, -3)), "RangeOptions", {}),
    ("CAST", (ints(4),), "CastOptions", {"in_data_type": "INT32", "out_data_type": "INT32"}),
]


def folded(
    kind: str, values: tuple[Values, ...], attributes: Mapping[str, AttributeValue]
) -> Values | None:
    given = [Tensor("c", v.shape, v.dtype.name, buffer=v.tobytes()) for v in values]
    truth = kind in ("EQUAL", "NOT_EQUAL") or kind.startswith(("LESS", "GREATER", "LOGICAL"))
    output = Tensor("y", (), "bool" if truth else "int32")
    op = Op(kind, tuple(range(len(given))), (len(given),), tuple(sorted(attributes.items())))
    found = fold_integers(Single(op, [*given, output]), Budget())
    return None if found is None else found[0]


@pytest.mark.parametrize(
    ("kind", "values", "options", "attributes"), CASES, ids=[case[0] for case in CASES]
)
def test_every_operator_gives_what_tflite_gives(
    kind: str, values: tuple[Values, ...], options: str, attributes: Mapping[str, AttributeValue]
) -> None:
    got = folded(kind, values, attributes)
    assert got is not None
    inputs = [Tensor(f"x{k}", v.shape, v.dtype.name) for k, v in enumerate(values)]
    y = Tensor("y", got.shape, got.dtype.name)
    pairs = tuple(sorted(attributes.items()))
    version = 2 if kind == "BROADCAST_TO" else 1  # the first that TFLite registers
    op = Op(kind, tuple(range(len(inputs))), (len(inputs),), pairs, version, options_type=options)
    graph = Graph((*inputs, y), (op,), op.inputs, op.outputs)
    interpreter = reference_interpreter(write_tflite(Model((graph,))))
    for detail, value in zip(interpreter.get_input_details(), values, strict=True):
        interpreter.set_tensor(detail["index"], value)
    interpreter.invoke()
    np.testing.assert_array_equal(got, interpreter.get_tensor(len(inputs)))


def test_the_cases_are_all_operators() -> None:
    assert {case[0] for case in CASES} == set(ARITHMETIC)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("DIV", (ints(3), np.zeros(3, np.int32))),
        ("ADD", (ints(3), ints(4))),
        ("GATHER", (ints(3), np.array([3], np.int32))),
        ("GATHER", (ints(3), np.array([-1], np.int32))),
        ("FILL", (np.array([1 << 15, 1 << 15], np.int32), np.array(1, np.int32))),
        ("FILL", (np.array([-1], np.int32), np.array(1, np.int32))),
        ("RANGE", tuple(np.array(v, np.int32) for v in (0, 1 << 30, 1))),
        ("RANGE", tuple(np.array(v, np.int32) for v in (0, 5, 0))),
        ("ADD", (ints(MAX_SIZE + 1), ints(1))),
        ("SUM", (ints(3).astype(np.float32), np.array([0], np.int32))),
        ("ADD", (ints(3).astype(np.float32), ints(3).astype(np.float32))),
    ],
)
def test_what_does_not_fit_is_left(kind: str, values: tuple[Values, ...]) -> None:
    assert folded(kind, values, {}) is None


@pytest.mark.parametrize("kind", ["FILL", "BROADCAST_TO"])
def test_quantized_values_are_repeated(kind: str) -> None:
    """The first state of a recurrent layer is FILL of the zero point, int8."""
    by, dims = Quantization((0.5,), (3,)), np.array([1, 4], "<i4")
    value = Tensor("value", (), "int8", by, buffer=b"\3")
    shape = Tensor("dims", (2,), "int32", buffer=dims.tobytes())
    inputs = (1, 0) if kind == "FILL" else (0, 1)
    for y, expected in ((by, [[3, 3, 3, 3]]), (None, None)):
        single = Single(Op(kind, inputs, (2,)), [value, shape, Tensor("y", (1, 1), "int8", y)])
        found = fold_integers(single, Budget())
        assert (None if found is None else found[0].tolist()) == expected


def test_quantized_integers_are_left() -> None:
    x = Tensor("x", (1,), "int32", Quantization((0.5,), (0,)), buffer=b"\1\0\0\0")
    single = Single(Op("ADD", (0, 0), (1,)), [x, Tensor("y", (1,), "int32")])
    assert fold_integers(single, Budget()) is None

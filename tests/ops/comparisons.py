"""What the tests of comparing operators share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from ops.broadcasts import FLOATS, every_pair, pair, tensor
from ops.cases import assert_cases_agree
from ops.pairs import EVERY_PAIR

from edgeq.errors import UnsupportedError
from edgeq.opkit.node import Values
from edgeq.ops import bind
from edgeq.simulate.execute import execute


def compared(kind: str, a: Sequence[int], b: Sequence[int]) -> Values:
    """The operator's output for two int32 tensors of one sample."""
    operands = [tensor(name, (len(a),), "int32") for name in "ab"]
    return execute(pair(kind, *operands, "bool").main, [np.int32([a]), np.int32([b])])[2][0]


def assert_int8(kind: str) -> None:
    """Every pair of int8 at equal and unequal, tiny, large and random scales and zero points."""
    rng = np.random.default_rng(0)
    scales = [(0.05, 0.05), (0.05, 0.04), (1e-12, 0.3), (0.99, 1e-3), (0.5, 0.25)]
    scales += [tuple(np.exp(rng.uniform(-9, -0.01, 2))) for _ in range(10)]
    cases = {
        f"{s}": pair(
            kind,
            tensor("a", (256, 1), "int8", s[0], int(rng.integers(-128, 128))),
            tensor("b", (1, 256), "int8", s[1], int(rng.integers(-128, 128))),
            "bool",
        )
        for s in scales
    }
    assert_cases_agree(cases, inputs=EVERY_PAIR)


def assert_floats(kind: str, compiler: str) -> None:
    """Every pair of floats at which comparisons go wrong."""
    a, b = (tensor(name, (1, FLOATS.size**2), "float32") for name in "ab")
    model = pair(kind, a, b, "bool")
    assert_cases_agree({"floats": model}, inputs=every_pair(FLOATS), compiler=compiler)


def assert_refused_scale(kind: str) -> None:
    """int8 scales from 1 on are refused, at which the references stop the program."""
    a, b = tensor("a", (3,), "int8", 1.0), tensor("b", (3,), "int8")
    with pytest.raises(UnsupportedError, match="too far apart for the reference arithmetic"):
        bind(pair(kind, a, b, "bool").main)

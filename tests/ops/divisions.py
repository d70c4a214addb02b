"""Operands at which rounded quotients of integers and floats go wrong."""

from __future__ import annotations

import numpy as np
from ops.broadcasts import every_pair, tensor
from ops.harness import single_op

from edgeq.graph import Model
from edgeq.opkit.node import Values

ENDS = np.array([-(2**31), 1 - 2**31, -1000, -7, -3, -2, -1, 1, 2, 3, 7, 1000, 2**31 - 1], np.int32)
NEAR = [0.1, 1 / 3, 1, 1.5, 2, 3, 7.25, 1e-3, 255, 1e7, 16777215, 3e38, 1e-38, 3e-45, 1e-41]


def floats() -> list[Values]:
    """float32 dividends and divisors [pairs]: of usual size, of all sizes, near whole quotients;
    divisors are finite and not 0.
    """
    rng = np.random.default_rng(0)
    sizes = rng.normal(0, 1, (2, 4000)) * 10.0 ** rng.uniform(-42, 38, (2, 4000))
    usual = rng.normal(0, 9, (2, 4000))
    whole = np.rint(usual[0]) * np.float32(usual[1])
    near = np.array([*NEAR, *(-x for x in NEAR)])
    a, b = (x.ravel() for x in every_pair(near))
    dividends = np.concatenate([sizes[0], usual[0], whole, a, [0.0, -0.0]]).astype(np.float32)
    divisors = np.concatenate([sizes[1], usual[1], usual[1], b, [3, 3]]).astype(np.float32)
    some = divisors != 0
    return [dividends[some], divisors[some]]


def divided(
    kind: str, dtype: str, a: Values, b: Values, options: str = "", **attributes: object
) -> tuple[Model, list[Values]]:
    """A model of an operator on a and b [n], and what to give it."""
    given = [tensor(name, (1, a.size), dtype) for name in "ab"]
    model = single_op(kind, given, tensor("y", (1, a.size), dtype), options, **attributes)
    return model, [a.reshape(1, 1, -1), b.reshape(1, 1, -1)]


def ends() -> list[Values]:
    """Every pair of int32 ends but the one whose quotient int32 cannot hold."""
    a, b = (x.ravel() for x in every_pair(ENDS))
    fits = (a != ENDS[0]) | (b != -1)
    return [a[fits], b[fits]]

"""Limits that are asked for: the middle decides, a limit inside of the range is a doubt."""

from __future__ import annotations

import pytest

from edgeq.errors import EdgeqError
from edgeq.fit.energy import Energy
from edgeq.fit.limits import Limits, judge
from edgeq.verify.latency import Latency

LATENCY = Latency(10, 9, 15, "cycles", "")
ENERGY = Energy(2, 1, 4)


@pytest.mark.parametrize(
    ("limit", "why", "doubt"),
    [
        (20, "", ""),
        (15, "", ""),
        (12, "", "perhaps 15.0 ms"),
        (9.5, "10.0 ms, 0.500 more than 9.5", "perhaps 9.00 ms"),
        (4, "10.0 ms, 6.00 more than 4", ""),
    ],
)
def test_the_middle_decides(limit: float, why: str, doubt: str) -> None:
    assert judge(Limits(limit), LATENCY, None) == (why, doubt)


def test_what_is_not_known_keeps_no_limit() -> None:
    assert judge(Limits(None, 1), LATENCY, None) == ("mJ not known", "")
    assert judge(Limits(1, None), None, None) == ("ms not known", "")
    assert judge(Limits(), None, None) == ("", "")


def test_both_limits_are_told() -> None:
    why, doubt = judge(Limits(4, 3), LATENCY, ENERGY)
    assert why == "10.0 ms, 6.00 more than 4"
    assert doubt == "perhaps 4.00 mJ"


def test_a_best_case_that_keeps_a_limit_is_a_doubt() -> None:
    best = Energy(2, 1, float("inf"))
    assert judge(Limits(None, 3), None, best) == ("", "perhaps more than 2.00 mJ")
    assert judge(Limits(None, 1.5), None, best)[0] == "2.00 mJ, 0.500 more than 1.5"


@pytest.mark.parametrize("limit", [0, -1, float("nan"), float("inf")])
def test_a_limit_is_a_positive_number(limit: float) -> None:
    with pytest.raises(EdgeqError, match=r"--max-latency .* — it is not positive"):
        Limits(limit).check()
    with pytest.raises(EdgeqError, match=r"--max-energy .* — it is not positive"):
        Limits(None, limit).check()

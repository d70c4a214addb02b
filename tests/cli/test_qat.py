"""What `edgeq qat` says of its result."""

from __future__ import annotations

import pytest

from edgeq.cli.qat import show
from edgeq.qat.qat import QatResult
from edgeq.simulate.result import Reference


@pytest.mark.parametrize(
    ("agreement", "error", "gained"),
    [
        (0.95, 0.010, False),
        (0.95, 0.011, False),
        (0.95, 0.009, True),
        (0.96, 0.011, True),
    ],
)
def test_training_that_gained_nothing_is_said_to(
    agreement: float, error: float, gained: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    before = Reference(0.95, 0.010)
    show(QatResult("out.keras", agreement, error, before, before, None, 100, "x.npz", (1.0,), 2.0))
    assert ("training gained nothing" not in capsys.readouterr().out) == gained

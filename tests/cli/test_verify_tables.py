"""What people see of a board's layers."""

from __future__ import annotations

import pytest

from edgeq.cli.verify_tables import show
from edgeq.verify import Difference, LayerResult, TargetResult, VerifyResult


def table(capsys: pytest.CaptureFixture[str], *layers: LayerResult, layer: int | None = 1) -> str:
    first = Difference(layer, "ADD", "sum;more\x1b[2J", 2, (0, 3), 5, 6)
    show(VerifyResult((TargetResult("port", "different", first_difference=first, layers=layers),)))
    return " ".join(capsys.readouterr().out.split())


def test_what_a_board_sent_of_its_layers(capsys: pytest.CaptureFixture[str]) -> None:
    rows = LayerResult(0, "CONV_2D", "a;b", None, 9, None, None, 12, True, 2048, 0)
    part = LayerResult(1, "ADD", "sum", None, 9, None, "all", 34, False, 1024, 7)
    whole = LayerResult(2, "MEAN", "mean", None, 9, None, None, 56, False, 0, 0)
    said = table(capsys, rows, part, whole)
    assert "layer operator name us bytes different held" in said
    assert "0 CONV_2D a 12 0 of 2,048 row by row" in said
    assert "1 ADD sum 34 7 of 1,024 some channels" in said
    assert "2 MEAN mean 56 0 of 0 whole" in said
    assert "first difference in sample 2, layer 1 'sum' [0, 3]: 5, not 6" in said


def test_layers_that_were_only_timed(capsys: pytest.CaptureFixture[str]) -> None:
    timed = LayerResult(0, "CONV_2D", "a", None, 9, None, None, 12)
    said = table(capsys, timed, layer=None)
    assert "held" not in said
    assert "0 CONV_2D a 12" in said
    assert "sample 2, tensor 'sum' [0, 3]" in said

"""Progress on a terminal ends at its total, whatever steps are done again or have more than was
thought.
"""

from __future__ import annotations

import io
import sys

import pytest

from edgeq.cli.show import added_up, print_text, progress_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_bars_end_at_their_total(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with progress_bar(True) as progress:
        assert progress is not None
        for total in (7, 9):  # one step after another of the same name
            for done in range(1, total + 1):
                progress("choosing", done, total)
        progress("training", 9, 7)
        count = added_up(progress, {"host": 40, "cortex-m4": 5}.__getitem__)
        for _ in range(5):
            count("host", 8)
            count("cortex-m4", 1)
    shown = screen.getvalue()
    for end in ("9/9", "7/7", "40/40", "5/5"):
        assert end in shown
    assert "9/7" not in shown


def test_there_is_no_bar_where_no_one_looks() -> None:
    with progress_bar(True) as progress:
        assert progress is None


def test_sentences_are_broken_between_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    print_text(
        "host: gcc 12.2.0 -O2, address and undefined behaviour\x1b[2J sanitizers\n" + "a" * 40
    )
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "host: gcc 12.2.0 -O2, address",
        "  and undefined",
        "  behaviour\\x1b[2J sanitizers",
        "a" * 40,
    ]

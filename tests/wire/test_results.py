"""What boards say of their inferences, as frames and as lines, and how it is counted."""

from __future__ import annotations

import random
import struct

import pytest

from edgeq.cli.monitor import plot
from edgeq.wire import Frame, encode_frame
from edgeq.wire.lines import LONGEST_LINE
from edgeq.wire.results import MOST_SCORES, Outcome, OutcomeReader
from edgeq.wire.tally import MOST_CLASSES, OTHERS, Tally

TURN = b"cat: 0.250000\r\ndog: 0.75\r\n1234 us per inference\r\n"


def test_lines_of_a_demonstration_are_an_outcome() -> None:
    reader = OutcomeReader()
    assert reader.take(b"half a line\n") == []
    outcome = Outcome("dog", {"cat": 0.25, "dog": 0.75}, 1234)
    assert reader.take(TURN) == [outcome]
    assert [found for byte in TURN for found in reader.take(bytes([byte]))] == [outcome]


def test_the_line_of_a_sensors_program_is_an_outcome() -> None:
    reader = OutcomeReader()
    said = b"\nwave: left: 0.9312, 12.345 ms, time steps lost: 3\r\n"
    (outcome,) = reader.take(said)
    assert (outcome.best, outcome.scores) == ("wave: left", {"wave: left": 0.9312})
    assert outcome.microseconds == pytest.approx(12345)


def test_a_frame_is_an_outcome() -> None:
    payload = struct.pack("<HIHf", 7, 999, 2, 0.5)
    frames = [Frame(0x11, 0, payload + "Größe".encode()), Frame(0x11, 1, payload)]
    bad = [Frame(0x11, 0, payload[:-1]), Frame(0x10, 0, payload), Frame(0x33, 0, b"")]
    data = b"".join(map(encode_frame, [*bad, *frames]))
    assert OutcomeReader().take(data) == [
        Outcome("Größe", {"Größe": 0.5}, 999),
        Outcome("2", {"2": 0.5}, 999),
    ]


NO_OUTCOMES = {
    "no scores": b"\n12 us per inference\n",
    "a line between": b"\na: 1\nboot\n12 us per inference\n",
    "no numbers": b"\na: nan\nb: inf, 1 ms\nc: 1e9999999\n12 us per inference\n",
    "endless line": b"\na: 1" + b"0" * (2 * LONGEST_LINE) + b"\n",
    "the first line may be half": b"a: 1, 2 ms\n",
}


@pytest.mark.parametrize("case", NO_OUTCOMES)
def test_other_lines_are_none(case: str) -> None:
    assert OutcomeReader().take(NO_OUTCOMES[case]) == []


def test_a_hostile_board_fills_no_memory() -> None:
    chance, reader, tally = random.Random(1), OutcomeReader(), Tally()
    data = b"\n" + b"".join(b"%d: 1\n" % k for k in range(500))
    assert reader.take(data) == []
    assert len(reader._scores) <= MOST_SCORES
    reader.take(chance.randbytes(50_000))
    for k in range(500):
        for outcome in reader.take(b"\nn%d: 1e3, 5 ms\n" % k):
            tally.add(outcome, k)
    assert len(tally.classes) == MOST_CLASSES + 1
    assert tally.classes[OTHERS].count == 500 - MOST_CLASSES
    assert tally.outcomes == 500


def test_outcomes_are_counted_and_their_rate_is_that_of_late() -> None:
    tally = Tally()
    for k in range(21):
        tally.add(Outcome("ab"[k % 3 == 0], {"a": 0.1, "b": 0.9}, 1500), 100 + k / 4)
    assert (tally.classes["a"].count, tally.classes["b"].count, tally.best) == (14, 7, "a")
    assert tally.rate(105) == pytest.approx(4)
    assert tally.rate(200) == 0
    assert tally.to_json()["classes"]["b"] == {"count": 7, "score": 0.9}


def test_the_plot_shows_names_as_text() -> None:
    from rich.console import Console

    tally = Tally()
    tally.add(Outcome("[red]x\x1b[2J", {"[red]x\x1b[2J": 0.5, "plain": -1.0}, None), 0)
    console = Console(width=100, record=True, force_terminal=False)
    with console.capture() as captured:
        console.print(plot(tally, 0))
    said = captured.get()
    assert "[red]x\\x1b[2J" in said
    assert "\x1b" not in said
    assert "█" * 24 in said
    assert "█" * 25 not in said

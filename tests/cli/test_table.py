"""Tables fit their width, and no word or number is split that could stay whole."""

from __future__ import annotations

import random
import re

import pytest

from edgeq.cli.table import LONGEST, table_lines

VERIFY = [
    "target",
    "status",
    "samples",
    "bytes different",
    "instructions",
    "code",
    "constants",
    "arena",
    "stack",
]
TARGETS = [
    ["host", "ok", "540", "0 of 1,053,000", "-", "7,345", "4,104", "1,240", "-"],
    [
        "avr-atmega2560",
        "unavailable",
        "5",
        "0 of 9,750",
        "12,087,976",
        "6,858",
        "4,104",
        "1,240",
        "384",
    ],
]


def test_a_table_that_fits_is_one_line_a_row() -> None:
    assert table_lines(["name", "bytes"], [["a", "1"], ["long name", "1,000"]], 80) == [
        "  name       bytes",
        " ─────────────────",
        "  a              1",
        "  long name  1,000",
    ]
    assert table_lines(["", ""], [["size", "9 bytes"]], 80) == ["  size  9 bytes"]
    assert table_lines(["only"], [["a"]], 80) == ["  only", " ─────", "  a"]


def test_cells_are_wrapped_at_spaces_and_slashes() -> None:
    lines = table_lines(
        ["", ""],
        [["operators", "3 CONV_2D, 2 DEPTHWISE_CONV_2D, 1 MEAN"], ["name", "a/bb/ccc"]],
        32,
    )
    assert lines == [
        "  operators  3 CONV_2D, 2",
        "             DEPTHWISE_CONV_2D,",
        "             1 MEAN",
        "  name       a/bb/ccc",
    ]


def test_columns_without_room_follow_below_with_the_first_again() -> None:
    lines = table_lines(VERIFY, TARGETS, 80)
    assert max(map(len, lines)) <= 80
    assert sum(line.startswith("  avr-atmega2560") for line in lines) == 2
    assert "" in lines


def test_names_that_are_too_long_are_split_and_nothing_else_is() -> None:
    lines = table_lines(["layer", "name", "MACs"], [["0", "n" * 100, "320,000"]], 40)
    assert "".join(re.findall("n{2,}", "".join(lines))) == "n" * 100
    assert max(map(len, lines)) <= 40
    assert any(line.endswith("320,000") for line in lines)


@pytest.mark.parametrize("seed", range(20))
def test_every_word_is_whole_and_every_line_fits(seed: int) -> None:
    rng = random.Random(seed)

    def cell() -> str:
        return " ".join(
            "w" * rng.randint(1, 20) + str(rng.randint(0, 9)) for _ in range(rng.randint(0, 4))
        )

    columns = rng.randint(1, 9)
    headers = [f"h{c}" for c in range(columns)]
    rows = [[cell() for _ in range(columns)] for _ in range(rng.randint(0, 5))]
    lines = table_lines(headers, rows, 80)
    assert max(map(len, lines)) <= 80
    words = " ".join(lines).split()
    for row in rows:
        for word in " ".join(row[1:]).split():
            assert len(word) <= LONGEST
            assert word in words

"""Untrusted text in messages: one line, escaped, shortened."""

import pytest

from edgeq.errors import LONGEST_NAME, LONGEST_PART, EdgeqError, shown

STEERING = {
    "escape sequence": "\x1b[2J",
    "C0": "\x00\x07\x7f",
    "C1": "\x9b31m\x85",
    "embeddings and overrides": "\u202a\u202b\u202c\u202d\u202e",
    "isolates": "\u2066\u2067\u2068\u2069",
    "marks of direction": "\u200e\u200f\u061c",
    "no width": "\u200b\u200c\u200d\u2060\ufeff",
    "line ends": "\r\n\u2028\u2029",
    "fillers and selectors": "\u3164\u115f\ufe0f\U000e0101\u034f",
    "tags": "\U000e0041",
    "lone surrogate, as in file names": "\udcff",
}


@pytest.mark.parametrize("name", STEERING)
def test_what_steers_a_terminal_is_written_as_an_escape(name: str) -> None:
    text = shown(f"a{STEERING[name]}b")
    assert text.startswith("a\\")
    assert text.endswith("b")
    assert text.isascii()


@pytest.mark.parametrize("name", STEERING)
def test_an_error_steers_nothing(name: str) -> None:
    error = EdgeqError(f"what {STEERING[name]}", f"why {STEERING[name]}", "remedy")
    assert str(error).isprintable()
    assert not {c for c in STEERING[name] if not " " <= c <= "~"} & set(str(error))
    assert str(error).encode("utf-8")


def test_other_scripts_are_left_as_they_are() -> None:
    assert shown("naïve 名前 слой é") == "naïve 名前 слой é"


def test_a_name_of_a_megabyte_is_cut_in_its_middle() -> None:
    text = shown("head" + "x" * (1 << 20) + "tail")
    assert len(text) == LONGEST_NAME
    assert text.startswith("head")
    assert text.endswith("tail")
    assert len(str(EdgeqError("a" * (1 << 20), "b" * (1 << 20), "c"))) < 3 * LONGEST_PART


def test_the_parts_are_kept_apart_for_machines() -> None:
    assert EdgeqError("w", "y", "r").to_json() == {"what": "w", "why": "y", "remedy": "r"}

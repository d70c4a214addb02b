"""The comment on a pull request: figures beside each other, and hostile names as text."""

import re
from typing import Any

import pytest
from pull_request.markdown import mark, markdown, sound, text
from pull_request.measure import Measured, log_line

HOSTILE = "@admin [x](http://e.vil) <img src=x> | `a` **b** #1 &amp; --> \n::error::x\u202e"


def measured(
    accuracy: float = 0.9, size: int = 1000, name: str = "cortex-m4", **row: Any
) -> Measured:
    target = {
        "name": name,
        "status": "ok",
        "reason": None,
        "bytes_compared": 1234,
        "bytes_different": 0,
        "model_bytes": 600,
        "arena_bytes": 300,
        "code_bytes": 7000,
        "instructions_per_inference": 50_000,
        "stack_bytes": 200,
    }
    converted = {
        "accuracy": {"metric": "accuracy", "float": 0.95, "int8": accuracy},
        "bytes": size,
        "warnings": [],
    }
    return Measured(converted, {"targets": [target | row]})


def failed(what: str = "x") -> Measured:
    return Measured({"error": {"what": what, "why": what, "remedy": what}}, None)


def test_figures_stand_beside_each_other() -> None:
    shown = markdown("m.keras", measured(0.9, 1000), measured(0.8875, 1100)).splitlines()
    assert shown[0] == mark("m.keras")
    assert "| accuracy, float | 0.9500 | 0.9500 | = |" in shown
    assert "| accuracy, integers | 0.9000 | 0.8875 | -0.0125 |" in shown
    assert "| bytes of the .tflite | 1,000 | 1,100 | +100 (+10.0%) |" in shown
    assert "<code>cortex&#45;m4</code>: all 1,234 bytes are those of the simulator" in shown


@pytest.mark.parametrize("old", [None, failed()])
def test_without_an_old_model_there_is_nothing_to_compare(old: Measured | None) -> None:
    shown = markdown("m.keras", old, measured())
    assert "| accuracy, integers |  | 0.9000 |  |" in shown


def test_names_and_messages_are_text() -> None:
    bad = measured(name=HOSTILE, status="failed", reason=HOSTILE)
    bad.convert["warnings"] = [HOSTILE] * 50
    for new in (bad, failed(HOSTILE)):
        shown = markdown(HOSTILE, None, new)
        ours = re.sub(r"<code>(?:\w|&#\d+;| )*</code>", "", shown.split("\n", 1)[1])
        assert not re.search(r"[@<>\[`\\]|::|http|\u202e", ours)
        assert len(shown) < 20_000


def test_the_mark_is_one_comment_whatever_the_name() -> None:
    assert re.fullmatch(r"<!-- edgeq report of [0-9a-f]+ -->", mark("--> " + HOSTILE))
    assert mark("a") != mark("b")


def test_code_of_the_host_is_left_out_for_its_sanitizers() -> None:
    assert "bytes of code" not in markdown("m", None, measured(name="host"))


@pytest.mark.parametrize(
    ("new", "right"),
    [
        (measured(), True),
        (measured(status="different", bytes_different=1), False),
        (measured(status="unavailable"), False),
        (failed(), False),
        (Measured(measured().convert, failed().convert), False),
    ],
)
def test_what_fails_the_job(new: Measured, right: bool) -> None:
    assert sound(new) == right
    assert markdown("m", None, new)


def test_text_and_log_lines_steer_nothing() -> None:
    assert text("a_b") == "<code>a&#95;b</code>"
    for line in ("::add-mask::x", "\x1b]0;x", "##[group]", "a\r::error::b"):
        assert re.match(r"\| ", log_line(line))
        assert not re.search(r"##\[|[\x00-\x1f]", log_line(line))

"""JSON that may be hostile, under any recursion limit."""

from __future__ import annotations

import subprocess
import sys

import pytest

from edgeq.plain_json import DEEPEST, parse_json

UNLIMITED = (
    "import sys; sys.setrecursionlimit(2**31 - 1); from edgeq.plain_json import parse_json; "
)


def test_values_are_those_of_the_text() -> None:
    assert parse_json(b'{"a": [1, 2.5, null, "\xc3\xa9 ]]] \\" {{{"]}') == {
        "a": [1, 2.5, None, 'é ]]] " {{{']
    }
    deep = "[" * DEEPEST + "]" * DEEPEST
    assert str(parse_json(deep)).count("[") == DEEPEST


@pytest.mark.parametrize("text", ["", "{", "[1,", '"open', "nul", b"\xff"])
def test_what_is_no_json_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        parse_json(text)


@pytest.mark.parametrize("prefix", ["", '["]]]]]]' + "]" * 100_000 + '", "\\\\", '])
def test_deep_nesting_is_refused_where_nothing_limits_recursion(prefix: str) -> None:
    """Brackets within strings, as many closing ones as are opened later, do not count."""
    program = UNLIMITED + f"parse_json({prefix!r} + '[' * 100_000)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.endswith(f"nested more than {DEEPEST} levels deep\n")

"""Errors with three parts (what, why, remedy) on one line, and escaping of untrusted text for
display.
"""

from __future__ import annotations

from collections.abc import Sequence

LONGEST_NAME = 80
LONGEST_PART = (
    1500  # characters of one part of a message; a list of every operator has about a thousand
)

_UNSEEN = frozenset(
    (
        0x34F,
        0x115F,
        0x1160,
        0x17B4,
        0x17B5,
        0x3164,
        0xFFA0,
        0x2800,
        *range(0x180B, 0x1810),
        *range(0xFE00, 0xFE10),
        *range(0xE0100, 0xE01F0),
    )
)
"""Characters that Unicode classes as letters, marks or symbols and that are invisible."""


def shown(text: object, limit: int = LONGEST_NAME) -> str:
    r"""Text from a file or a user as a terminal, a message or a drawing may show it: on one line,
    at most `limit` long.

    Whatever is not printed is written as an escape: control characters, marks that turn the
    direction of writing, characters without width, lone surrogates. What is too long loses its
    middle.

    >>> shown("conv\x1b[2J\u202e"), shown("naïve 名"), shown("x" * 100, 11)
    ('conv\\x1b[2J\\u202e', 'naïve 名', 'xxxx...xxxx')
    """
    whole = str(text)
    if len(whole) > limit:
        head = (limit - 2) // 2
        whole = f"{whole[:head]}...{whole[len(whole) - (limit - 3 - head) :]}"
    return "".join(c if c.isprintable() and ord(c) not in _UNSEEN else _escaped(c) for c in whole)


def _escaped(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def listed(items: Sequence[str], most: int) -> str:
    """The first `most` items, and how many more there are.

    >>> listed(["a", "b", "c", "d"], 2), listed(["a", "b"], 2)
    ('a, b and 2 more', 'a, b')
    """
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(items[:most]) + more


class EdgeqError(Exception):
    """Wrong use or bad input; exit status 2. `str()` is `WHAT — WHY — WHAT TO DO` on one line, safe
    for a terminal.
    """

    exit_status = 2

    def __init__(self, what: str, why: str, remedy: str) -> None:
        parts = (" ".join(str(part).split()) for part in (what, why, remedy))
        self.what, self.why, self.remedy = (shown(part, LONGEST_PART) for part in parts)
        super().__init__(" — ".join((self.what, self.why, self.remedy)))

    def to_json(self) -> dict[str, str]:
        """The three parts, as printed by `--json`."""
        return {"what": self.what, "why": self.why, "remedy": self.remedy}


class ModelError(EdgeqError):
    """A model file or graph that is not valid: truncated, corrupted or inconsistent."""


class UnsupportedError(EdgeqError):
    """A valid model that needs something edgeq does not support; the message names the layer."""


class DoesNotFitError(EdgeqError):
    """A check that failed (exit status 1): the model is too large for the board or the budget."""

    exit_status = 1

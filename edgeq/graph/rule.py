"""What a rule of a valid file is, and how messages show what breaks one."""

from __future__ import annotations

import math
import reprlib
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Rule(Generic[T]):
    """One rule.

    holds: whether a thing is valid.
    got, expected: the parts of the error message for one that is not.
    """

    holds: Callable[[T], bool]
    got: Callable[[T], str]
    expected: Callable[[T], str]


_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 80


def brief(value: object) -> str:
    """The value as text, shortened for messages."""
    return _SHORT.repr(value)


def is_float32(value: float) -> bool:
    """Whether a number is finite and float32 holds it exactly."""
    try:
        return math.isfinite(value) and struct.unpack("f", struct.pack("f", value))[0] == value
    except OverflowError:
        return False

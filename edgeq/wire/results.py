"""What a board says of its inferences, in frames (docs/wire.md) or in the lines of generated programs."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from edgeq.wire.frame import Frame, FrameReader
from edgeq.wire.lines import LineReader

RESULT = 0x11
MOST_SCORES = 64  # classes of one inference
_FIELDS = struct.Struct("<HIHf")
_NUMBER = r"[-+]?(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})(?:e[-+]?\d{1,3})?"
_SCORE = re.compile(rf"(.{{1,80}}): ({_NUMBER})", re.I)
_TIME = re.compile(rf"({_NUMBER}) us per inference", re.I)
_BEST = re.compile(rf"(.{{1,80}}): ({_NUMBER}), ({_NUMBER}) ms\b.*", re.I)


@dataclass(frozen=True)
class Outcome:
    """One inference. best: the name of the class, or its number. scores: of the classes that the
    board names. microseconds: None where it does not say.
    """

    best: str
    scores: Mapping[str, float]
    microseconds: float | None


@dataclass
class OutcomeReader:
    """Finds the outcomes in the bytes that arrive, and keeps little of them.

    Programs of `generate` print `name: score` for each class and then `N us per inference`, or one
    line `name: score, N ms`.
    """

    _frames: FrameReader = field(default_factory=FrameReader)
    _lines: LineReader = field(default_factory=LineReader)
    _scores: dict[str, float] = field(default_factory=dict)

    def take(self, data: bytes) -> list[Outcome]:
        """The outcomes whose last byte is in `data`."""
        framed = map(_of_frame, self._frames.take(data))
        return [
            *(outcome for outcome in framed if outcome is not None),
            *self._of_lines(self._lines.take(data)),
        ]

    def _of_lines(self, lines: list[str]) -> Iterator[Outcome]:
        for line in lines:
            if best := _BEST.fullmatch(line):
                yield Outcome(best[1], {best[1]: _finite(best[2])}, _finite(best[3]) * 1000)
            elif (time := _TIME.fullmatch(line)) and self._scores:
                most = max(self._scores, key=lambda name: self._scores[name])
                yield Outcome(most, dict(self._scores), _finite(time[1]))
                self._scores.clear()
            elif (score := _SCORE.fullmatch(line)) and len(self._scores) < MOST_SCORES:
                self._scores[score[1]] = _finite(score[2])
            else:
                self._scores.clear()


def _finite(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else 0.0


def _of_frame(frame: Frame) -> Outcome | None:
    """The result that a sketch sent; None for another frame."""
    if frame.type != RESULT or len(frame.payload) < _FIELDS.size:
        return None
    _, microseconds, index, score = _FIELDS.unpack_from(frame.payload)
    name = frame.payload[_FIELDS.size :].decode("utf-8", "replace").strip() or str(index)
    return Outcome(name, {name: score if math.isfinite(score) else 0.0}, microseconds)

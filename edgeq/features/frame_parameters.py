"""The parameters that every front end has: how samples become frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import ClassVar

from edgeq.errors import EdgeqError


@dataclass(frozen=True)
class FrameParameters:
    """sample_rate: Hz. window_ms, step_ms: the length of a frame and the distance between frames.

    kind: the name of the front end that has such parameters. feature_scale: what features are
    multiplied by. bounds: the least and the largest value of fields, by name. window_bounds: of the
    samples of a frame.

    Raises EdgeqError for fields and windows outside of their bounds, and for steps beyond a window.
    """

    kind: ClassVar[str]
    feature_scale: ClassVar[float]
    bounds: ClassVar[Mapping[str, tuple[float, float]]]
    window_bounds: ClassVar[tuple[int, int]]

    sample_rate: int = 16_000
    window_ms: int = 30
    step_ms: int = 10

    def __post_init__(self) -> None:
        for name, (least, most) in self.bounds.items():
            value = getattr(self, name)
            if not least <= value <= most:
                why = f"it is {value}, not {least:g} to {most:g}"
                raise EdgeqError(f"parameter {name}", why, "choose a value between them")
        shortest, longest = self.window_bounds
        if not shortest <= self.window <= longest:
            why = f"it is {self.window} samples, not {shortest} to {longest}"
            raise EdgeqError("parameter window_ms", why, "choose another window or sample rate")
        if not 0 < self.step <= self.window:
            why = f"it is {self.step} samples, a window {self.window}"
            raise EdgeqError("parameter step_ms", why, "choose a step from 1 sample to a window")

    @property
    def window(self) -> int:
        """Samples of a frame."""
        return self.window_ms * self.sample_rate // 1000

    @property
    def step(self) -> int:
        """Samples from one frame to the next."""
        return self.step_ms * self.sample_rate // 1000

    @property
    def transform(self) -> int:
        """Samples that are transformed: the least power of two that holds a window."""
        return 1 << (self.window - 1).bit_length()

    def to_json(self) -> dict[str, float]:
        """Names and values, as metadata carry them."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

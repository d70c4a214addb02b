"""The type of what a loop carries from step to step, or a model with variables from inference to
inference: int8, or int16 where the measured error asks for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

MIN_GAIN_DB = 6.0  # dB that 16-bit states must gain
Made = TypeVar("Made")


@dataclass(frozen=True)
class StateWidth:
    """The type that a state has, and by what it was chosen.

    name: the layer of the loop, or the variables.
    int8_db, int16_db: the least SQNR in dB, on the calibration samples, of what the loop or the model
        with the variables gives; None where it was not measured.
    """

    name: str
    dtype: str
    int8_db: float | None = None
    int16_db: float | None = None

    @property
    def db(self) -> float | None:
        """The SQNR with the type that the state has."""
        return self.int16_db if self.dtype == "int16" else self.int8_db


def choose_width(
    name: str,
    narrow: Made,
    sqnr_db: Callable[[Made], float],
    widened: Callable[[], Made],
    sufficient: float,
) -> tuple[Made, StateWidth]:
    """What was made with int8 states if it has `sufficient` dB; else what `widened` makes with int16,
    if that has `MIN_GAIN_DB` more.
    """
    before = sqnr_db(narrow)
    if before >= sufficient:
        return narrow, StateWidth(name, "int8", before)
    wide = widened()
    after = sqnr_db(wide)
    if after < before + MIN_GAIN_DB:
        return narrow, StateWidth(name, "int8", before, after)
    return wide, StateWidth(name, "int16", before, after)

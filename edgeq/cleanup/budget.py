"""Limits of what folding may compute, so that a small file cannot ask for much."""

from __future__ import annotations

from dataclasses import dataclass

GROWTH = 8  # bytes that folding may make of one byte of constants; int4 weights to float32 are 8
SMALL_BYTES = 4096  # a constant that folding may make of anything


@dataclass
class Budget:
    """What folding may still compute in one clean-up.

    work: elements read and written, and multiply-accumulates.
    """

    work: int = 1 << 26

    def take(self, work: int) -> bool:
        """Whether so much is left; it is taken if so."""
        if work > self.work:
            return False
        self.work -= work
        return True


def worth_flash(read: int, made: int) -> bool:
    """Whether constants of `made` bytes may replace the operator that makes them of `read` bytes."""
    return made <= max(SMALL_BYTES, GROWTH * read)

"""Places between two pixels along an axis that is resized, in integers and in float32 (TFLite
reference/resize_bilinear.h).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from edgeq.opkit.resize import ResizeAttributes

STEP = 1 << 10  # the integers' steps in a pixel


@dataclass(frozen=True, eq=False)
class Axis:
    """Between which inputs each output along an axis lies, int64 [outputs], and how far behind the
    lower one: in steps (int64), or in pixels (float32). Below 0 beside the first pixel.
    """

    lower: npt.NDArray[np.int64]
    upper: npt.NDArray[np.int64]
    behind: npt.NDArray[Any]


@dataclass(frozen=True)
class Steps:
    """Where outputs lie along an axis, in steps: output k at k * scale + start."""

    scale: int
    start: int


def steps(options: ResizeAttributes, size_in: int, size_out: int) -> Steps:
    """The places of the outputs along an axis in integers (`ResizeBilinearInteger`)."""
    corners = int(options.align_corners and size_out > 1)
    over, under = size_in - corners, size_out - corners
    scale = (STEP * over + under // 2) // under
    return Steps(scale, scale // 2 - STEP // 2 if options.half_pixel_centers else 0)


def integer_axis(options: ResizeAttributes, size_in: int, size_out: int) -> Axis:
    """The neighbours of each output in integers (`ComputeInterpolationValuesInteger`)."""
    s = steps(options, size_in, size_out)
    place = np.arange(size_out, dtype=np.int64) * s.scale + s.start
    lower = np.maximum(place, 0) // STEP
    return Axis(lower, np.minimum((place + STEP - 1) // STEP, size_in - 1), place - STEP * lower)


def float_axis(options: ResizeAttributes, size_in: int, size_out: int) -> Axis:
    """The neighbours of each output in float32 (`ComputeInterpolationValues`)."""
    corners = int(options.align_corners and size_out > 1)
    scale = np.float32(size_in - corners) / np.float32(size_out - corners)
    half = np.float32(0.5 if options.half_pixel_centers else 0.0)
    place = (np.arange(size_out, dtype=np.float32) + half) * scale - half
    lower = np.maximum(np.floor(place).astype(np.int64), 0)
    upper = np.minimum(np.ceil(place).astype(np.int64), size_in - 1)
    return Axis(lower, upper, place - lower.astype(np.float32))

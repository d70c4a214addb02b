"""Boxes of detectors: from distances to anchors to corners, and those of highest score that overlap
little (TFLM kernels/detection_postprocess.cc).

Corners are float32 [boxes, 4]: least y and x, greatest y and x.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgeq.opkit.exp64 import exp64
from edgeq.opkit.node import Values


def decoded(x: Values, anchors: Values, scales: Sequence[np.float32]) -> Values:
    """x float32 [boxes, 4] (centre y and x, logarithms of height and width, about anchors of y, x,
    height, width) -> corners. scales: what each of the four is divided by.

    Centres and halves of sizes are computed in float64 and rounded.
    """
    with np.errstate(all="ignore"):
        ratios = x.astype(np.float64) / np.array(scales, np.float64)
        place, size = anchors[:, :2].astype(np.float64), anchors[:, 2:].astype(np.float64)
        centre = (ratios[:, :2] * size + place).astype(np.float32)
        half = (0.5 * exp64(ratios[:, 2:]) * size).astype(np.float32)
        return np.concatenate([centre - half, centre + half], axis=1)


def best_class(scores: Values) -> Values:
    """scores [boxes, classes] -> of each box the first class that none exceeds, in the order of a
    scan: NaN exceeds nothing, and nothing exceeds NaN.
    """
    best = np.zeros(len(scores), np.int64)
    rows = np.arange(len(scores))
    for category in range(1, scores.shape[1]):
        best[scores[:, category] > scores[rows, best]] = category
    return best


def selected(
    corners: Values, scores: Values, most: int, least: np.float32, shared: np.float32
) -> list[int]:
    """Non-maximum suppression: the numbers of at most `most` boxes, the highest score first, each
    of a score of `least` or more, of which no two have an intersection over union above
    `shared`. Of boxes with equal scores the first is taken.
    """
    left, found = scores >= least, list[int]()
    while left.any() and len(found) < most:
        boxes = np.flatnonzero(left)
        box = int(boxes[np.argmax(scores[boxes])])
        found.append(box)
        left[box] = False
        left &= ~(_overlap(corners, box) > shared)
    return found


def _overlap(corners: Values, box: int) -> Values:
    """The intersection over union of each box with box number `box`; 0 where one of both has no
    area.
    """
    one = corners[box]
    with np.errstate(all="ignore"):
        area = (corners[:, 2] - corners[:, 0]) * (corners[:, 3] - corners[:, 1])
        low = np.where(one[:2] < corners[:, :2], corners[:, :2], one[:2])
        high = np.where(corners[:, 2:] < one[2:], corners[:, 2:], one[2:])
        sides = high - low
        sides = np.where(sides < 0, np.float32(0), sides)
        common = sides[:, 0] * sides[:, 1]
        share = common / (area[box] + area - common)
    return np.where((area <= 0) | (area[box] <= 0), np.float32(0), share)

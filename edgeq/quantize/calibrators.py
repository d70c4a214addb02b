"""Calibrators: functions from the calibration statistics of a tensor to its range."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from edgeq.quantize.observe import Statistics
from edgeq.quantize.quantization_state import Range

Calibrator = Callable[[Statistics], Range]
STEPS = 40  # ranges that mse and entropy try for each end
NARROWEST = 0.1


def min_max(seen: Statistics) -> Range:
    """The range from the smallest to the largest value."""
    return Range(seen.low, seen.high)


def moving_average(seen: Statistics) -> Range:
    """The exponential moving averages of the samples' extremes (Jacob et al. 2018, section 3.1)."""
    return Range(seen.average_low, seen.average_high)


def percentile(seen: Statistics, share: float = 99.99) -> Range:
    """The range of the central `share` percent of the values; what lies outside is clipped, half on
    either side.

    A peak of equal values at one end, such as the zeros of a ReLU, is never clipped.
    """
    outside = (100 - share) / 200 * seen.counts.sum()
    edges, total = seen.edges, np.cumsum(seen.counts)
    first = int(np.searchsorted(total, outside, side="right"))
    last = int(np.searchsorted(total, total[-1] - outside, side="left"))
    return Range(
        float(edges[min(first, len(edges) - 2)]), float(edges[min(last, len(edges) - 2) + 1])
    )


def mean_square(seen: Statistics, levels: int) -> Range:
    """The range of least expected squared error of rounding and clipping (Banner et al. 2019,
    section 3).

    The rounding error within the range is taken as uniform, step ** 2 / 12. Both ends are searched,
    the larger first.

    levels: number of quantized values, 256 for int8.
    """
    return _search_range(seen, lambda r: _square_error(seen, r, levels))


def entropy(seen: Statistics, levels: int) -> Range:
    """The range of least Kullback-Leibler divergence between float and quantized values (Migacz
    2017, TensorRT).

    levels: number of quantized values, 256 for int8.
    """
    return _search_range(seen, lambda r: _divergence(seen, r, levels))


def calibrators(levels: int = 256) -> Mapping[str, Calibrator]:
    """The calibrators by their command line names. levels: number of quantized values of a tensor."""
    return {
        "min-max": min_max,
        "moving-average": moving_average,
        "percentile": percentile,
        "mse": partial(mean_square, levels=levels),
        "entropy": partial(entropy, levels=levels),
    }


def _search_range(seen: Statistics, cost: Callable[[Range], float]) -> Range:
    """The range of least cost among those made by moving first the larger end towards 0, then the
    other.
    """
    best = Range(min(seen.low, 0.0), max(seen.high, 0.0))
    ends = ("high", "low") if best.high >= -best.low else ("low", "high")
    for end in ends:
        shares = np.linspace(1, NARROWEST, STEPS)
        tried = [
            Range(best.low * s, best.high) if end == "low" else Range(best.low, best.high * s)
            for s in shares
        ]
        best = min(tried, key=cost)
    return best


def _square_error(seen: Statistics, r: Range, levels: int) -> float:
    x = seen.centres
    beyond = x - np.minimum(np.maximum(x, r.low), r.high)
    step = (r.high - r.low) / (levels - 1)
    inside = (beyond == 0) & (x != 0)
    return float((seen.counts * (beyond**2 + inside * (step**2 / 12))).sum())


def _divergence(seen: Statistics, r: Range, levels: int) -> float:
    """Sum p log(p / q) over the bins; q distributes each quantized level's count evenly over its
    nonempty bins. What lies outside the range is in p at the range's ends.

    Infinite for a range without any bin, which represents nothing.
    """
    x = seen.centres
    first, end = x.searchsorted(r.low, "left"), x.searchsorted(r.high, "right")
    if r.high <= r.low or seen.counts.sum() == 0:
        return 0.0
    if first >= end:
        return float("inf")
    step = (r.high - r.low) / (levels - 1)
    level = np.round((x[first:end] - r.low) / step)
    group = np.append(0, np.cumsum(level[1:] != level[:-1]))  # bins of a level are neighbours
    kept = seen.counts[first:end].astype(np.float64)
    reference = kept.copy()
    reference[0] += seen.counts[:first].sum()
    reference[-1] += seen.counts[end:].sum()
    mass, filled = np.bincount(group, kept), np.bincount(group, kept > 0)
    q = np.where(kept > 0, (mass / np.maximum(filled, 1))[group], 0.0)
    reference, q = reference / reference.sum(), q / max(q.sum(), 1.0)
    both = (reference > 0) & (q > 0)
    missing = reference[(reference > 0) & (q == 0)].sum()
    return float(
        (reference[both] * np.log(reference[both] / q[both])).sum() + missing * np.log(1e9)
    )

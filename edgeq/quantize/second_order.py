"""Integer least squares: the integer vectors whose multiples lie nearest to real ones in the metric of the inputs.

Everywhere: target real [groups, rows, n]; metric [groups, n, n], positive definite; scale [groups, rows]; integers
[groups, rows, n] as float64, of at most `limit` either way; the error of a row is d metric d^T, d = scale * integers -
target.
"""

from __future__ import annotations

import numpy as np

from edgeq.quantize.state import Floats

SWEEPS = 50


def successive(target: Floats, metric: Floats, scale: Floats, limit: int) -> Floats:
    """Rounds one weight after the other; each one's error moves the real weights that are still to be rounded.

    GPTQ (Frantar et al. 2023, algorithm 1), which is Babai's nearest plane: by the Cholesky factor of the inverse
    metric. The weights that count most go first.
    """
    order = np.argsort(-np.diagonal(metric, axis1=1, axis2=2), axis=1, kind="stable")
    sorted_metric = np.take_along_axis(np.take_along_axis(metric, order[:, :, None], 1), order[:, None, :], 2)
    factor = np.linalg.inv(np.linalg.cholesky(sorted_metric[:, ::-1, ::-1])[:, ::-1, ::-1])
    left = np.take_along_axis(target, order[:, None, :], 2) / scale[:, :, None]
    for j in range(order.shape[1]):
        rounded = np.clip(np.round(left[:, :, j]), -limit, limit)
        error = (left[:, :, j] - rounded) / factor[:, None, j, j]
        left[:, :, j + 1 :] -= error[:, :, None] * factor[:, None, j, j + 1 :]
        left[:, :, j] = rounded
    return np.take_along_axis(left, np.argsort(order, axis=1)[:, None, :], 2)


def descend(start: Floats, target: Floats, metric: Floats, scale: Floats, limit: int) -> Floats:
    """Changes one weight at a time to its best integer, until no single change lowers a row's error."""
    found = start.copy()
    gradient = (found - target / scale[:, :, None]) @ metric
    active = np.ones(scale.shape, bool)
    for _ in range(SWEEPS):
        changed = np.zeros(scale.shape, bool)
        for j in range(metric.shape[1]):
            g, r = np.nonzero(active)
            now = found[g, r, j]
            best = np.clip(np.round(now - gradient[g, r, j] / metric[g, j, j]), -limit, limit)
            moved = best != now
            if moved.any():
                g, r, step = g[moved], r[moved], (best - now)[moved]
                gradient[g, r] += step[:, None] * metric[g, j]
                found[g, r, j] = best[moved]
                changed[g, r] = True
        active = changed
        if not changed.any():
            break
    return found


def errors(found: Floats, target: Floats, metric: Floats, scale: Floats) -> Floats:
    """Each row's error, [groups, rows]."""
    difference = scale[:, :, None] * found - target
    return np.asarray(np.einsum("grn,grn->gr", difference @ metric, difference))

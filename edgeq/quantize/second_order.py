"""Integer least squares: the integer vectors whose multiples lie nearest to real ones in the metric of the inputs.

Everywhere: target real [groups, rows, n]; metric [groups, n, n], positive definite; scale [groups, rows]; integers
[groups, rows, n] as float64, of at most `limit` either way; the error of a row is d metric d^T, d = scale * integers -
target.
"""

from __future__ import annotations

import numpy as np

from edgeq.quantize.state import Floats

SWEEPS = 50
TOGETHER = 64  # weights whose effect on the others is computed at once, so that it stays in the cache


def successive(target: Floats, metric: Floats, scale: Floats, limit: int) -> Floats:
    """Rounds one weight after the other, each to what is best given the errors of those before it.

    Babai's nearest plane, to which GPTQ (Frantar et al. 2023, algorithm 1) is equivalent: with metric = U U^T the error
    is |d U|^2, whose term k has the errors d of the weights up to k. The weights that count most go first.
    """
    order = np.argsort(-np.diagonal(metric, axis1=1, axis2=2), axis=1, kind="stable")
    upper = factor(np.take_along_axis(np.take_along_axis(metric, order[:, :, None], 1), order[:, None, :], 2))
    goal = np.take_along_axis(target, order[:, None, :], 2)
    found, error = np.empty_like(goal), np.empty_like(goal)
    for start in range(0, order.shape[1], TOGETHER):
        part = slice(start, start + TOGETHER)
        carried = error[:, :, :start] @ upper[:, :start, part]
        for k in range(start, min(start + TOGETHER, order.shape[1])):
            near = (error[:, :, start:k] @ upper[:, start:k, k, None])[:, :, 0]
            before = (carried[:, :, k - start] + near) / upper[:, None, k, k]
            found[:, :, k] = np.clip(np.round((goal[:, :, k] - before) / scale), -limit, limit)
            error[:, :, k] = found[:, :, k] * scale - goal[:, :, k]
    return np.take_along_axis(found, np.argsort(order, axis=1)[:, None, :], 2)


def factor(metric: Floats) -> Floats:
    """The upper triangular U with metric = U U^T, [groups, n, n]."""
    return np.linalg.cholesky(metric[:, ::-1, ::-1])[:, ::-1, ::-1]


def minimum(metric: Floats, pull: Floats) -> Floats:
    """The real rows t with t metric = pull, [groups, rows, n]; by substitution, as threads dwarf LAPACK's work here."""
    upper, t = factor(metric), pull.copy()
    n = metric.shape[1]
    for k in reversed(range(n)):
        t[:, :, k] = (t[:, :, k] - (t[:, :, k + 1 :] @ upper[:, k, k + 1 :, None])[:, :, 0]) / upper[:, None, k, k]
    for k in range(n):
        t[:, :, k] = (t[:, :, k] - (t[:, :, :k] @ upper[:, :k, k, None])[:, :, 0]) / upper[:, None, k, k]
    return t


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

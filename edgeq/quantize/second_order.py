"""Integer least squares for second-order rounding (GPTQ, Optimal Brain Quantization).

Common arguments: target, real weights [groups, rows, n]; hessian [groups, n, n], positive definite;
scale [groups, rows]; integers [groups, rows, n] as float64 of magnitude at most `limit`. The error
of a row is d hessian d^T with d = scale * integers - target.
"""

from __future__ import annotations

import numpy as np

from edgeq.quantize.quantization_state import Floats

SWEEPS = 50
TOGETHER = 64  # weights per block of the error propagation, so that a block fits the cache


def round_sequentially(target: Floats, hessian: Floats, scale: Floats, limit: int) -> Floats:
    """Rounds one weight after another, each to the best integer given the errors of those before
    it: integers [groups, rows, n].

    This is Babai's nearest plane algorithm, to which GPTQ (Frantar et al. 2023, algorithm 1) is
    equivalent: with hessian = U U^T the error is |d U|^2, whose term k depends on the weights up to
        k only. Weights with the largest diagonal entry of the Hessian are rounded first.
    """
    order = np.argsort(-np.diagonal(hessian, axis1=1, axis2=2), axis=1, kind="stable")
    upper = upper_cholesky(
        np.take_along_axis(np.take_along_axis(hessian, order[:, :, None], 1), order[:, None, :], 2)
    )
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


def upper_cholesky(hessian: Floats) -> Floats:
    """The upper triangular U with hessian = U U^T, [groups, n, n]."""
    return np.linalg.cholesky(hessian[:, ::-1, ::-1])[:, ::-1, ::-1]


def quadratic_minimum(hessian: Floats, cross: Floats) -> Floats:
    """The rows t [groups, rows, n] with t hessian = cross, by forward and back substitution;
    LAPACK's threads cost more here than they save.
    """
    upper, t = upper_cholesky(hessian), cross.copy()
    n = hessian.shape[1]
    for k in reversed(range(n)):
        t[:, :, k] = (
            t[:, :, k] - (t[:, :, k + 1 :] @ upper[:, k, k + 1 :, None])[:, :, 0]
        ) / upper[:, None, k, k]
    for k in range(n):
        t[:, :, k] = (t[:, :, k] - (t[:, :, :k] @ upper[:, :k, k, None])[:, :, 0]) / upper[
            :, None, k, k
        ]
    return t


def coordinate_descent(
    start: Floats, target: Floats, hessian: Floats, scale: Floats, limit: int
) -> Floats:
    """Integers improved one weight at a time, each to its best value, until no single change lowers
    the error of its row.
    """
    found = start.copy()
    gradient = (found - target / scale[:, :, None]) @ hessian
    active = np.ones(scale.shape, bool)
    for _ in range(SWEEPS):
        changed = np.zeros(scale.shape, bool)
        for j in range(hessian.shape[1]):
            g, r = np.nonzero(active)
            now = found[g, r, j]
            best = np.clip(np.round(now - gradient[g, r, j] / hessian[g, j, j]), -limit, limit)
            moved = best != now
            if moved.any():
                g, r, step = g[moved], r[moved], (best - now)[moved]
                gradient[g, r] += step[:, None] * hessian[g, j]
                found[g, r, j] = best[moved]
                changed[g, r] = True
        active = changed
        if not changed.any():
            break
    return found


def quadratic_errors(found: Floats, target: Floats, hessian: Floats, scale: Floats) -> Floats:
    """The error of each row, [groups, rows]."""
    difference = scale[:, :, None] * found - target
    return np.asarray(np.einsum("grn,grn->gr", difference @ hessian, difference))

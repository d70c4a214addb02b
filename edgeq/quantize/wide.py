"""Rounding of layers too wide for a matrix of inputs by inputs: block after block, errors carried on by the samples."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from edgeq.quantize.affine import to_nearest
from edgeq.quantize.second_order import minimum, successive
from edgeq.quantize.state import Floats, Reals

METRIC_BYTES = 64 << 20
"""The most that the second moments of a layer's inputs may take; a layer of more inputs is rounded in blocks."""
BLOCK = 512  # weights of a channel at a time
POSITIONS = 1024  # the most that stand for all where a layer is rounded in blocks


def too_wide(inputs: int, budget: int = METRIC_BYTES) -> bool:
    """Whether the second moments, float64 [inputs, inputs], take more than the budget, in bytes."""
    return 8 * inputs**2 > budget


def round_in_blocks(x: Reals, rows: Floats, outputs: Floats, scale: Floats, limit: int, damping: float,
                    block: int = BLOCK) -> Floats:  # fmt: skip
    """Integers [rows, n] of least mean over positions of (outputs - x scale q - mean error)^2 + extra |scale q - w|^2.

    x: what the integer network gives, [positions, n]. rows: the real weights w, [rows, n]. outputs: to be reached,
    [positions, rows]. scale: [rows]. extra is `damping` times the mean square of the inputs. The result is that of
    rounding in succession by the whole metric, in which blocks follow each other: the weights of blocks to come are
    free, and weights that are free change a residual r on the positions to S r, S = (1 + L L^T / (extra positions))^-1
    with L their inputs (Woodbury's identity). So only [positions, positions] and [block, block] are held.
    """
    count, mean = len(x), x.mean(axis=0, dtype=np.float64)
    extra = _extra(x, mean, damping)
    later, error = np.zeros((count, count)), outputs - outputs.mean(axis=0)
    for part in _parts(rows.shape[1], block):
        inputs = x[:, part] - mean[part]
        later += inputs @ inputs.T
        error -= inputs @ rows[:, part].T
    found = np.empty_like(rows)
    for part in _parts(rows.shape[1], block):
        inputs = x[:, part] - mean[part]
        later -= inputs @ inputs.T
        kept = np.linalg.solve(np.eye(count) + later / (extra * count), inputs) / count
        metric = (inputs.T @ kept + extra * np.eye(inputs.shape[1]))[None]
        metric = (metric + metric.transpose(0, 2, 1)) / 2
        wanted = rows[:, part] + minimum(metric, (error.T @ kept)[None])[0]
        found[:, part] = successive(wanted[None], metric, scale[None], limit)[0]
        error -= inputs @ (scale[:, None] * found[:, part] - rows[:, part]).T
    return found


def scale_by_importance(x: Reals, rows: Floats, tried: Floats, limit: int) -> Floats:
    """Of the scales [rows, trials] for each row the one whose nearest integers err least, the square of each weight's
    error counted as much as the mean square of its inputs x [positions, n]."""
    importance = np.einsum("pn,pn->n", x, x, dtype=np.float64)
    costs = [((to_nearest(rows, s, limit) * s[:, None] - rows) ** 2) @ importance for s in tried.T]
    return np.take_along_axis(tried, np.argmin(costs, axis=0)[:, None], 1)[:, 0]


def _extra(x: Reals, mean: Floats, damping: float) -> float:
    """What damping adds to the metric's diagonal, as `reconstruct.damped` does for a whole metric."""
    blocks = (x[:, part] for part in _parts(x.shape[1], BLOCK))
    raw = sum(float(np.einsum("pn,pn->", some, some, dtype=np.float64)) for some in blocks)
    square = float(np.square(mean).mean())
    extra = damping * (raw / x.size - square) + 1e-6 * square
    return extra if extra >= 1e-30 else 1.0


def _parts(n: int, block: int) -> Iterator[slice]:
    return (slice(start, start + block) for start in range(0, n, block))

"""Second-order rounding of layers with too many inputs for a Hessian in memory: one block of
weights after another, with the errors of earlier blocks carried along on the samples.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from edgeq.quantize.affine import to_nearest
from edgeq.quantize.quantization_state import Floats, Reals
from edgeq.quantize.second_order import quadratic_minimum, round_sequentially

HESSIAN_BYTES = 64 << 20
"""The most memory for a layer's Hessian; a layer that needs more is rounded in blocks."""
BLOCK = 512  # weights of a channel that are rounded together
POSITIONS = 1024  # the most positions that are sampled


def too_wide(inputs: int, budget: int = HESSIAN_BYTES) -> bool:
    """Whether the Hessian, float64 [inputs, inputs], takes more than `budget` bytes."""
    return 8 * inputs**2 > budget


def round_in_blocks(
    x: Reals,
    rows: Floats,
    outputs: Floats,
    scale: Floats,
    limit: int,
    damping: float,
    block: int = BLOCK,
) -> Floats:
    """Integers q [rows, n] that approximately minimize the mean over positions of (outputs - x
    scale q - mean error)^2, plus extra |scale q - w|^2.

    x: im2col of the input in the integer model, [positions, n].
    rows: real weights w, [rows, n].
    outputs: to be reproduced, [positions, rows].
    scale: [rows].
    limit: largest integer magnitude.
    damping: `extra` in units of the mean square of the inputs.
    block: number of weights of a row that are rounded together.

    The result equals `round_sequentially` with the whole Hessian. The weights of later blocks are
    still free; free weights reduce a residual r on the positions to S r, S = (1 + L L^T / (extra
    positions))^-1 with L their inputs (Woodbury's identity). So only matrices [positions,
    positions] and [block, block] are needed.
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
        hessian = (inputs.T @ kept + extra * np.eye(inputs.shape[1]))[None]
        hessian = (hessian + hessian.transpose(0, 2, 1)) / 2
        wanted = rows[:, part] + quadratic_minimum(hessian, (error.T @ kept)[None])[0]
        found[:, part] = round_sequentially(wanted[None], hessian, scale[None], limit)[0]
        error -= inputs @ (scale[:, None] * found[:, part] - rows[:, part]).T
    return found


def scale_by_importance(x: Reals, rows: Floats, tried: Floats, limit: int) -> Floats:
    """For each row the scale, of the candidates [rows, trials], with the least error of nearest
    integers, each squared error weighted by the mean square of its input x [positions, n].
    """
    importance = np.einsum("pn,pn->n", x, x, dtype=np.float64)
    costs = [((to_nearest(rows, s, limit) * s[:, None] - rows) ** 2) @ importance for s in tried.T]
    return np.take_along_axis(tried, np.argmin(costs, axis=0)[:, None], 1)[:, 0]


def _extra(x: Reals, mean: Floats, damping: float) -> float:
    """The damping added to the Hessian's diagonal, as `reconstruct.damped` adds it to a whole
    Hessian.
    """
    blocks = (x[:, part] for part in _parts(x.shape[1], BLOCK))
    raw = sum(float(np.einsum("pn,pn->", some, some, dtype=np.float64)) for some in blocks)
    square = float(np.square(mean).mean())
    extra = damping * (raw / x.size - square) + 1e-6 * square
    return extra if extra >= 1e-30 else 1.0


def _parts(n: int, block: int) -> Iterator[slice]:
    return (slice(start, start + block) for start in range(0, n, block))

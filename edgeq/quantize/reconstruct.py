"""Weights chosen so that each layer's output is reproduced, layer by layer, from what the integer network gives it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from edgeq.data import Samples
from edgeq.quantize.affine import float32, to_nearest, weight_scale
from edgeq.quantize.follow import Inputs, layer_by_layer
from edgeq.quantize.moments import Columns, Moments, columns, moments
from edgeq.quantize.second_order import descend, errors, minimum, successive
from edgeq.quantize.state import Floats, Layer, Quantizing, Weights, from_channels
from edgeq.quantize.wide import round_in_blocks, scale_by_importance, too_wide

DAMPING = 0.05
"""The real weights' part in the target, relative to the mean square of the inputs; against fitting what is chance."""
NARROWEST = {8: 0.8, 7: 0.75, 6: 0.65, 5: 0.55, 4: 0.45, 3: 0.35, 2: 0.25}
"""Bits -> the smallest scale that is tried, relative to the one that the largest weight asks for."""
FINALISTS = 3
TRIALS = 3000  # scales times weights of a channel
MEASURED = 4096  # positions by which damping is set
TOGETHER = 1 << 22  # weights times scales times rows that are solved for at once

Solver = Callable[[Moments, Floats, Floats, int, float], tuple[Floats, Floats]]
"""moments, real weights [groups, rows, n], scales to try [groups, rows, trials], limit, damping -> scales, integers."""
Rounded = tuple[
    Floats, Floats, Floats
]  # scales [channels], integers [channels, n], what biases are raised by [channels]


def reconstruct(state: Quantizing, samples: Samples) -> Quantizing:
    """Integer weights and biases of least output error, for each layer given the integer layers before it.

    For each channel min ||W x - s q x'||^2 over integers q and scales s, x the layer's input in the float network, x'
    in the integer one (asymmetric reconstruction: Nagel et al. 2020, equation 25), by second-order rounding (GPTQ,
    Frantar et al. 2023) and then single changes until none helps. Outputs that the activation cuts off hardly count;
    the bias takes the mean error. state: with ranges and the widths of all weights; codebooks stay. The float
    model's weights stay, its biases change.
    """

    def step(state: Quantizing, layer: Layer, inputs: Inputs) -> Quantizing:
        return round_layer(state, layer, inputs, scales_to_try, solve)

    return layer_by_layer(state, samples, step)


def round_layer(state: Quantizing, layer: Layer, inputs: Inputs, scales: Callable[[Floats, Weights], Floats],
                solver: Solver) -> Quantizing:  # fmt: skip
    """One layer's weights and bias by a solver, from what the layer gets in both networks.

    scales: rows [rows, n] and present weights -> scales to try, [rows, trials].
    """
    settings = state.weights[layer.index]
    if settings.codebook is not None:
        return state
    taken = columns(state, layer, inputs)
    rows = taken.rows.reshape(-1, taken.rows.shape[2])
    tried = scales(rows, settings)
    damping = trusted(taken, tried, settings.limit)
    solved = _wide(taken, tried, settings.limit, damping) if too_wide(rows.shape[1]) else _solved(
        taken, tried, settings.limit, damping, solver)  # fmt: skip
    if not all(np.isfinite(each).all() for each in solved):
        return state  # squares of enormous activations overflow
    scale, found, shift = solved
    return with_rounded(state, layer, scale if settings.scale.size > 1 else scale[:1], found, shift)


def _solved(taken: Columns, tried: Floats, limit: int, damping: float, solver: Solver) -> Rounded:
    """All channels by a solver, so many at a time as `TOGETHER` allows."""
    rows = taken.rows.reshape(-1, taken.rows.shape[2])
    scale, found, shift = np.empty(len(rows)), np.empty_like(rows), np.empty(len(rows))
    size = max(1, TOGETHER // (tried.shape[1] * rows.shape[1]))
    for part, form in moments(taken):
        shape = (*form.z.shape, -1)
        real, trials = rows[part].reshape(shape), tried[part].reshape(shape)
        some = [slice(k, k + size) for k in range(0, shape[1], size)]
        parts = [solver(form.some(k), real[:, k], trials[:, k], limit, damping) for k in some]
        s, q = (np.concatenate(each, axis=1) for each in zip(*parts, strict=True))
        scale[part], found[part] = s.ravel(), q.reshape(-1, rows.shape[1])
        shift[part] = form.mean_error(s[:, :, None] * q).ravel()
    return scale, found, shift


def _wide(taken: Columns, tried: Floats, limit: int, damping: float) -> Rounded:
    """Channels of more weights than there is memory for their metric, in blocks of weights."""
    made = []
    trials = np.split(tried, len(taken.rows))
    for x, rows, z, each in zip(taken.quantized, taken.rows, taken.outputs, trials, strict=True):
        scale = scale_by_importance(x, rows, each, limit)
        found = round_in_blocks(x, rows, z, scale, limit, damping)
        made.append((scale, found, z.mean(axis=0) - (scale[:, None] * found) @ x.mean(axis=0, dtype=np.float64)))
    scale, found, shift = (np.concatenate(each) for each in zip(*made, strict=True))
    return scale, found, shift


def with_rounded(state: Quantizing, layer: Layer, scale: Floats, found: Floats, shift: Floats) -> Quantizing:
    """The layer with other scales, the integers [channels, n], and its bias raised by some [channels]."""
    values = from_channels(found.astype(np.int8), state.graph.tensors[layer.weights].shape, layer.axis)
    weights = replace(state.weights[layer.index], scale=scale, values=values)
    return state.with_weights({layer.index: weights}).with_bias_raised(layer, shift)


def solve(form: Moments, rows: Floats, tried: Floats, limit: int, damping: float) -> tuple[Floats, Floats]:
    """The best scale of each row, [groups, rows], and its integers [groups, rows, n].

    Real weights to the nearest and rounding in succession, at each scale: the `FINALISTS` best of all these are then
    changed for the better.
    """
    (groups, count, n), trials = rows.shape, tried.shape[2]
    metric, target = damped(form, rows, damping)
    repeated, scale = np.repeat(target, trials, axis=1), tried.reshape(groups, -1)
    nearest = to_nearest(np.repeat(rows, trials, axis=1), scale, limit)
    starts = [f.reshape(groups, count, trials, n) for f in (successive(repeated, metric, scale, limit), nearest)]
    costs = [errors(f.reshape(repeated.shape), repeated, metric, scale).reshape(tried.shape) for f in starts]
    best = np.argsort(np.concatenate(costs, axis=2), axis=2, kind="stable")[:, :, :FINALISTS]
    finalists = best.shape[2]
    found = np.take_along_axis(np.concatenate(starts, axis=2), best[..., None], 2).reshape(groups, -1, n)
    scale = np.take_along_axis(np.tile(tried, 2), best, 2).reshape(groups, -1)
    repeated = np.repeat(target, finalists, axis=1)
    found = descend(found, repeated, metric, scale, limit)
    won = errors(found, repeated, metric, scale).reshape(best.shape).argmin(axis=2)[:, :, None]
    chosen = np.take_along_axis(found.reshape(groups, count, finalists, n), won[..., None], 2)
    return np.take_along_axis(scale.reshape(best.shape), won, 2)[:, :, 0], chosen[:, :, 0]


def trusted(taken: Columns, tried: Floats, limit: int) -> float:
    """How far to damp, relative to the mean square of the inputs.

    As in ridge regression: the variance of what the weights cannot explain, over that of the freedom that rounding
    has, scale^2 / 12 a weight, and over the number of independent positions: the geometric mean of positions and
    samples, as neighbouring windows are alike. Where positions are many or steps wide it adds little to `DAMPING`;
    where they are few and steps fine the weights stay next to the real ones.
    """
    scale = tried[:, tried.shape[1] // 4].reshape(len(taken.rows), -1)  # what it clips counts as unexplained
    weights = to_nearest(taken.rows, scale, limit) * scale[:, :, None]
    some = slice(None, None, max(1, taken.positions // MEASURED))
    unexplained = freedom = 0.0
    for x, w, z, s in zip(taken.quantized[:, some], weights, taken.outputs[:, some], scale, strict=True):
        unexplained += float((z - x @ w.T.astype(np.float32)).var(axis=0).mean())
        freedom += float(np.square(s).mean() / 12 * x.var(axis=0, dtype=np.float64).mean())
    independent = float(np.sqrt(taken.positions * taken.samples))
    more = unexplained / (independent * freedom) if freedom > 0 else 0.0
    return DAMPING + more if np.isfinite(more) else DAMPING


def damped(form: Moments, rows: Floats, damping: float = DAMPING) -> tuple[Floats, Floats]:
    """The metric [groups, n, n] and its real minimum [groups, rows, n], both drawn towards the real weights."""
    mean_square = np.diagonal(form.metric, axis1=1, axis2=2).mean(axis=1)
    extra = damping * mean_square + 1e-6 * np.square(form.x).mean(axis=1)
    extra = np.where(extra < 1e-30, 1.0, extra)[:, None, None]
    metric = form.metric + extra * np.eye(rows.shape[2])
    return metric, minimum(metric, form.pull + extra * rows)


def scales_to_try(rows: Floats, settings: Weights) -> Floats:
    """Scales for each of the rows [rows, n], [rows, trials]: more for short rows, whose errors have less to cancel in.

    One scale of the whole layer stays as it is.
    """
    if settings.scale.size == 1:
        return np.full((len(rows), 1), settings.scale[0])
    trials = int(np.clip(TRIALS // rows.shape[1], 16, 200))
    shares = np.geomspace(1.0, NARROWEST[settings.bits], trials)
    return float32(weight_scale(rows, settings.limit)[:, None] * shares)

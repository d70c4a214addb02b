"""Weights chosen so that each layer's output is reproduced, layer by layer, from what the integer network gives it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import repeat

import numpy as np

from edgeq.data import Samples
from edgeq.quantize.affine import float32, to_nearest, weight_scale
from edgeq.quantize.follow import Inputs, layer_by_layer
from edgeq.quantize.moments import Columns, Moments, columns, moments
from edgeq.quantize.second_order import descend, errors, minimum, successive
from edgeq.quantize.state import Floats, Layer, Quantizing, Weights, from_channels

DAMPING = 0.05
"""The real weights' part in the target, relative to the mean square of the inputs; against fitting what is chance."""
DAMPINGS = (0.05, 0.3, 2.0, 15.0)
SCARCE = 10  # positions for each weight of a channel, below which the damping is chosen on positions kept back
NARROWEST = {8: 0.8, 7: 0.75, 6: 0.65, 5: 0.55, 4: 0.45, 3: 0.35, 2: 0.25}
"""Bits -> the smallest scale that is tried, relative to the one that the largest weight asks for."""
FINALISTS = 3
TRIALS = 3000  # scales times weights of a channel

Solver = Callable[[Moments, Floats, Floats, int, float], tuple[Floats, Floats]]
"""moments, real weights [groups, rows, n], scales to try [groups, rows, trials], limit, damping -> scales, integers."""


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
    scale, found, shift = np.empty(len(rows)), np.empty_like(rows), np.empty(len(rows))
    dampings = trusted(taken, tried, settings.limit)
    for (part, form), damping in zip(moments(taken), dampings, strict=False):
        shape = (*form.z.shape, -1)
        trials = tried[part].reshape(shape)
        solved = solver(form, rows[part].reshape(shape), trials, settings.limit, damping)
        scale[part], found[part] = solved[0].ravel(), solved[1].reshape(-1, rows.shape[1])
        shift[part] = form.mean_error(solved[0][:, :, None] * solved[1]).ravel()
    if not (np.isfinite(scale).all() and np.isfinite(found).all() and np.isfinite(shift).all()):
        return state  # squares of enormous activations overflow
    return with_rounded(state, layer, scale if settings.scale.size > 1 else scale[:1], found, shift)


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


def trusted(taken: Columns, tried: Floats, limit: int) -> Iterator[float]:
    """For each of the `moments` how far to damp: so that rounding by 3 in 4 of the positions serves the last fourth.

    Where positions are not scarce it makes no difference, and `DAMPING` it is.
    """
    if taken.positions >= SCARCE * taken.rows.shape[2] or taken.positions < 8:
        yield from repeat(DAMPING)
        return
    cut = taken.positions * 3 // 4
    rows, scale = taken.rows.reshape(-1, taken.rows.shape[2]), tried[:, tried.shape[1] // 4]
    for (part, fit), (_, kept) in zip(
        moments(taken.part(slice(cut))), moments(taken.part(slice(cut, None))), strict=True
    ):
        real, step = rows[part].reshape(*fit.z.shape, -1), scale[part].reshape(fit.z.shape)
        costs = [_unseen_error(fit, kept, real, step, limit, damping) for damping in DAMPINGS]
        yield DAMPINGS[int(np.argmin(costs))]


def _unseen_error(fit: Moments, kept: Moments, rows: Floats, scale: Floats, limit: int, damping: float) -> float:
    metric, target = damped(fit, rows, damping)
    weights = successive(target, metric, scale, limit) * scale[:, :, None]
    return float(kept.square_error(weights, fit.mean_error(weights)).sum())


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

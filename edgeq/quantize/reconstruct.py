"""Layer reconstruction: integer weights chosen so that each layer reproduces its float output,
given the inputs that it gets in the integer model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from edgeq.data import Samples
from edgeq.quantize.affine import float32, to_nearest, weight_scale
from edgeq.quantize.blockwise_rounding import round_in_blocks, scale_by_importance, too_wide
from edgeq.quantize.layerwise import LayerInputs, layer_by_layer
from edgeq.quantize.quadratic_error import (
    QuadraticForm,
    ReconstructionProblem,
    quadratic_forms,
    reconstruction_problem,
)
from edgeq.quantize.quantization_state import (
    Floats,
    Layer,
    QuantizationState,
    Weights,
    from_channels,
)
from edgeq.quantize.second_order import (
    coordinate_descent,
    quadratic_errors,
    quadratic_minimum,
    round_sequentially,
)

DAMPING = 0.05
"""Ridge regularization towards the real weights, relative to the mean square of the inputs, against
overfitting the samples.
"""
NARROWEST = {8: 0.8, 7: 0.75, 6: 0.65, 5: 0.55, 4: 0.45, 3: 0.35, 2: 0.25}
"""Bits -> the smallest scale that is tried, relative to the scale of the largest weight."""
FINALISTS = 3
TRIALS = 3000  # scales tried times weights per channel
MEASURED = 4096  # positions from which damping is estimated
TOGETHER = 1 << 22  # weights times scales times rows in one solver call

Solver = Callable[[QuadraticForm, Floats, Floats, int, float], tuple[Floats, Floats]]
"""(form, real weights [groups, rows, n], scales to try [groups, rows, trials], limit, damping) ->
(scales [groups, rows], integers [groups, rows, n]).
"""
Rounded = tuple[
    Floats, Floats, Floats
]  # scales [channels], integers [channels, n], bias shifts [channels]


def reconstruct(state: QuantizationState, samples: Samples) -> QuantizationState:
    """Integer weights, scales and biases of least output error, by second-order rounding, layer by
    layer.

    For each channel, min ||W x - s q x'||^2 over integers q and scales s; x is the layer's input in
    the float model, x' in the integer model (asymmetric reconstruction: Nagel et al. 2020, equation
    25). Weights are rounded one after another with compensation of the error by those that follow
    (GPTQ, Frantar et al. 2023; Optimal Brain Quantization), then improved by coordinate descent.
    Outputs that the activation clips hardly count. Biases are corrected.

    state: with ranges and weight widths. Layers with a codebook are left unchanged. The float
        weights stay in the state, float biases are changed.
    samples: calibration samples.
    """

    def step(state: QuantizationState, layer: Layer, inputs: LayerInputs) -> QuantizationState:
        return round_layer(state, layer, inputs, scales_to_try, solve)

    return layer_by_layer(state, samples, step)


def round_layer(
    state: QuantizationState,
    layer: Layer,
    inputs: LayerInputs,
    scales: Callable[[Floats, Weights], Floats],
    solver: Solver,
) -> QuantizationState:
    """The state with one layer's weights and bias chosen by a solver.

    scales: function of real weights [rows, n] and present weights -> scales to try, [rows, trials].
    """
    settings = state.weights[layer.index]
    if settings.codebook is not None:
        return state
    problem = reconstruction_problem(state, layer, inputs)
    rows = problem.rows.reshape(-1, problem.rows.shape[2])
    tried = scales(rows, settings)
    damping = ridge_damping(problem, tried, settings.limit)
    solved = (
        _solved_blockwise(problem, tried, settings.limit, damping)
        if too_wide(rows.shape[1])
        else _solved(problem, tried, settings.limit, damping, solver)
    )
    if not all(np.isfinite(each).all() for each in solved):
        return state  # squares of enormous activations overflowed
    scale, found, shift = solved
    return with_rounded(state, layer, scale if settings.scale.size > 1 else scale[:1], found, shift)


def _solved(
    problem: ReconstructionProblem, tried: Floats, limit: int, damping: float, solver: Solver
) -> Rounded:
    """All channels by a solver, in blocks of at most `TOGETHER` elements."""
    rows = problem.rows.reshape(-1, problem.rows.shape[2])
    scale, found, shift = np.empty(len(rows)), np.empty_like(rows), np.empty(len(rows))
    size = max(1, TOGETHER // (tried.shape[1] * rows.shape[1]))
    for part, form in quadratic_forms(problem):
        shape = (*form.z.shape, -1)
        real, trials = rows[part].reshape(shape), tried[part].reshape(shape)
        some = [slice(k, k + size) for k in range(0, shape[1], size)]
        parts = [solver(form.some(k), real[:, k], trials[:, k], limit, damping) for k in some]
        s, q = (np.concatenate(each, axis=1) for each in zip(*parts, strict=True))
        scale[part], found[part] = s.ravel(), q.reshape(-1, rows.shape[1])
        shift[part] = form.mean_error(s[:, :, None] * q).ravel()
    return scale, found, shift


def _solved_blockwise(
    problem: ReconstructionProblem, tried: Floats, limit: int, damping: float
) -> Rounded:
    """Channels with too many weights for a Hessian in memory, rounded in blocks of weights."""
    made = []
    trials = np.split(tried, len(problem.rows))
    for x, rows, z, each in zip(
        problem.quantized, problem.rows, problem.outputs, trials, strict=True
    ):
        scale = scale_by_importance(x, rows, each, limit)
        found = round_in_blocks(x, rows, z, scale, limit, damping)
        made.append(
            (
                scale,
                found,
                z.mean(axis=0) - (scale[:, None] * found) @ x.mean(axis=0, dtype=np.float64),
            )
        )
    scale, found, shift = (np.concatenate(each) for each in zip(*made, strict=True))
    return scale, found, shift


def with_rounded(
    state: QuantizationState, layer: Layer, scale: Floats, found: Floats, shift: Floats
) -> QuantizationState:
    """The state with other scales, integers [channels, n] and a bias shift [channels] of one layer."""
    values = from_channels(
        found.astype(np.int8), state.graph.tensors[layer.weights].shape, layer.axis
    )
    weights = replace(state.weights[layer.index], scale=scale, values=values)
    return state.with_weights({layer.index: weights}).with_bias_raised(layer, shift)


def solve(
    form: QuadraticForm, rows: Floats, tried: Floats, limit: int, damping: float
) -> tuple[Floats, Floats]:
    """The best scale of each row, [groups, rows], and its integers [groups, rows, n].

    At each scale weights are rounded to nearest and sequentially (`round_sequentially`); the
    `FINALISTS` best results are improved by coordinate descent.

    form: the output error of these rows.
    rows: real weights [groups, rows, n].
    tried: scales [groups, rows, trials].
    limit: largest integer magnitude.
    damping: relative to the mean square of the inputs.
    """
    (groups, count, n), trials = rows.shape, tried.shape[2]
    hessian, target = damped(form, rows, damping)
    repeated, scale = np.repeat(target, trials, axis=1), tried.reshape(groups, -1)
    nearest = to_nearest(np.repeat(rows, trials, axis=1), scale, limit)
    starts = [
        f.reshape(groups, count, trials, n)
        for f in (round_sequentially(repeated, hessian, scale, limit), nearest)
    ]
    costs = [
        quadratic_errors(f.reshape(repeated.shape), repeated, hessian, scale).reshape(tried.shape)
        for f in starts
    ]
    best = np.argsort(np.concatenate(costs, axis=2), axis=2, kind="stable")[:, :, :FINALISTS]
    finalists = best.shape[2]
    found = np.take_along_axis(np.concatenate(starts, axis=2), best[..., None], 2).reshape(
        groups, -1, n
    )
    scale = np.take_along_axis(np.tile(tried, 2), best, 2).reshape(groups, -1)
    repeated = np.repeat(target, finalists, axis=1)
    found = coordinate_descent(found, repeated, hessian, scale, limit)
    won = (
        quadratic_errors(found, repeated, hessian, scale)
        .reshape(best.shape)
        .argmin(axis=2)[:, :, None]
    )
    chosen = np.take_along_axis(found.reshape(groups, count, finalists, n), won[..., None], 2)
    return np.take_along_axis(scale.reshape(best.shape), won, 2)[:, :, 0], chosen[:, :, 0]


def ridge_damping(problem: ReconstructionProblem, tried: Floats, limit: int) -> float:
    """The ridge regularization towards the real weights, relative to the mean square of the inputs.

    As in ridge regression: the variance that the weights cannot explain, divided by the variance of
    the freedom of rounding (scale^2 / 12 per weight) and by the number of independent positions,
    taken as the geometric mean of positions and samples because neighbouring windows are
    correlated. With many positions or coarse scales this adds little to `DAMPING`; with few
    positions and fine scales it keeps the weights near the real ones and prevents overfitting the
    samples.
    """
    scale = tried[:, tried.shape[1] // 4].reshape(
        len(problem.rows), -1
    )  # a middle scale; what it clips counts as unexplained
    weights = to_nearest(problem.rows, scale, limit) * scale[:, :, None]
    some = slice(None, None, max(1, problem.positions // MEASURED))
    unexplained = freedom = 0.0
    for x, w, z, s in zip(
        problem.quantized[:, some], weights, problem.outputs[:, some], scale, strict=True
    ):
        unexplained += float((z - x @ w.T.astype(np.float32)).var(axis=0).mean())
        freedom += float(np.square(s).mean() / 12 * x.var(axis=0, dtype=np.float64).mean())
    independent = float(np.sqrt(problem.positions * problem.samples))
    more = unexplained / (independent * freedom) if freedom > 0 else 0.0
    return DAMPING + more if np.isfinite(more) else DAMPING


def damped(form: QuadraticForm, rows: Floats, damping: float = DAMPING) -> tuple[Floats, Floats]:
    """The Hessian [groups, n, n] with damping on its diagonal, and the real weights [groups, rows,
    n] that minimize the damped error.
    """
    mean_square = np.diagonal(form.hessian, axis1=1, axis2=2).mean(axis=1)
    extra = damping * mean_square + 1e-6 * np.square(form.x).mean(axis=1)
    extra = np.where(extra < 1e-30, 1.0, extra)[:, None, None]
    hessian = form.hessian + extra * np.eye(rows.shape[2])
    return hessian, quadratic_minimum(hessian, form.cross + extra * rows)


def scales_to_try(rows: Floats, settings: Weights) -> Floats:
    """Candidate scales [rows, trials] of rows [rows, n]; short rows get more, as fewer errors
    cancel.

    A per-tensor scale is kept as the only candidate.
    """
    if settings.scale.size == 1:
        return np.full((len(rows), 1), settings.scale[0])
    trials = int(np.clip(TRIALS // rows.shape[1], 16, 200))
    shares = np.geomspace(1.0, NARROWEST[settings.bits], trials)
    return float32(weight_scale(rows, settings.limit)[:, None] * shares)

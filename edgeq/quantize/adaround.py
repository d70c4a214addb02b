"""AdaRound: each weight is rounded up or down, as learned by gradient descent on the layer's output
error.
"""

from __future__ import annotations

import numpy as np

from edgeq.data import Samples
from edgeq.quantize.affine import to_nearest
from edgeq.quantize.layerwise import LayerInputs, layer_by_layer
from edgeq.quantize.quadratic_error import QuadraticForm
from edgeq.quantize.quantization_state import Floats, Layer, QuantizationState, Weights
from edgeq.quantize.reconstruct import damped, round_layer

STEPS = 400
RATE = 0.1
LAMBDA = 20.0
"""Regularization strength lambda, relative to the mean error per weight of rounding to nearest.

It must bring h to 0 or 1 within `STEPS`: a weight still between them is finally rounded without
regard to the others, which may undo what was learned. At this strength about one in a hundred is.
"""
WARM_UP = 0.2  # share of the steps without regularization
STRETCH = (-0.1, 1.1)
BETA = (20.0, 2.0)


def adaround(state: QuantizationState, samples: Samples) -> QuantizationState:
    """Integer weights by AdaRound (Nagel et al. 2020, equations 21 to 25), and bias correction.

    W' = s clip(floor(W / s) + h(V)), h(V) = clip(1.2 sigmoid(V) - 0.1, 0, 1). Adam minimizes the
    output error plus lambda sum(1 - |2 h(V) - 1|^beta), with beta annealed from 20 to 2. Layers are
    rounded in the graph's order, each on the inputs that the integer model gives it.

    Unlike the paper, the output error is the `QuadraticForm` of the layer, in which outputs that
    the activation clips hardly count, and not a sample of batches passed through the activation:
    gradients are exact and the result is deterministic. A channel whose output error AdaRound does
    not lower keeps the nearest integers.

    state: ranges and weight widths as for `reconstruct`; scales are kept.
    samples: calibration samples.
    """

    def step(state: QuantizationState, layer: Layer, inputs: LayerInputs) -> QuantizationState:
        return round_layer(state, layer, inputs, present_scales, learn)

    return layer_by_layer(state, samples, step)


def present_scales(rows: Floats, settings: Weights) -> Floats:
    """The scales that the weights have already, [rows, 1]: AdaRound does not search scales."""
    return np.broadcast_to(settings.scale, len(rows))[:, None]


def learn(
    form: QuadraticForm, rows: Floats, tried: Floats, limit: int, damping: float
) -> tuple[Floats, Floats]:
    """Integer weights by AdaRound for the first scale of each row: scales [groups, rows], integers
    [groups, rows, n].

    form: the output error of these rows.
    rows: real weights [groups, rows, n].
    tried: scales [groups, rows, 1].
    limit: largest integer magnitude.
    damping: relative to the mean square of the inputs, see `ridge_damping`.

    No row's output error is larger than that of its nearest integers.
    """
    hessian, target = damped(form, rows, damping)
    scale = tried[:, :, 0]
    real, goal = rows / scale[:, :, None], target / scale[:, :, None]
    below = np.floor(real)
    unit = _unit(hessian, real, goal)
    v = _inverse(real - below)
    first, second = np.zeros_like(v), np.zeros_like(v)
    for step in range(STEPS):
        sigmoid = 1 / (1 + np.exp(-v))
        h = STRETCH[0] + (STRETCH[1] - STRETCH[0]) * sigmoid
        slope = np.where(
            (h > 0) & (h < 1), (STRETCH[1] - STRETCH[0]) * sigmoid * (1 - sigmoid), 0.0
        )
        h = np.clip(h, 0, 1)
        error = np.clip(below + h, -limit, limit) - goal
        gradient = (2 * error @ hessian / unit + _regulariser(h, step / STEPS)) * slope
        first += 0.1 * (gradient - first)
        second += 0.001 * (gradient**2 - second)
        v -= (
            RATE
            * first
            / (1 - 0.9 ** (step + 1))
            / (np.sqrt(second / (1 - 0.999 ** (step + 1))) + 1e-8)
        )
    return scale, _better(
        form, scale, np.clip(below + (v > 0), -limit, limit), to_nearest(rows, scale, limit)
    )


def _better(form: QuadraticForm, scale: Floats, learned: Floats, nearest: Floats) -> Floats:
    """For each row the integers [groups, rows, n] with the smaller output error on the samples,
    undamped.
    """
    learned_error, nearest_error = (form.error(scale[:, :, None] * q) for q in (learned, nearest))
    return np.where((learned_error < nearest_error)[:, :, None], learned, nearest)


def _unit(hessian: Floats, real: Floats, goal: Floats) -> Floats:
    """The mean output error per weight when a row is rounded to nearest, [groups, rows, 1]: the
    unit in which AdaRound's gradients are measured.
    """
    error = np.round(real) - goal
    total = np.einsum("grn,grn->gr", error @ hessian, error)[:, :, None] / real.shape[2]
    return np.asarray(np.maximum(total, 1e-30))


def _inverse(share: Floats) -> Floats:
    """The v for which the rectified sigmoid h(v) equals `share`, 0 to 1."""
    sigmoid = (share - STRETCH[0]) / (STRETCH[1] - STRETCH[0])
    return np.asarray(np.log(sigmoid / (1 - sigmoid)))


def _regulariser(h: Floats, done: float) -> Floats:
    """The derivative of LAMBDA sum(1 - |2 h - 1|^beta) by h.

    done: share of the optimization steps taken, 0 to 1; beta is annealed by it.
    """
    if done < WARM_UP:
        return np.zeros_like(h)
    beta = BETA[1] + (BETA[0] - BETA[1]) * (1 - (done - WARM_UP) / (1 - WARM_UP))
    centred = 2 * h - 1
    return np.asarray(-LAMBDA * 2 * beta * np.sign(centred) * np.abs(centred) ** (beta - 1))

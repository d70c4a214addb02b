"""AdaRound: whether each weight is rounded up or down, learned by gradient on the layer's output error."""

from __future__ import annotations

import numpy as np

from edgeq.data import Samples
from edgeq.quantize.affine import to_nearest
from edgeq.quantize.follow import Inputs, layer_by_layer
from edgeq.quantize.moments import Moments
from edgeq.quantize.reconstruct import damped, round_layer
from edgeq.quantize.state import Floats, Layer, Quantizing, Weights

STEPS = 400
RATE = 0.1
PULL = 20.0
"""The regulariser's lambda, relative to the mean error of a weight that is rounded to the nearest.

It has to bring h to 0 or 1 within `STEPS`: what is still between is rounded at last without regard to the other
weights, which may undo what was learned. This strength leaves about one weight in a hundred.
"""
WARM_UP = 0.2  # share of the steps without it
STRETCH = (-0.1, 1.1)
SHARPNESS = (20.0, 2.0)


def adaround(state: Quantizing, samples: Samples) -> Quantizing:
    """Weights rounded up or down by AdaRound (Nagel et al. 2020, equations 21 to 25), and biases without mean error.

    W' = s clip(floor(W / s) + h(V)), h(V) = clip(1.2 sigmoid(V) - 0.1, 0, 1), by Adam on the output error plus
    lambda sum(1 - |2 h(V) - 1|^beta), beta falling from 20 to 2. Layers follow each other, each on the integer
    network's inputs. The error is the quadratic form of `moments`, in which outputs that the activation cuts off
    hardly count, in place of batches passed through the activation: the gradient is exact and nothing is drawn at
    random. A channel whose error that does not lower keeps the nearest integers. state: as of `reconstruct`, with the
    scales that are to stay.
    """

    def step(state: Quantizing, layer: Layer, inputs: Inputs) -> Quantizing:
        return round_layer(state, layer, inputs, present_scales, learn)

    return layer_by_layer(state, samples, step)


def present_scales(rows: Floats, settings: Weights) -> Floats:
    """The scales that the weights have, [rows, 1]."""
    return np.broadcast_to(settings.scale, len(rows))[:, None]


def learn(form: Moments, rows: Floats, tried: Floats, limit: int, damping: float) -> tuple[Floats, Floats]:
    """The first scale of each row, and the real weights [groups, rows, n] over it rounded up or down.

    A row's error is never larger than that of its nearest integers.
    """
    metric, target = damped(form, rows, damping)
    scale = tried[:, :, 0]
    real, goal = rows / scale[:, :, None], target / scale[:, :, None]
    below = np.floor(real)
    unit = _unit(metric, real, goal)
    v = _inverse(real - below)
    first, second = np.zeros_like(v), np.zeros_like(v)
    for step in range(STEPS):
        sigmoid = 1 / (1 + np.exp(-v))
        h = STRETCH[0] + (STRETCH[1] - STRETCH[0]) * sigmoid
        slope = np.where((h > 0) & (h < 1), (STRETCH[1] - STRETCH[0]) * sigmoid * (1 - sigmoid), 0.0)
        h = np.clip(h, 0, 1)
        error = np.clip(below + h, -limit, limit) - goal
        gradient = (2 * error @ metric / unit + _regulariser(h, step / STEPS)) * slope
        first += 0.1 * (gradient - first)
        second += 0.001 * (gradient**2 - second)
        v -= RATE * first / (1 - 0.9 ** (step + 1)) / (np.sqrt(second / (1 - 0.999 ** (step + 1))) + 1e-8)
    return scale, _better(form, scale, np.clip(below + (v > 0), -limit, limit), to_nearest(rows, scale, limit))


def _better(form: Moments, scale: Floats, learned: Floats, nearest: Floats) -> Floats:
    """For each row the integers [groups, rows, n] of less output error on the samples, without the damping."""
    learned_error, nearest_error = (form.error(scale[:, :, None] * q) for q in (learned, nearest))
    return np.where((learned_error < nearest_error)[:, :, None], learned, nearest)


def _unit(metric: Floats, real: Floats, goal: Floats) -> Floats:
    """Each row's error of rounding to the nearest for a weight, [groups, rows, 1], as the measure of its gradients."""
    error = np.round(real) - goal
    total = np.einsum("grn,grn->gr", error @ metric, error)[:, :, None] / real.shape[2]
    return np.asarray(np.maximum(total, 1e-30))


def _inverse(share: Floats) -> Floats:
    """The v whose h is `share`, in 0 to 1."""
    sigmoid = (share - STRETCH[0]) / (STRETCH[1] - STRETCH[0])
    return np.asarray(np.log(sigmoid / (1 - sigmoid)))


def _regulariser(h: Floats, done: float) -> Floats:
    """The derivative of PULL sum(1 - |2 h - 1|^beta) by h."""
    if done < WARM_UP:
        return np.zeros_like(h)
    beta = SHARPNESS[1] + (SHARPNESS[0] - SHARPNESS[1]) * (1 - (done - WARM_UP) / (1 - WARM_UP))
    centred = 2 * h - 1
    return np.asarray(-PULL * 2 * beta * np.sign(centred) * np.abs(centred) ** (beta - 1))

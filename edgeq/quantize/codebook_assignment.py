"""Which codebook entry each weight takes, chosen to reproduce the layer's outputs and not its
weights.
"""

from __future__ import annotations

import numpy as np

from edgeq.data import Samples
from edgeq.graph import Codebook
from edgeq.quantize.affine import float32
from edgeq.quantize.bias_correction import correct_layer
from edgeq.quantize.blockwise_rounding import too_wide
from edgeq.quantize.layerwise import LayerInputs, layer_by_layer
from edgeq.quantize.quadratic_error import quadratic_forms, reconstruction_problem
from edgeq.quantize.quantization_state import Floats, Layer, QuantizationState, by_channel, layers
from edgeq.quantize.reconstruct import damped, with_rounded

SWEEPS = 20
ROUNDS = 3  # each of coordinate descent, then new scales


def assign_entries(state: QuantizationState, samples: Samples) -> QuantizationState:
    """The state with codebook indices, scales and biases of least output error, layer by layer.

    Minimizes ||W x - s q x'||^2 (x in the float model, x' in the integer model, as `reconstruct`)
    over entries q of each layer's codebook by coordinate descent, alternating with the optimal
    scale for those entries, s = q cross / q hessian q.

    samples: calibration samples.
    """

    def step(state: QuantizationState, layer: Layer, inputs: LayerInputs) -> QuantizationState:
        book = state.weights[layer.index].codebook
        return state if book is None else _coded(state, layer, inputs, book)

    coded = any(state.weights[layer.index].codebook is not None for layer in layers(state.graph))
    return layer_by_layer(state, samples, step) if coded else state


def _coded(
    state: QuantizationState, layer: Layer, inputs: LayerInputs, book: Codebook
) -> QuantizationState:
    settings = state.weights[layer.index]
    assert settings.values is not None
    if too_wide(settings.values.size // settings.values.shape[layer.axis]):
        return correct_layer(state, layer, inputs)
    problem = reconstruction_problem(state, layer, inputs)
    rows = problem.rows.reshape(-1, problem.rows.shape[2])
    found = by_channel(settings.values, layer.axis)
    scale = np.broadcast_to(settings.scale, len(rows)).copy()
    tables = np.repeat(
        np.sort(np.array(book.tables, np.float64), axis=1), len(rows) // len(book.tables), axis=0
    )
    shift = np.empty(len(rows))
    for part, form in quadratic_forms(problem):
        shape = (*form.z.shape, -1)
        hessian, target = damped(form, rows[part].reshape(shape))
        q, s, t = (
            found[part].reshape(shape),
            scale[part].reshape(form.z.shape),
            tables[part].reshape(shape),
        )
        for _ in range(ROUNDS):
            q = coordinate_descent(q, target, hessian, s, t)
            s = _best_scale(q, target, hessian, s)
        found[part], scale[part] = q.reshape(-1, rows.shape[1]), s.ravel()
        shift[part] = form.mean_error(s[:, :, None] * q).ravel()
    return with_rounded(state, layer, scale, found, shift)


def coordinate_descent(
    start: Floats, target: Floats, hessian: Floats, scale: Floats, tables: Floats
) -> Floats:
    """Changes one weight at a time to the best entry of its codebook, until no single change lowers
    the error of its row.

    The error is quadratic in each weight, so its best entry is the one nearest to the real minimum.

    start, target: [groups, rows, n].
    hessian: [groups, n, n].
    scale: [groups, rows].
    tables: sorted, [groups, rows, entries].
    """
    found = start.copy()
    gradient = (found - target / scale[:, :, None]) @ hessian
    middles = (tables[:, :, 1:] + tables[:, :, :-1]) / 2
    for _ in range(SWEEPS):
        moved = False
        for j in range(hessian.shape[1]):
            wanted = found[:, :, j] - gradient[:, :, j] / hessian[:, None, j, j]
            place = (wanted[:, :, None] > middles).sum(axis=2)
            best = np.take_along_axis(tables, place[:, :, None], 2)[:, :, 0]
            change = best - found[:, :, j]
            if change.any():
                gradient += change[:, :, None] * hessian[:, None, j]
                found[:, :, j], moved = best, True
        if not moved:
            break
    return found


def _best_scale(q: Floats, target: Floats, hessian: Floats, present: Floats) -> Floats:
    """The scale of each row with the least error for its entries; the present one where the optimum
    is not positive.
    """
    weighted = q @ hessian
    norm, product = (weighted * q).sum(axis=2), (weighted * target).sum(axis=2)
    best = float32(np.where(norm > 0, product / np.where(norm > 0, norm, 1.0), 0.0))
    return np.asarray(np.where(best > present / 4, best, present))

"""Which entry of its codebook each weight takes: so that the layer's outputs are reproduced, not the weights."""

from __future__ import annotations

import numpy as np

from edgeq.data import Samples
from edgeq.graph import Codebook
from edgeq.quantize.affine import float32
from edgeq.quantize.bias_correction import correct_layer
from edgeq.quantize.follow import Inputs, layer_by_layer
from edgeq.quantize.moments import columns, moments
from edgeq.quantize.reconstruct import damped, with_rounded
from edgeq.quantize.state import Floats, Layer, Quantizing, by_channel, layers
from edgeq.quantize.wide import too_wide

SWEEPS = 20
ROUNDS = 3  # of entries and scales in turn


def choose_codes(state: Quantizing, samples: Samples) -> Quantizing:
    """Other entries, scales and biases for all layers with codebooks, of least output error, layer after layer.

    The error of `reconstruct` (min ||W x - s q x'||^2 in the integer network) over entries q of the codebooks that
    the layers have, by single changes until none helps, and the best scale for those, s = q pull / q metric q, in turn.
    """

    def step(state: Quantizing, layer: Layer, inputs: Inputs) -> Quantizing:
        book = state.weights[layer.index].codebook
        return state if book is None else _coded(state, layer, inputs, book)

    coded = any(state.weights[layer.index].codebook is not None for layer in layers(state.graph))
    return layer_by_layer(state, samples, step) if coded else state


def _coded(state: Quantizing, layer: Layer, inputs: Inputs, book: Codebook) -> Quantizing:
    settings = state.weights[layer.index]
    assert settings.values is not None
    if too_wide(settings.values.size // settings.values.shape[layer.axis]):
        return correct_layer(state, layer, inputs)
    taken = columns(state, layer, inputs)
    rows = taken.rows.reshape(-1, taken.rows.shape[2])
    found = by_channel(settings.values, layer.axis)
    scale = np.broadcast_to(settings.scale, len(rows)).copy()
    tables = np.repeat(np.sort(np.array(book.tables, np.float64), axis=1), len(rows) // len(book.tables), axis=0)
    shift = np.empty(len(rows))
    for part, form in moments(taken):
        shape = (*form.z.shape, -1)
        metric, target = damped(form, rows[part].reshape(shape))
        q, s, t = found[part].reshape(shape), scale[part].reshape(form.z.shape), tables[part].reshape(shape)
        for _ in range(ROUNDS):
            q = descend(q, target, metric, s, t)
            s = _best_scale(q, target, metric, s)
        found[part], scale[part] = q.reshape(-1, rows.shape[1]), s.ravel()
        shift[part] = form.mean_error(s[:, :, None] * q).ravel()
    return with_rounded(state, layer, scale, found, shift)


def descend(start: Floats, target: Floats, metric: Floats, scale: Floats, tables: Floats) -> Floats:
    """Changes one weight at a time to the best entry of its row's table, until no single change lowers an error.

    start, target: [groups, rows, n]; metric: [groups, n, n]; scale: [groups, rows]; tables: sorted [groups, rows,
    entries]. The error is quadratic in one weight, so its best entry is the one nearest to the real minimum.
    """
    found = start.copy()
    gradient = (found - target / scale[:, :, None]) @ metric
    middles = (tables[:, :, 1:] + tables[:, :, :-1]) / 2
    for _ in range(SWEEPS):
        moved = False
        for j in range(metric.shape[1]):
            wanted = found[:, :, j] - gradient[:, :, j] / metric[:, None, j, j]
            place = (wanted[:, :, None] > middles).sum(axis=2)
            best = np.take_along_axis(tables, place[:, :, None], 2)[:, :, 0]
            change = best - found[:, :, j]
            if change.any():
                gradient += change[:, :, None] * metric[:, None, j]
                found[:, :, j], moved = best, True
        if not moved:
            break
    return found


def _best_scale(q: Floats, target: Floats, metric: Floats, present: Floats) -> Floats:
    """The scale of each row with the least error for its entries; the present one where that is not positive."""
    weighted = q @ metric
    norm, product = (weighted * q).sum(axis=2), (weighted * target).sum(axis=2)
    best = float32(np.where(norm > 0, product / np.where(norm > 0, norm, 1.0), 0.0))
    return np.asarray(np.where(best > present / 4, best, present))

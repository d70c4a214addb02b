"""Non-uniform weight quantization: for each layer a few int8 values (a codebook), chosen by
k-means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from edgeq.graph import Codebook
from edgeq.quantize.affine import float32
from edgeq.quantize.quantization_state import (
    Floats,
    Layer,
    QuantizationState,
    Weights,
    by_channel,
    from_channels,
    layers,
)

ROUNDS = 6
FACTORS = np.concatenate(
    [[1.0], np.geomspace(0.5, 2.0, 41)]
)  # by which each channel's scale is tried in a round
Table = npt.NDArray[np.int64]  # sorted entries


def fit_codebooks(
    state: QuantizationState,
    bits: int,
    importance: Mapping[int, Floats] | None = None,
    overhead: float = 0.5,
) -> QuantizationState:
    """Each layer's weights as indices into codebooks of 2 ** bits int8 values, optimal for its real
    weights.

    Minimizes sum importance * scale ** 2 * (v - table[index]) ** 2 over v = w / scale (Choi,
    El-Khamy and Lee 2017, equation 9: Hessian-weighted k-means). In one dimension and over 255
    candidate values dynamic programming finds the global optimum.

    bits: of an index, 2 to 8.
    importance: operator -> [channels, weights per channel], the weight of each squared error; None
        counts all alike.
    overhead: the most codebook bytes per byte of indices. Each channel has its own codebook where
        that allows, else neighbouring channels share one and their scales are fitted to it; 0: all
        share one.
    """
    weight = importance or {}
    return state.with_weights(
        {
            layer.index: _clustered(state, layer, bits, weight.get(layer.index), overhead)
            for layer in layers(state.graph)
        }
    )


def _clustered(
    state: QuantizationState, layer: Layer, bits: int, importance: Floats | None, overhead: float
) -> Weights:
    settings, real = state.weights[layer.index], state.graph.tensors[layer.weights].array
    rows = by_channel(real, layer.axis)
    weight = np.broadcast_to(1.0 if importance is None else importance, rows.shape)
    groups = codebook_count(rows.shape[0], rows.shape[1], bits, overhead)
    scale = np.broadcast_to(settings.scale, len(rows))
    split = (np.split(a, groups) for a in (rows, weight, scale))
    parts = [_fitted(r, w, s, 2**bits) for r, w, s in zip(*split, strict=True)]
    scales = np.concatenate([s for s, _ in parts])
    exact = np.split(rows / scales[:, None], groups)
    values = np.concatenate([nearest(x, book) for x, (_, book) in zip(exact, parts, strict=True)])
    entries = [np.pad(book, (0, 2**bits - len(book)), "edge") for _, book in parts]
    codebook = Codebook(
        bits, tuple(tuple(int(v) for v in e) for e in entries), layer.axis if groups > 1 else 0
    )
    return replace(
        settings,
        scale=scales,
        codebook=codebook,
        values=from_channels(values.astype(np.int8), real.shape, layer.axis),
    )


def _fitted(rows: Floats, weight: Floats, scale: Floats, entries: int) -> tuple[Floats, Table]:
    """Scales [channels] and one codebook shared by these channels, by alternately optimizing
    either.
    """
    book = best_values(rows / scale[:, None], weight * scale[:, None] ** 2, entries)
    for _ in range(ROUNDS if len(rows) > 1 else 0):
        tried = float32(scale * FACTORS[:, None])
        errors = np.stack([_distances(rows, weight, s, book) for s in tried])
        scale = tried[np.argmin(errors, axis=0), np.arange(len(rows))]
        book = best_values(rows / scale[:, None], weight * scale[:, None] ** 2, entries)
    return scale, book


def _distances(rows: Floats, weight: Floats, scale: Floats, book: Table) -> Floats:
    """Weighted squared error [channels] of quantizing the rows with a codebook and scales."""
    made = nearest(rows / scale[:, None], book) * scale[:, None]
    return np.asarray((weight * (made - rows) ** 2).sum(axis=1))


def codebook_count(channels: int, weights: int, bits: int, overhead: float) -> int:
    """The number of codebooks of a layer: the largest divisor of its channels whose codebooks take
    at most `overhead` times the bytes of the indices.
    """
    room = overhead * channels * weights * bits / 8
    return next((g for g in range(channels, 0, -1) if channels % g == 0 and g * 2**bits <= room), 1)


def nearest(x: Floats, book: Table) -> Table:
    """The entry of a sorted codebook nearest to each x."""
    return np.asarray(book[np.searchsorted((book[1:] + book[:-1]) / 2, x)])


def best_values(x: Floats, weight: Floats, count: int) -> Table:
    """At most `count` sorted integers in -127 to 127 with the least weighted squared distance from
    each x to the nearest of them.

    The exact optimum of one-dimensional k-means by dynamic programming (Wang and Song 2011,
    Ckmeans.1d.dp, with centres limited to integers): the cost of the x between two neighbouring
    entries does not depend on the other entries. Time: count * 255 ** 2 steps, and one per x.

    x: weights divided by their scale.
    """
    used = np.unique(np.clip(np.round(x), -127, 127)).astype(np.int64)
    if len(used) <= count:
        return used
    entries = np.arange(used[0], used[-1] + 1)
    return np.asarray(entries[_cheapest(*_costs(_sums(x, weight), entries), count)])


def _sums(x: Floats, weight: Floats) -> Floats:
    """[3, 509]: cumulative sums of weight, weight * x and weight * x ** 2 over all x up to each
    multiple of 1/2 from -127 to 127.

    Decision thresholds between integer entries are multiples of 1/2, so no x falls on the wrong
    side of one. Larger x are counted at 127.
    """
    bins = np.clip(np.ceil(2 * x) + 254, 0, 508).astype(np.int64).ravel()
    return np.cumsum([np.bincount(bins, (weight * x**k).ravel(), 509) for k in range(3)], axis=1)


def _costs(sums: Floats, entries: Table) -> tuple[Floats, Floats, Floats]:
    """Squared-error costs: [n] of the x below each entry if it is the first, [n, n] of the x
    between two neighbouring entries, [n] of the x above each entry if it is the last.

    entries: consecutive integers that cover all rounded x.
    """
    n, entry = len(entries), entries.astype(np.float64)
    at = sums[:, 2 * entries + 254]
    first = 2 * int(entries[0]) + 254
    middle = sliding_window_view(
        sums[:, first : first + 2 * n - 1], n, axis=1
    )  # [k, i, j]: sums up to halfway between entries i and j
    lower, upper = middle - at[:, :, None], at[:, None, :] - middle
    between = _square(lower, entry[:, None]) + _square(upper, entry[None, :])
    ordered = np.tri(n, k=-1, dtype=bool).T
    return _square(at, entry), np.where(ordered, between, np.inf), _square(sums[:, -1:] - at, entry)


def _square(sums: Floats, entry: Floats) -> Floats:
    """The weighted squared distance of the x summed in `sums` [3, ...] from an entry."""
    return np.asarray(sums[2] - 2 * entry * sums[1] + entry**2 * sums[0])


def _cheapest(below: Floats, between: Floats, above: Floats, count: int) -> list[int]:
    """Positions, in order, of the `count` entries of least total cost, given the costs of `_costs`."""
    best, before = below, []
    for _ in range(count - 1):
        whole = best[:, None] + between  # [i, j]: j the last entry, i the one before it
        before.append(np.argmin(whole, axis=0))
        best = whole.min(axis=0)
    places = [int(np.argmin(best + above))]
    for previous in reversed(before):
        places.append(int(previous[places[-1]]))
    return places[::-1]

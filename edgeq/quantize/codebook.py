"""Non-uniform weights: the few integers that a layer's weights may have are chosen to fit them (k-means)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from edgeq.graph import Codebook
from edgeq.quantize.affine import float32
from edgeq.quantize.state import Floats, Layer, Quantizing, Weights, by_channel, from_channels, layers

VALUES = np.arange(-127, 128)
ROUNDS = 6
FACTORS = np.concatenate([[1.0], np.geomspace(0.5, 2.0, 41)])  # of each channel's scale, in one round
Table = npt.NDArray[np.int64]  # sorted entries


def cluster(state: Quantizing, bits: int, importance: Mapping[int, Floats] | None = None,
            overhead: float = 0.5) -> Quantizing:  # fmt: skip
    """Each layer's weights by codebooks of 2 ** bits integers on its int8 grid, the optimum for its real weights.

    bits: 2 to 8. importance: operator -> [channels, weights of a channel], how much the square of each weight's error
    counts; without it all count alike. overhead: the most bytes of codebooks for a byte of indices; each channel has
    its own where that allows, else neighbouring channels share one (0: all do), and their scales are fitted to it.

    With v = w / scale, minimises sum importance * scale ** 2 * (v - table[index]) ** 2 (Choi, El-Khamy and Lee 2017,
    equation 9: Hessian-weighted k-means). In one dimension and on 255 values dynamic programming finds the optimum.
    """
    weight = importance or {}
    return state.with_weights({
        layer.index: _clustered(state, layer, bits, weight.get(layer.index), overhead) for layer in layers(state.graph)
    })  # fmt: skip


def _clustered(state: Quantizing, layer: Layer, bits: int, importance: Floats | None, overhead: float) -> Weights:
    settings, real = state.weights[layer.index], state.graph.tensors[layer.weights].array
    rows = by_channel(real, layer.axis)
    weight = np.broadcast_to(1.0 if importance is None else importance, rows.shape)
    groups = codebooks(rows.shape[0], rows.shape[1], bits, overhead)
    scale = np.broadcast_to(settings.scale, len(rows))
    split = (np.split(a, groups) for a in (rows, weight, scale))
    parts = [_fitted(r, w, s, 2**bits) for r, w, s in zip(*split, strict=True)]
    scales = np.concatenate([s for s, _ in parts])
    exact = np.split(rows / scales[:, None], groups)
    values = np.concatenate([nearest(x, book) for x, (_, book) in zip(exact, parts, strict=True)])
    entries = [np.pad(book, (0, 2**bits - len(book)), "edge") for _, book in parts]
    codebook = Codebook(bits, tuple(tuple(int(v) for v in e) for e in entries), layer.axis if groups > 1 else 0)
    return replace(settings, scale=scales, codebook=codebook,
                   values=from_channels(values.astype(np.int8), real.shape, layer.axis))  # fmt: skip


def _fitted(rows: Floats, weight: Floats, scale: Floats, entries: int) -> tuple[Floats, Table]:
    """Scales [channels] and the codebook that channels share: each in turn the best for the other."""
    book = best_values(rows / scale[:, None], weight * scale[:, None] ** 2, entries)
    for _ in range(ROUNDS if len(rows) > 1 else 0):
        tried = float32(scale * FACTORS[:, None])
        errors = np.stack([_distances(rows, weight, s, book) for s in tried])
        scale = tried[np.argmin(errors, axis=0), np.arange(len(rows))]
        book = best_values(rows / scale[:, None], weight * scale[:, None] ** 2, entries)
    return scale, book


def _distances(rows: Floats, weight: Floats, scale: Floats, book: Table) -> Floats:
    """[channels]: weighted square distance of the weights from what the codebook makes of them."""
    made = nearest(rows / scale[:, None], book) * scale[:, None]
    return np.asarray((weight * (made - rows) ** 2).sum(axis=1))


def codebooks(channels: int, weights: int, bits: int, overhead: float) -> int:
    """How many codebooks a layer gets: as many as divide its channels and take at most that share of the indices."""
    room = overhead * channels * weights * bits / 8
    return next((g for g in range(channels, 0, -1) if channels % g == 0 and g * 2**bits <= room), 1)


def nearest(x: Floats, book: Table) -> Table:
    """The entry of a sorted codebook nearest to each x."""
    return np.asarray(book[np.searchsorted((book[1:] + book[:-1]) / 2, x)])


def best_values(x: Floats, weight: Floats, count: int) -> Table:
    """At most `count` sorted integers of -127 to 127 with the least weighted square distance to their nearest x.

    x: in steps of the int8 grid. It is cut at each integer's neighbourhood first, which costs nothing that the grid
    could express. Dynamic programming over the sorted values (Wang and Song 2011, Ckmeans.1d.dp).
    """
    at = np.clip(np.round(x), -127, 127).astype(np.int64).ravel() + 127
    sums = [np.bincount(at, (weight * x**k).ravel(), 255).astype(np.float64) for k in range(3)]
    used = np.flatnonzero(np.bincount(at, minlength=255))
    if len(used) <= count:
        return np.asarray(VALUES[used])
    cost, centre = _segment_costs(sums[0][used], sums[1][used], sums[2][used], VALUES[used])
    return _cut(cost, centre, count)


def _segment_costs(mass: Floats, first: Floats, second: Floats,
                   values: npt.NDArray[np.int64]) -> tuple[Floats, npt.NDArray[np.int64]]:  # fmt: skip
    """For each run i..j of used values the least cost of one integer for all of them, and that integer."""
    sums = [np.concatenate([[0.0], np.cumsum(a)]) for a in (mass, first, second)]
    m, f, s = (np.maximum(a[None, 1:] - a[:-1, None], 0) if k != 1 else a[None, 1:] - a[:-1, None]
               for k, a in enumerate(sums))  # fmt: skip
    middle = np.where(m > 0, f / np.where(m > 0, m, 1), values[None, :])
    centre = np.clip(np.round(middle), -127, 127).astype(np.int64)
    return s - 2 * centre * f + centre.astype(np.float64) ** 2 * m, centre


def _cut(cost: Floats, centre: npt.NDArray[np.int64], count: int) -> Table:
    """The centres of the cheapest division of the values into `count` runs."""
    n = len(cost)
    best, starts = cost[0].copy(), []
    for _ in range(count - 1):
        # whole[i, j]: values before i by one run fewer, i..j as the last run
        whole = np.concatenate([[np.inf], best[:-1]])[:, None] + np.where(np.tri(n, k=-1, dtype=bool), np.inf, cost)
        starts.append(np.argmin(whole, axis=0))
        best = whole.min(axis=0)
    end, centres = n - 1, []
    for start in reversed(starts):
        centres.append(centre[start[end], end])
        end = int(start[end]) - 1
    centres.append(centre[0, end])
    return np.array(sorted(set(centres)), np.int64)

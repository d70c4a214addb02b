"""Places a directed graph without cycles in layers: every arrow points down, few arrows cross.

The steps are those of Sugiyama, Tagawa and Toda (1981): layers, order within layers, coordinates.
All of it is deterministic: equal graphs give equal layouts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

Arrows = Mapping[str, frozenset[str]]
"""Node -> the nodes that its arrows point to."""

SWEEPS = 24
GAP = 26.0  # between neighbours of a layer, in the unit of widths


@dataclass(frozen=True)
class Layout:
    """Where the nodes and arrows of a drawing go.

    x: centre of each node. layers: from the lowest up, the nodes of each from left to right.
    routes: of every arrow (tail, head), the points that it passes on each layer, tail and head
    included; what is no node of the graph is a bend.
    """

    x: Mapping[str, float]
    layers: tuple[tuple[str, ...], ...]
    routes: Mapping[tuple[str, str], tuple[str, ...]]


def reachable(arrows: Arrows, start: str) -> frozenset[str]:
    """The nodes that one or more arrows lead to from `start`."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = arrows[waiting.pop()] - found
        found |= new
        waiting += new
    return frozenset(found)


def reduced(arrows: Arrows) -> Arrows:
    """The transitive reduction: arrows that a longer way makes needless are left out."""
    return {
        tail: frozenset(
            head for head in heads if not any(head in reachable(arrows, via) for via in heads)
        )
        for tail, heads in arrows.items()
    }


def place(arrows: Arrows, width: Callable[[str], float]) -> Layout:
    """Places a graph without cycles in layers. width: of a node, in the unit of the coordinates.

    Raises ValueError for a graph with a cycle.
    """
    level = _levels(arrows)
    routes = {
        (tail, head): (
            tail,
            *(f"{tail} > {head} {k}" for k in range(level[tail] - 1, level[head], -1)),
            head,
        )
        for tail in sorted(arrows)
        for head in sorted(arrows[tail])
    }
    layers: list[list[str]] = [[] for _ in range(max(level.values()) + 1)]
    for node in sorted(arrows):
        layers[level[node]].append(node)
    for (tail, _), route in routes.items():
        for k, bend in enumerate(route[1:-1], 1):
            layers[level[tail] - k].append(bend)
    links = [link for route in routes.values() for link in pairwise(route)]
    ordered = _order(layers, links)
    known = set(arrows)
    x = _coordinates(ordered, links, lambda node: width(node) if node in known else 0.0)
    return Layout(x, tuple(map(tuple, ordered)), routes)


def _levels(arrows: Arrows) -> dict[str, int]:
    """Node -> layer, from 0 up: the number of arrows on the longest path down from it. Nodes with more
    arrows in than out are then raised to just below the lowest node that points to them, which
    shortens arrows.
    """
    level: dict[str, int] = {}
    while len(level) < len(arrows):
        ready = [n for n in sorted(arrows) if n not in level and arrows[n] <= level.keys()]
        if not ready:
            raise ValueError("the graph has a cycle")
        for node in ready:
            level[node] = max((level[head] + 1 for head in arrows[node]), default=0)
    for node in sorted(arrows, key=lambda n: (-level[n], n)):
        tails = [tail for tail in arrows if node in arrows[tail]]
        if len(tails) > len(arrows[node]):
            level[node] = min(level[tail] for tail in tails) - 1
    return level


def _order(layers: Sequence[Sequence[str]], links: Sequence[tuple[str, str]]) -> list[list[str]]:
    """The nodes of each layer in an order with few crossings. In alternating sweeps up and down, nodes
    are sorted by the mean position of their neighbours (barycentre heuristic); the best order is
    kept.
    """
    current = [list(layer) for layer in layers]
    best, least = current, _crossings(current, links)
    for sweep in range(SWEEPS):
        up = sweep % 2 == 0
        turns = range(1, len(current)) if up else range(len(current) - 2, -1, -1)
        for k in turns:
            beside = current[k - 1 if up else k + 1]
            spot = {node: i for i, node in enumerate(beside)}
            own = {node: i for i, node in enumerate(current[k])}
            mean = {
                node: fmean([spot[n] for n in _neighbours(node, links) if n in spot] or [own[node]])
                for node in current[k]
            }
            current[k] = sorted(current[k], key=lambda n: (mean[n], own[n]))
        crossings = _crossings(current, links)
        if crossings < least:
            best, least = [list(layer) for layer in current], crossings
    return best


def _neighbours(node: str, links: Sequence[tuple[str, str]]) -> list[str]:
    return [b if a == node else a for a, b in links if node in (a, b)]


def _crossings(layers: Sequence[Sequence[str]], links: Sequence[tuple[str, str]]) -> int:
    spot = {node: (k, i) for k, layer in enumerate(layers) for i, node in enumerate(layer)}
    ends = [(spot[a], spot[b]) for a, b in links]
    return sum(
        a[0] == c[0] and (a[1] - c[1]) * (b[1] - d[1]) < 0
        for i, (a, b) in enumerate(ends)
        for c, d in ends[:i]
    )


def _coordinates(
    layers: Sequence[Sequence[str]],
    links: Sequence[tuple[str, str]],
    width: Callable[[str], float],
) -> dict[str, float]:
    """Node -> x: as near to the mean of its neighbours as the widths of the others in its layer allow."""
    x = {node: 0.0 for layer in layers for node in layer}
    near = {node: _neighbours(node, links) for node in x}
    for _ in range(4 * SWEEPS):
        for layer in layers:
            wanted = [fmean([x[n] for n in near[node]] or [0.0]) for node in layer]
            apart = [GAP + (width(a) + width(b)) / 2 for a, b in pairwise(layer)]
            x.update(zip(layer, _spread(wanted, apart), strict=True))
    return x


def _spread(wanted: Sequence[float], apart: Sequence[float]) -> list[float]:
    """The places nearest to those wanted (least squares) with at least `apart` between neighbours:
    an isotonic regression, by pooling adjacent violators.
    """
    offsets = [0.0]
    for gap in apart:
        offsets.append(offsets[-1] + gap)
    pools: list[tuple[float, int]] = []  # mean, size
    for place_, offset in zip(wanted, offsets, strict=True):
        mean, size = place_ - offset, 1
        while pools and pools[-1][0] > mean:
            before, count = pools.pop()
            mean, size = (before * count + mean * size) / (count + size), count + size
        pools.append((mean, size))
    means = [mean for mean, size in pools for _ in range(size)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]

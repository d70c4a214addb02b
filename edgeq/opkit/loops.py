"""How often a loop runs, and what it counts by: the part of a WHILE
that depends on constants alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from edgeq.errors import UnsupportedError
from edgeq.graph import Graph
from edgeq.graph.regions import BODY, COND
from edgeq.opkit.node import Node, Region, Values, describe

MAX_STEPS = 1 << 13
"""Of a loop that is simulated: one that never ends is refused by then."""


class EndlessLoopError(UnsupportedError):
    """A loop whose condition still holds after `MAX_STEPS` steps."""


MAX_COUNTER = 4  # elements of a carried value by which a loop counts


@dataclass(frozen=True)
class Counted:
    """A loop of a fixed number of steps. counters: position of a carried value -> what it is at each
    step, [steps, ...], for those that the number depends on.
    """

    steps: int
    counters: Mapping[int, Values] = field(compare=False)

    def counts_from_zero(self, position: int) -> bool:
        """Whether a carried value is the number of the step, as int32."""
        values = self.counters.get(position)
        return (
            values is not None
            and values.dtype == np.int32
            and values[0].size == 1
            and np.array_equal(values.ravel(), np.arange(self.steps))
        )


def count_steps(node: Node) -> Counted | None:
    """The number of steps of a WHILE whose end depends on nothing but constants; None where it
    depends on more, or is above `MAX_STEPS`.
    """
    cond, body = node.region(COND), node.region(BODY)
    counters = _counters(cond.graph, body.graph)
    given = {p: node.inputs[p] for p in counters}
    if any(x is None or not x.constant or x.size > MAX_COUNTER for x in given.values()):
        return None
    now = {p: x.array[None] for p, x in given.items() if x is not None}
    seen: dict[int, list[Values]] = {p: [] for p in counters}
    for step in range(MAX_STEPS + 1):
        (more,) = cond.run(_with(cond, now), None)
        if not more.ravel()[0]:
            return Counted(step, {p: np.array(values) for p, values in seen.items()})
        for p in counters:
            seen[p].append(now[p][0])
        outputs = [body.graph.outputs[p] for p in counters]
        now = dict(zip(counters, body.run(_with(body, now), outputs), strict=True))
    return None


@dataclass(frozen=True, eq=False)
class LoopRun:
    """A loop that ran. carried: its values after the last step of each sample, [samples, ...] each.
    steps: how many each sample took, int64 [samples].
    """

    carried: tuple[Values, ...]
    steps: npt.NDArray[np.int64]


def run_loop(node: Node, given: Sequence[Values]) -> LoopRun:
    """A WHILE on carried values [samples, ...], each sample as often as its condition holds.

    Raises EndlessLoopError for a loop that does not end within `MAX_STEPS`.
    """
    samples = max(len(value) for value in given)
    carried = [np.array(np.broadcast_to(x, (samples, *x.shape[1:]))) for x in given]
    active, steps = np.arange(samples), np.zeros(samples, np.int64)
    for _ in range(MAX_STEPS + 1):
        now = carried if len(active) == samples else [x[active] for x in carried]
        (more,) = node.region(COND).run(now, None)
        going = np.broadcast_to(more.reshape(len(more), -1)[:, 0], len(active)).astype(bool)
        if not going.any():
            return LoopRun(tuple(carried), steps)
        if not going.all():
            active, now = active[going], [x[going] for x in now]
        steps[active] += 1
        for x, new in zip(carried, node.region(BODY).run(now, None), strict=True):
            x[active] = new
    raise EndlessLoopError(
        f"{describe(node)} does not end",
        f"its condition still holds after {MAX_STEPS:,} steps",
        "bound its steps, in Keras by maximum_iterations of while_loop",
    )


def _with(region: Region, given: Mapping[int, Values]) -> list[Values]:
    """Values for all inputs of a region: the given ones by position, an empty array for each other,
    where only outputs that do not depend on it are read.
    """
    return [given.get(p, np.zeros(0)) for p in range(len(region.graph.inputs))]


def _counters(cond: Graph, body: Graph) -> list[int]:
    """Positions of the carried values that the condition depends on, at this step or a later one."""
    found, ahead = set[int](), depends_on(cond, cond.outputs)
    while ahead:
        found |= ahead
        ahead = depends_on(body, [body.outputs[p] for p in ahead]) - found
    return sorted(found)


def depends_on(graph: Graph, outputs: Sequence[int]) -> set[int]:
    """Positions of the inputs that tensors are computed from."""
    needed = set(outputs)
    for op in reversed(graph.ops):
        if needed.intersection(op.outputs):
            needed.update(op.inputs)
    return {p for p, t in enumerate(graph.inputs) if t in needed}

"""Ranges of the inputs of output operators that saturate, such as LOGISTIC and SOFTMAX, chosen in the
integer model.

The outputs of such operators have a prescribed scale. How the input's grid of values falls onto the
output's changes the output's error by a tenth and more, and a float model shows nothing of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edgeq.data import Samples
from edgeq.quantize.assemble import assemble
from edgeq.quantize.calibrator_search import Cost, significantly_lower
from edgeq.quantize.incremental_run import run
from edgeq.quantize.quantization_state import QuantizationState, Range
from edgeq.quantize.scale_groups import compared_tensors, free_groups

FACTORS = (0.94, 0.97, 1.03, 1.06, 1.1)  # by which both ends of a range are tried


def search_last_ranges(
    state: QuantizationState, proposed: Mapping[int, Range], samples: Samples, cost: Cost
) -> QuantizationState:
    """For each input of a saturating output operator the range with which the integer model is
    nearest to the float model: the present one, the proposed one, or one of these that is a little
    wider or narrower. A change must lower the cost significantly.

    state: with ranges.
    proposed: tensor -> another range.
    cost: [samples], distance of `compared_tensors` from the float model's.
    """
    compared = compared_tensors(state.graph)
    ends = set(compared) - set(state.graph.outputs)
    groups = [group for group in free_groups(state) if group & ends]
    if not groups:
        return state
    current = run(assemble(state), samples)
    lowest = cost(current.real(compared))
    for group in groups:
        start, before = state, current
        for ranges in _candidates(group, state.ranges, proposed):
            tried = start.with_ranges(ranges)
            now = run(assemble(tried), samples, before)
            costs = cost(now.real(compared))
            if significantly_lower(costs, lowest):
                state, current, lowest = tried, now, costs
    return state


def _candidates(
    group: frozenset[int], present: Mapping[int, Range], proposed: Mapping[int, Range]
) -> Sequence[Mapping[int, Range]]:
    """Ranges of a group's tensors to try."""
    own, other = ({t: ranges.get(t, present[t]) for t in group} for ranges in (present, proposed))
    starts = [own] if other == own else [own, other]
    moved = [
        {t: Range(start[t].low * f, start[t].high * f) for t in group}
        for start in starts
        for f in FACTORS
    ]
    return [*starts[1:], *moved]

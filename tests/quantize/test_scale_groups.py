"""Tensors of one scale: what widens their range, and what does not."""

from __future__ import annotations

from quantize.models import FloatModel

from edgeq.quantize.quantization_state import Range
from edgeq.quantize.scale_groups import unify_ranges


def test_a_bound_beyond_all_values_does_not_widen_their_range() -> None:
    m = FloatModel()
    x = m.input(1, 4)
    y = m.op("MINIMUM", (x, m.constant([1e12])), (1, 4), "MaximumMinimumOptions")
    known = {x: Range(0.0, 2.0), y: Range(0.0, 2.0)}
    assert unify_ranges(m.model(y).main, known) == known


def test_a_constant_that_padding_writes_does() -> None:
    m = FloatModel()
    x, pads = m.input(1, 4), m.constant([0, 0, 0, 0])
    y = m.op("PADV2", (x, pads, m.constant([-8.0])), (1, 6), "PadV2Options")
    known = {x: Range(0.0, 2.0), y: Range(0.0, 2.0)}
    assert unify_ranges(m.model(y).main, known) == dict.fromkeys((x, y), Range(-8.0, 2.0))

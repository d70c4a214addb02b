"""Operators without integer arithmetic stay float32 between DEQUANTIZE and QUANTIZE."""

from edgeq.graph import Op
from edgeq.quantize.assemble import only_on_reals


def test_operators_of_floats_alone_are_told_by_their_type_rules() -> None:
    assert only_on_reals(Op("SQRT", (0,), (1,)))
    assert only_on_reals(Op("CAST", (0,), (1,)))
    assert not only_on_reals(Op("ABS", (0,), (1,)))
    assert not only_on_reals(Op("LOGICAL_NOT", (0,), (1,)))

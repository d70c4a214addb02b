"""SELECT becomes SELECT_V2 where both compute the same."""

from ops.test_select import selected

from edgeq.quantize.selects import with_select_v2


def test_inputs_of_one_shape_are_selected_by_the_operator_that_tflm_has() -> None:
    same, scalar = selected((2, 3), (2, 3), "float32"), selected((), (2, 3), "float32")
    assert with_select_v2(same).main.ops[0].kind == "SELECT_V2"
    assert with_select_v2(scalar).main.ops[0].kind == "SELECT"

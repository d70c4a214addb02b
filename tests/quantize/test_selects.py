"""Choices become operators that TFLM has, where these compute the same."""

import numpy as np
import pytest
from ops.harness import constant
from ops.test_select import selected

from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.quantize.selects import with_products, with_select_v2
from edgeq.simulate.execute import execute


def test_inputs_of_one_shape_are_selected_by_the_operator_that_tflm_has() -> None:
    same, scalar = selected((2, 3), (2, 3), "float32"), selected((), (2, 3), "float32")
    assert with_select_v2(same).main.ops[0].kind == "SELECT_V2"
    assert with_select_v2(scalar).main.ops[0].kind == "SELECT"


def chosen(zero: int, *shape: int) -> Model:
    """where(c, a, b) of int32 [2, 3], with 0 for a (1) or b (2) and a condition of a shape."""
    other = constant("zero", np.zeros((), np.int32))
    values = [Tensor(name, (2, 3), "int32") for name in "ab"]
    values[zero - 1] = other
    tensors = (Tensor("c", shape, "bool"), *values, Tensor("y", (2, 3), "int32"))
    op = Op("SELECT_V2", (0, 1, 2), (3,), options_type="SelectV2Options")
    return Model((Graph(tensors, (op,), (0, 3 - zero), (3,)),))


@pytest.mark.parametrize("shape", [(2, 3), (3,), ()])
@pytest.mark.parametrize("zero", [1, 2])
def test_choices_of_integers_are_products(zero: int, shape: tuple[int, ...]) -> None:
    model = chosen(zero, *shape)
    made = with_products(model)
    assert [op.kind for op in made.main.ops] == [["CAST", "MUL", "SUB"], ["CAST", "MUL"]][zero - 1]
    random = np.random.default_rng(0)
    c = random.integers(0, 2, (20, *shape)).astype(bool)
    values = random.integers(-(1 << 31), 1 << 31, (20, 2, 3)).astype(np.int32)
    want, got = (execute(each.main, [c, values])[3] for each in (model, made))
    np.testing.assert_array_equal(got, want)


def test_a_choice_of_two_values_stays() -> None:
    graph = chosen(1, 2, 3).main
    one = constant("one", np.ones((), np.int32))
    tensors = (graph.tensors[0], one, *graph.tensors[2:])
    model = Model((Graph(tensors, graph.ops, graph.inputs, graph.outputs),))
    assert with_products(model) == model


@pytest.mark.parametrize(
    ("flag", "first", "kinds"),
    [
        (True, True, ["LOGICAL_OR"]),
        (False, True, ["LOGICAL_NOT", "LOGICAL_AND"]),
        (True, False, ["LOGICAL_NOT", "LOGICAL_OR"]),
        (False, False, ["LOGICAL_AND"]),
    ],
)
def test_choices_of_flags_are_logic(flag: bool, first: bool, kinds: list[str]) -> None:
    ends = [constant("flag", np.array(flag)), Tensor("x", (2, 3), "bool")]
    values = ends if first else ends[::-1]
    tensors = (Tensor("c", (3,), "bool"), *values, Tensor("y", (2, 3), "bool"))
    op = Op("SELECT_V2", (0, 1, 2), (3,), options_type="SelectV2Options")
    model = Model((Graph(tensors, (op,), (0, 2 if first else 1), (3,)),))
    made = with_products(model)
    assert [op.kind for op in made.main.ops] == kinds
    random = np.random.default_rng(0)
    given = [random.integers(0, 2, (20, *shape)).astype(bool) for shape in ((3,), (2, 3))]
    want, got = (execute(each.main, given)[3] for each in (model, made))
    np.testing.assert_array_equal(got, want)

"""Which operators at a model's input firmware computes as data is put in, and that nothing else is
taken for them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from opkit.input_affines import affine_model, random_input_affine

from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.opkit import input_affine
from edgeq.opkit.input_affine import Features, find_input_affines, integer_graph, real_values
from edgeq.simulate.execute import execute, random_inputs

SEVEN = np.linspace(-3, 3, 7)


@pytest.mark.parametrize("seed", range(20))
def test_each_element_meets_the_constants_of_its_feature(seed: int) -> None:
    """What the graph computes, from the input_affine's own description of it."""
    model = random_input_affine(np.random.default_rng(seed))
    (found,) = find_input_affines(model.main)
    (x,) = random_inputs(model.main, 30, seed)
    feature = found.features.of(x[0].size)
    shift, factor = (
        np.array(values, np.float32)[feature] for values in (found.shift, found.factor)
    )
    y = (x.reshape(30, -1) - shift) * factor
    real = found.ops[-1]
    before = model.main.ops[real].inputs[0]
    np.testing.assert_array_equal(execute(model.main, [x], [before])[before].reshape(30, -1), y)


@pytest.mark.parametrize(
    ("shape", "constants", "features"),
    [
        ((1, 7), (7,), Features(1, 7)),
        ((1, 7), (1,), Features(7, 1)),
        ((1, 7), (), Features(7, 1)),
        ((1, 128, 6), (1, 1, 6), Features(1, 6)),
        ((1, 128, 6), (128, 1), Features(6, 128)),
        ((1, 4, 5, 3), (5, 1), Features(3, 5)),
        ((1, 4, 5, 3), (4, 1, 3), Features(1, 60)),
    ],
)
def test_constants_are_kept_once(
    shape: tuple[int, ...], constants: tuple[int, ...], features: Features
) -> None:
    random = np.random.default_rng(0)
    (found,) = find_input_affines(
        affine_model(shape, random.normal(size=constants), random.normal(size=constants)).main
    )
    assert found.features == features
    assert len(found.shift) == len(found.factor) == features.count


def test_one_operator_is_enough_and_none_is_not() -> None:
    (found,) = find_input_affines(affine_model((1, 7), SEVEN, None).main)
    assert set(found.factor) == {1.0}
    (found,) = find_input_affines(affine_model((1, 7), None, SEVEN).main)
    assert set(found.shift) == {0.0}
    assert find_input_affines(affine_model((1, 7), None, None).main) == ()


def test_the_rest_of_the_graph_begins_with_the_integers() -> None:
    model = affine_model((1, 7), SEVEN, SEVEN)
    rest = integer_graph(model.main)
    assert [op.kind for op in rest.ops] == ["RESHAPE"]
    assert [rest.tensors[t].name for t in rest.inputs] == ["q"]
    assert rest.tensors == model.main.tensors


def changed(**parts: object) -> Graph:
    return replace(affine_model((1, 7), SEVEN, SEVEN).main, **parts)  # type: ignore[arg-type]


def with_op(index: int, **parts: object) -> Graph:
    ops = list(affine_model((1, 7), SEVEN, SEVEN).main.ops)
    ops[index] = replace(ops[index], **parts)  # type: ignore[arg-type]
    return changed(ops=tuple(ops))


OTHERS = {
    "what the application reads too": changed(outputs=(4, 7)),
    "integers that are an output": changed(outputs=(5, 7)),
    "a fused activation": with_op(0, attributes=(("fused_activation_function", "RELU"),)),
    "constant - x": with_op(0, inputs=(1, 0)),
    "a second product": with_op(0, kind="MUL"),
    "the product first": replace(
        with_op(0, kind="MUL"),
        ops=(
            with_op(0, kind="MUL").ops[0],
            replace(with_op(0).ops[1], kind="SUB"),
            *with_op(0).ops[2:],
        ),
    ),
    "another reader": changed(
        ops=(*affine_model((1, 7), SEVEN, SEVEN).main.ops, Op("RELU", (2,), (7,)))
    ),
    "x * x": with_op(0, inputs=(0, 0)),
    "an input that is given twice": changed(inputs=(0, 0)),
    "integers": changed(
        tensors=(Tensor("x", (1, 7), "int32"), *affine_model((1, 7), SEVEN, SEVEN).main.tensors[1:])
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_operators_stay_in_the_graph(name: str) -> None:
    assert find_input_affines(OTHERS[name]) == ()
    assert integer_graph(OTHERS[name]) == OTHERS[name]


def test_endless_constants_stay_in_the_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(input_affine, "LARGEST", 6)
    assert find_input_affines(affine_model((1, 7), SEVEN, SEVEN).main) == ()


def integers(model: Model, x: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    (found,) = find_input_affines(model.main)
    return execute(model.main, [x], [found.output])[found.output]


@pytest.mark.parametrize("dtype", ["int8", "int16"])
def test_random_inputs_reach_every_integer_and_both_ends(dtype: str) -> None:
    model = affine_model(
        (1, 3), np.array([1013, 0.02, -5]), np.array([0.1, 200, -3]), dtype=dtype, zero_point=0
    )
    (x,) = random_inputs(model.main, 3000, 1)
    limits, q = np.iinfo(dtype), integers(model, x)
    assert (q.min(), q.max()) == (limits.min, limits.max)
    assert dtype == "int16" or all(len(set(q[:, 0, k].tolist())) == 256 for k in range(3))


def test_a_factor_of_0_takes_any_value() -> None:
    model = affine_model((1, 2), np.array([1.0, 2.0]), np.array([0.0, 1.0]))
    (found,) = find_input_affines(model.main)
    real = real_values(found, model.main.tensors[found.output], np.array([[5.0, 5.0]]))
    assert np.isfinite(real).all()

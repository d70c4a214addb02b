"""Split outputs: the parts, in order and by name, are what the joined model computes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from quantize.models import FloatModel, outputs, samples

from edgeq.errors import EdgeqError
from edgeq.graph import Model, Signature
from edgeq.opkit.node import Values
from edgeq.quantize.split_outputs import joined_outputs, split_like, split_outputs


def joined(m: FloatModel, axis: int, *parts: int) -> int:
    shapes = [m.tensors[t].shape for t in parts]
    size = sum(shape[axis] for shape in shapes)
    shape = (*shapes[0][:axis], size, *shapes[0][axis + 1 :])
    return m.op(
        "CONCATENATION",
        parts,
        shape,
        "ConcatenationOptions",
        axis=axis,
        fused_activation_function="NONE",
    )


def view(m: FloatModel, x: int, *shape: int) -> int:
    return m.op("RESHAPE", (x,), shape, "ReshapeOptions", new_shape=shape)


def detector() -> Model:
    """Boxes and scores of two resolutions, concatenated along the positions and then with each
    other, and a view of the result.
    """
    m = FloatModel()
    x = m.input(1, 4, 4, 3)
    ends = [m.conv(x, 4), m.conv(x, 2), m.conv(x, 4), m.conv(x, 2)]
    first, second, third, fourth = (view(m, t, 1, 16, m.tensors[t].shape[3]) for t in ends)
    boxes, scores = joined(m, 1, first, third), joined(m, 1, second, fourth)
    return m.model(view(m, joined(m, 2, boxes, scores), 1, 192))


def named(model: Model, output: str, layers: dict[int, str]) -> Model:
    """The model with a signature, and tensors named as the converter names those of layers."""
    tensors = list(model.main.tensors)
    for t, layer in layers.items():
        tensors[t] = replace(tensors[t], name=f"model/{layer}/BiasAdd;other")
    signature = Signature(
        "serving_default", (("x", model.main.inputs[0]),), ((output, model.main.outputs[0]),)
    )
    return replace(
        model, graphs=(replace(model.main, tensors=tuple(tensors)),), signatures=(signature,)
    )


def parts_of(model: Model) -> list[Values]:
    data = samples(model)
    return [y.reshape(len(y), -1) for y in outputs(model, data)]


def test_nested_concatenations_are_split_in_order() -> None:
    model = detector()
    made = split_outputs(model)
    assert [made.main.tensors[t].shape for t in made.main.outputs] == [
        (1, 16, 4),
        (1, 16, 4),
        (1, 16, 2),
        (1, 16, 2),
    ]
    assert "CONCATENATION" not in {op.kind for op in made.main.ops}
    assert not joined_outputs(made.main)
    whole = parts_of(model)[0].reshape(-1, 32, 6)
    one, two, three, four = (y.reshape(len(y), 16, -1) for y in parts_of(made))
    np.testing.assert_array_equal(np.concatenate([one, two], 1), whole[:, :, :4])
    np.testing.assert_array_equal(np.concatenate([three, four], 1), whole[:, :, 4:])


def test_parts_are_called_like_their_layers() -> None:
    m = FloatModel()
    x = m.input(1, 6)
    a, b = m.dense(x, 2), m.dense(x, 3)
    model = m.model(joined(m, 1, a, b))
    for layers, names in (
        ({a: "boxes_1", b: "scores_1"}, ["boxes", "scores"]),
        ({a: "dense_1", b: "dense_2"}, ["dense_1", "dense_2"]),
        ({a: "same", b: "same"}, ["y_0", "y_1"]),
        ({a: "a\x1b[31m", b: "b"}, ["y_0", "y_1"]),
    ):
        (signature,) = split_outputs(named(model, "y", layers)).signatures
        assert [name for name, _ in signature.outputs] == names
        assert dict(signature.inputs).keys() == {"x"}


def test_a_stack_is_split_as_well() -> None:
    m = FloatModel()
    x = m.input(1, 6)
    a, b = m.dense(x, 3), m.dense(x, 3)
    made = split_outputs(
        m.model(m.op("PACK", (a, b), (1, 2, 3), "PackOptions", axis=1, values_count=2))
    )
    assert [made.main.tensors[t].shape for t in made.main.outputs] == [(1, 3), (1, 3)]


def test_other_outputs_and_joins_that_are_read_stay() -> None:
    m = FloatModel()
    x = m.input(1, 6)
    a, b = m.dense(x, 2), m.dense(x, 3)
    both = joined(m, 1, a, b)
    made = split_outputs(m.model(m.dense(both, 2), both))
    assert [made.main.tensors[t].shape for t in made.main.outputs] == [(1, 2), (1, 2), (1, 3)]
    assert [op.kind for op in made.main.ops].count("CONCATENATION") == 1


def test_an_input_that_is_handed_through_is_no_part() -> None:
    m = FloatModel()
    x = m.input(1, 6)
    with pytest.raises(EdgeqError, match="nothing to split"):
        split_outputs(m.model(joined(m, 1, x, m.dense(x, 3))))


def test_a_model_without_joined_outputs_is_refused() -> None:
    m = FloatModel()
    with pytest.raises(EdgeqError, match="none of its outputs is joined"):
        split_outputs(m.model(m.dense(m.input(1, 4), 3)))


def test_a_reference_follows_the_quantized_model() -> None:
    model = detector()
    assert split_like(model, model) is model
    assert len(split_like(model, split_outputs(model)).main.outputs) == 4

"""Shape arithmetic disappears for a batch of 1, and the outputs stay the same."""

from __future__ import annotations

from collections import Counter

import numpy as np
from ops.streaming import variable

from edgeq.convert.static_shapes import make_static
from edgeq.graph import Graph, Model, Op, Signature, Tensor, write_tflite
from edgeq.runtime import reference_interpreter, run_samples


def ints(name: str, *values: int) -> Tensor:
    array = np.array(values, np.int32)
    return Tensor(name, array.shape, "int32", buffer=array.tobytes())


def flatten_model() -> Model:
    """What Keras makes of Flatten: SHAPE, STRIDED_SLICE, PACK in front of a RESHAPE, then RELU;
    dynamic batch.
    """
    one = np.array(6, np.int32).tobytes()
    tensors = (
        Tensor("x", (1, 2, 3), "float32", shape_signature=(-1, 2, 3)),
        Tensor("shape", (3,), "int32"),
        ints("begin", 0),
        ints("end", 1),
        ints("strides", 1),
        Tensor("batch", (), "int32"),
        Tensor("six", (), "int32", buffer=one),
        Tensor("target", (2,), "int32"),
        Tensor("flat", (1, 6), "float32", shape_signature=(-1, 6)),
        Tensor("y", (1, 6), "float32", shape_signature=(-1, 6)),
    )
    slices = (
        ("begin_mask", 0),
        ("ellipsis_mask", 0),
        ("end_mask", 0),
        ("new_axis_mask", 0),
        ("offset", False),
        ("shrink_axis_mask", 1),
    )
    ops = (
        Op("SHAPE", (0,), (1,), (("out_type", "INT32"),), options_type="ShapeOptions"),
        Op("STRIDED_SLICE", (1, 2, 3, 4), (5,), slices, options_type="StridedSliceOptions"),
        Op("PACK", (5, 6), (7,), (("axis", 0), ("values_count", 2)), options_type="PackOptions"),
        Op("RESHAPE", (0, 7), (8,)),
        Op("RELU", (8,), (9,)),
    )
    signature = Signature("serving_default", (("image", 0),), (("out", 9),))
    return Model((Graph(tensors, ops, (0,), (9,)),), signatures=(signature,))


def test_shape_arithmetic_is_folded_and_values_stay() -> None:
    model = flatten_model()
    static = make_static(model)
    assert Counter(op.kind for op in static.main.ops) == {"RESHAPE": 1, "RELU": 1}
    assert all(tensor.shape_signature is None for tensor in static.main.tensors)
    assert [tensor.name for tensor in static.main.tensors] == ["x", "target", "flat", "y"]
    assert static.main.tensors[1].array.tolist() == [1, 6]
    assert static.signatures[0].outputs == (("out", 3),)
    x = np.random.default_rng(0).normal(size=(4, 2, 3)).astype(np.float32)
    before, after = (
        run_samples(reference_interpreter(write_tflite(m)), [x])[0] for m in (model, static)
    )
    assert np.array_equal(before, after)


def test_a_static_model_comes_back_itself() -> None:
    static = make_static(flatten_model())
    assert make_static(static) is static


def test_float16_weights_become_float32() -> None:
    half = np.array([1, 2, 3], np.float16)
    tensors = (
        Tensor("x", (1, 3), "float32"),
        Tensor("half", (3,), "float16", buffer=half.tobytes()),
        Tensor("w", (3,), "float32"),
        Tensor("y", (1, 3), "float32"),
    )
    add = Op(
        "ADD",
        (0, 2),
        (3,),
        (("fused_activation_function", "NONE"), ("pot_scale_int16", False)),
        options_type="AddOptions",
    )
    model = Model((Graph(tensors, (Op("DEQUANTIZE", (1,), (2,)), add), (0,), (3,)),))
    static = make_static(model)
    assert [op.kind for op in static.main.ops] == ["ADD"]
    assert static.main.tensors[1].array.tolist() == [1, 2, 3]


def test_variables_are_not_read_for_their_shapes() -> None:
    """TFLite's Python interpreter crashes where a resource is read."""
    line = np.ones((3, 2), np.float32)
    tensors = (
        Tensor("x", (1, 2), "float32", shape_signature=(-1, 2)),
        variable("line", line),
        Tensor("held", (3, 2), "float32"),
        Tensor("at", (1,), "int32", buffer=np.ones(1, np.int32).tobytes()),
        Tensor("row", (), "float32"),
        Tensor("y", (), "float32"),
    )
    axis = (("axis", 0), ("batch_dims", 0))
    add = (("fused_activation_function", "NONE"), ("pot_scale_int16", False))
    ops = (
        Op("READ_VARIABLE", (1,), (2,)),
        Op("GATHER", (2, 3), (4,), axis, options_type="GatherOptions"),
        Op("ADD", (0, 4), (5,), add, options_type="AddOptions"),
        Op("ASSIGN_VARIABLE", (1, 2), (1,)),
    )
    static = make_static(Model((Graph(tensors, ops, (0,), (5,)),)))
    assert [t.shape for t in static.main.tensors] == [(1, 2), (3, 2), (3, 2), (1,), (1, 2), (1, 2)]
    assert static.main.tensors[1] == tensors[1]

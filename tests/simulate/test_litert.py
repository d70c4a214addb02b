"""The formulas of what ai-edge-litert computes differently, compared with that package if it is
installed.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ops.harness import constant, quantized, single_op
from ops.packed import int4
from quantize.recurrent import recurrent, waves

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Op, Tensor, read_tflite, write_tflite
from edgeq.opkit.node import Values
from edgeq.ops import bind
from edgeq.quantize.options import Options
from edgeq.quantize.quantize import quantize
from edgeq.simulate.difference_bounds import rounded_once
from edgeq.simulate.difference_causes import known_causes
from edgeq.simulate.execute import execute
from edgeq.simulate.interpreter import Interpreter
from edgeq.simulate.known_differences import find_known_difference
from edgeq.simulate.litert import (
    dense_rounded_once,
    only_rows_of_another_scale,
    rows_of_another_scale,
)
from edgeq.simulate.unsafe_layers import check_safe

LITERT = Interpreter("ai-edge-litert", "2.3.0")


def dense(bias: list[int], scales: tuple[float, float, float]) -> Model:
    """int8 FULLY_CONNECTED with weights of 0, whose accumulators are its biases. scales: of x,
    weights and y.
    """
    tensors = [
        quantized("x", (1, 4), scales[0]),
        constant("w", np.zeros((len(bias), 4), np.int8), scales[1]),
        constant("b", np.array(bias, np.int32), scales[0] * scales[1]),
    ]
    y = quantized("y", (1, len(bias)), scales[2])
    return single_op(
        "FULLY_CONNECTED",
        tensors,
        y,
        "FullyConnectedOptions",
        4,
        fused_activation_function="NONE",
        keep_num_dims=False,
        weights_format="DEFAULT",
    )


def test_sums_are_rounded_once_with_ties_away_from_zero() -> None:
    (node,) = bind(dense([1, 3, -1, -3, 4, 1000, -1000], (0.5, 1.0, 1.0)).main)
    y = dense_rounded_once(node, np.zeros((2, 1, 4), np.int8))
    assert y.tolist() == [[[1, 2, -1, -2, 2, 127, -128]]] * 2


def test_a_dense_layer_is_known_to_the_byte_and_no_further() -> None:
    """Some of these accumulators round differently once than twice."""
    factors = np.float32(0.0213), np.float32(0.0117), np.float32(0.3711)
    model = dense(list(range(-150_000, 150_000, 37)), tuple(map(float, factors)))
    (node,), x = bind(model.main), np.zeros((1, 1, 4), np.int8)
    ours, theirs = execute(model.main, [x])[model.main.outputs[0]], dense_rounded_once(node, x)
    assert 0 < np.count_nonzero(ours != theirs) < 0.01 * ours.size
    assert rounded_once(node, [x], ours, theirs)
    assert find_known_difference(node, LITERT, [x], ours, theirs) is not None
    theirs[0, 0, int(np.flatnonzero(ours == theirs)[0])] ^= 1
    assert find_known_difference(node, LITERT, [x], ours, theirs) is None


def test_dense_layers_of_a_loop_are_known_within_some_steps() -> None:
    quick = Options("int16x8", calibrator="min-max", rounding="nearest", fill_ranges=False)
    model = read_tflite(quantize(write_tflite(recurrent()), waves(), quick).content)
    (node,) = (node for node in bind(model.main) if node.kind == "WHILE")
    y = np.zeros((1, 6), np.int16)
    assert find_known_difference(node, LITERT, [], y, y + 16) is not None
    assert find_known_difference(node, LITERT, [], y, y + 17) is None
    assert (
        find_known_difference(node, Interpreter("tflite-runtime", "2.14.0"), [], y, y + 1) is None
    )


def test_narrow_weights_of_int16_depthwise_layers_are_not_given_to_it() -> None:
    """They come as int8 instead."""
    x, y = (quantized(name, (1, 3, 3, 4), 0.5, 0, "int16") for name in "xy")
    w = constant("w", np.ones((1, 1, 1, 4), np.int8), 0.5)
    options = {"padding": "VALID", "fused_activation_function": "NONE", "depth_multiplier": 1}
    strides = dict.fromkeys(("stride_h", "stride_w", "dilation_h_factor", "dilation_w_factor"), 1)
    tensors = [x, w, constant("b", np.zeros(4, np.int64), 0.25)]
    wide = single_op(
        "DEPTHWISE_CONV_2D", tensors, y, "DepthwiseConv2DOptions", 3, **options, **strides
    )
    narrow = int4(wide)
    with pytest.raises(UnsupportedError, match="weights of int4 for int8"):
        check_safe(bind(narrow.main), LITERT)
    check_safe(bind(wide.main), LITERT)


def test_narrow_biases_of_int16_convolutions_are_not_given_to_it() -> None:
    x, y = (quantized(name, (1, 3, 3, 4), 0.5, 0, "int16") for name in "xy")
    w, options = constant("w", np.ones((4, 1, 1, 4), np.int8), 0.5), {"padding": "VALID"}
    strides = dict.fromkeys(("stride_h", "stride_w", "dilation_h_factor", "dilation_w_factor"), 1)
    for bias, refused in ((np.int32, True), (np.int64, False)):
        tensors = [x, w, constant("b", np.zeros(4, bias), 0.25)]
        options |= {"fused_activation_function": "NONE", **strides}
        nodes = bind(single_op("CONV_2D", tensors, y, "Conv2DOptions", 3, **options).main)
        if not refused:
            check_safe(nodes, LITERT)
            continue
        with pytest.raises(UnsupportedError, match="biases of 32 bits for 64"):
            check_safe(nodes, LITERT)


def test_what_a_variable_keeps_of_a_known_difference_is_explained_when_it_is_read() -> None:
    layer = dense(list(range(-150_000, 150_000, 37)), (0.0213, 0.0117, 0.3711))
    ends = layer.main.tensors[layer.main.outputs[0]]
    count = len(layer.main.tensors)
    state = Tensor("state", ends.shape, "int8", ends.quantization, variable=True)
    kept = replace(
        layer.main,
        tensors=(*layer.main.tensors, state, replace(ends, name="read")),
        ops=(
            Op("READ_VARIABLE", (count,), (count + 1,), options_type="ReadVariableOptions"),
            *layer.main.ops,
            Op("ASSIGN_VARIABLE", (count, 3), (count,), options_type="AssignVariableOptions"),
        ),
        outputs=(count + 1, 3),
    )
    nodes, x = bind(kept), np.zeros((1, 4), np.int8)
    ours = execute(layer.main, [x[None]])[3][0]
    theirs = dense_rounded_once(bind(layer.main)[0], x[None])[0]
    start, moved = np.zeros_like(ours), set[int]()

    def explained(read: Values, other_read: Values, y: Values, other: Values) -> set[int]:
        want, got = {count + 1: read, 3: y}, {count + 1: other_read, 3: other}
        causes = known_causes(kept, nodes, LITERT, [x], want, got, moved)
        return {cause.tensor for cause in causes}

    assert explained(start, start + 1, ours, ours) == set()
    assert explained(start, start, ours, theirs) == {3}
    assert explained(ours, theirs, ours, ours) == {count + 1}


def test_only_what_is_not_finite_may_become_another_integer() -> None:
    y = quantized("y", (1, 4), 0.5)
    (node,) = bind(single_op("QUANTIZE", [Tensor("x", (1, 4), "float32")], y).main)
    x = np.array([[[np.nan, np.inf, -np.inf, 1.0]]], np.float32)
    want, got = np.array([[[0, 0, 0, 2]]], np.int8), np.array([[[9, 9, 127, 2]]], np.int8)
    assert find_known_difference(node, LITERT, [x], want, got) is not None
    got[..., 3] = 3
    assert find_known_difference(node, LITERT, [x], want, got) is None


def hybrid(rows: int) -> Model:
    """FULLY_CONNECTED of float32 rows with int8 weights and asymmetric activations."""
    w = constant("w", np.arange(-12, 12, dtype=np.int8).reshape(4, 6), 0.25)
    x, y = quantized("x", (rows, 6)), quantized("y", (rows, 4))
    x, y = (type(t)(t.name, t.shape, "float32") for t in (x, y))
    return single_op(
        "FULLY_CONNECTED",
        [x, w, None],
        y,
        "FullyConnectedOptions",
        9,
        weights_format="DEFAULT",
        asymmetric_quantize_inputs=True,
        fused_activation_function="NONE",
    )


@pytest.mark.parametrize("change_other", [False, True])
def test_float_rows_may_differ_only_where_their_scale_does(change_other: bool) -> None:
    x = np.random.default_rng(0).normal(0, 1, (1, 40, 6)).astype(np.float32)
    other = rows_of_another_scale(x[0])
    assert 0 < other.sum() < 40
    model = hybrid(40)
    (node,), y = bind(model.main), execute(model.main, [x])[model.main.outputs[0]]
    changed = y.copy()
    changed[0, np.flatnonzero(other if change_other else ~other)[0], 0] += 1
    assert only_rows_of_another_scale(node, [x], y, changed) == change_other
    assert (find_known_difference(node, LITERT, [x], y, changed) is not None) == change_other

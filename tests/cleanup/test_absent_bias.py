"""A bias that a file states to be absent goes; other inputs of -1 stay."""

from __future__ import annotations

import numpy as np
import pytest
from ops.harness import constant, quantized, single_op

from edgeq.cleanup import clean_up
from edgeq.cleanup.absent_bias import drop_absent_bias
from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.simulate.compare import compare_with
from edgeq.simulate.execute import random_inputs
from edgeq.simulate.interpreter import interpreter_of
from edgeq.simulate.oracles import ORACLES

OPTIONS = {
    "padding": "SAME",
    "stride_h": 1,
    "stride_w": 1,
    "dilation_h_factor": 1,
    "dilation_w_factor": 1,
    "depth_multiplier": 1,
    "fused_activation_function": "NONE",
}


def without_bias() -> Model:
    x, y = quantized("x", (1, 7, 6, 5)), quantized("y", (1, 7, 6, 5), 0.1)
    weights = np.random.default_rng(0).integers(-127, 128, (1, 3, 3, 5)).astype(np.int8)
    w = constant("w", weights, [0.01] * 5, axis=3)
    return single_op("DEPTHWISE_CONV_2D", [x, w, None], y, "DepthwiseConv2DOptions", 3, **OPTIONS)


@pytest.mark.parametrize("name", ORACLES)
def test_interpreters_agree_on_a_layer_whose_bias_is_stated_to_be_absent(name: str) -> None:
    """TFLM crashes on the file as it is, so it gets the model after clean-up."""
    clean = clean_up(without_bias())
    assert [len(op.inputs) for op in clean.model.main.ops] == [2]
    said = compare_with(
        ORACLES[name], clean, random_inputs(clean.model.main, 3), by=interpreter_of(name)
    )
    assert (said.status, said.bytes_different) == ("ok", 0)


def test_what_is_no_bias_stays() -> None:
    tensors = tuple(Tensor(f"t{t}", (2,), "int8") for t in range(4))
    ops = (
        Op("CONV_2D", (0, 1, -1), (2,)),
        Op("CONV_2D", (0, -1, 1), (2,)),
        Op("CUSTOM", (0, -1), (3,)),
        Op("ADD", (0, -1), (3,)),
    )
    found = drop_absent_bias(Graph(tensors, ops, (0,), (3,))).ops
    assert [op.inputs for op in found] == [(0, 1), (0, -1, 1), (0, -1), (0, -1)]

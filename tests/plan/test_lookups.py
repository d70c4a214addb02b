"""Chains of elementwise operators become tables whose bytes are the operators'."""

from __future__ import annotations

import numpy as np
from ops.cases import compiled_outputs, tflm_outputs
from ops.harness import constant, quantized

from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.plan import lower
from edgeq.plan.lookups import with_lookups
from edgeq.simulate.execute import execute

SHAPE = (1, 4, 64, 1)
EVERY = np.arange(-128, 128).astype(np.int8).reshape(1, *SHAPE)
NONE = (("fused_activation_function", "NONE"),)


def real(name: str) -> Tensor:
    return Tensor(name, SHAPE, "float32")


def softplus() -> Model:
    """DEQUANTIZE, EXP, ADD of a constant [1, 1, 1], LOG and QUANTIZE."""
    one = constant("one", np.ones((1, 1, 1), np.float32))
    x, y = quantized("x", SHAPE, 0.04, 3), quantized("y", SHAPE, 0.02, -128)
    tensors = (x, *map(real, "abcd"), y, one)
    ops = (
        Op("DEQUANTIZE", (0,), (1,)),
        Op("EXP", (1,), (2,)),
        Op("ADD", (2, 6), (3,), NONE, options_type="AddOptions"),
        Op("LOG", (3,), (4,)),
        Op("QUANTIZE", (4,), (5,)),
    )
    return Model((Graph(tensors, ops, (0,), (5,)),))


def silu() -> Model:
    """LOGISTIC and MUL on int8."""
    tensors = (
        quantized("x", SHAPE, 0.05, 7),
        quantized("s", SHAPE, 1 / 256, -128),
        quantized("y", SHAPE, 0.03, -120),
    )
    multiply = Op("MUL", (0, 1), (2,), NONE, options_type="MulOptions")
    return Model((Graph(tensors, (Op("LOGISTIC", (0,), (1,)), multiply), (0,), (2,)),))


def clipped() -> Model:
    """LESS of a limit and SELECT of another value than what is below, all of one element."""
    tensors = (
        quantized("x", (1,), 0.05, 7),
        constant("limit", np.array([20], np.int8), 0.04, 0, -3),
        Tensor("below", (1,), "bool"),
        constant("other", np.array([-9], np.int8), 0.05, 0, 7),
        quantized("y", (1,), 0.05, 7),
    )
    ops = (Op("LESS", (0, 1), (2,)), Op("SELECT", (2, 0, 3), (4,)))
    return Model((Graph(tensors, ops, (0,), (4,)),))


def test_a_selection_of_one_element_is_a_table_too() -> None:
    model, every = clipped(), EVERY.reshape(256, 1)
    assert [op.kind for op in with_lookups(model.main).ops] == ["LOOKUP"]
    expected = execute(model.main, [every])[4]
    np.testing.assert_array_equal(execute(with_lookups(model.main), [every])[4], expected)


def test_a_chain_that_adds_an_axis_stays() -> None:
    """A product with a constant [1, 1] makes [1, 1] of [1], which no table does."""
    one = constant("one", np.array([[100]], np.int8), 0.01)
    tensors = (quantized("x", (1,)), quantized("a", (1,)), quantized("y", (1, 1)), one)
    ops = (Op("ABS", (0,), (1,)), Op("MUL", (1, 3), (2,), NONE, options_type="MulOptions"))
    graph = Graph(tensors, ops, (0,), (2,))
    assert with_lookups(graph) is graph
    lower(graph)


def test_one_table_gives_the_bytes_of_every_input() -> None:
    for model in (softplus(), silu()):
        assert [op.kind for op in with_lookups(model.main).ops] == ["LOOKUP"]
        expected = execute(model.main, [EVERY])[model.main.outputs[0]]
        given = execute(with_lookups(model.main), [EVERY])[model.main.outputs[0]]
        np.testing.assert_array_equal(given, expected)
        np.testing.assert_array_equal(tflm_outputs(model, [EVERY])[0], expected)


def test_the_firmware_calls_one_kernel() -> None:
    model = softplus()
    assert [step.node.kind for step in lower(model.main).steps] == ["LOOKUP"]
    expected = execute(model.main, [EVERY])[5]
    np.testing.assert_array_equal(compiled_outputs(model, [EVERY])[0], expected)


def test_single_operators_and_wider_types_stay() -> None:
    tensors = (quantized("x", SHAPE), quantized("y", SHAPE))
    alone = Graph(tensors, (Op("ABS", (0,), (1,)),), (0,), (1,))
    assert with_lookups(alone) is alone
    wide = tuple(quantized(n, SHAPE, dtype="int16") for n in "xyz")
    ops = (Op("ABS", (0,), (1,)), Op("ABS", (1,), (2,)))
    pair = Graph(wide, ops, (0,), (2,))
    assert with_lookups(pair) is pair

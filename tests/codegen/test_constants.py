"""Constant arrays in C: equal ones are one array that says whose it is, and the bytes of all layers
stay the same.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from codegen.small_models import classifier
from ops.compiled import run_compiled
from ops.harness import constant, quantized, single_op
from ops.test_conv_2d import convolution

from edgeq.codegen.constants import find_constants
from edgeq.codegen.generate import generate
from edgeq.codegen.native import render_native
from edgeq.errors import UnsupportedError
from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.plan import lower
from edgeq.simulate.execute import execute, random_inputs


def recurrent(steps: int, alike: bool = True) -> Model:
    """A dense layer that is applied to its own output again and again, as unrolled loops are.

    alike: whether its weights are the same at every step.
    """
    rng = np.random.default_rng(5)
    weights, bias = (
        rng.integers(-127, 128, (16, 16), np.int8),
        rng.integers(-500, 500, 16, np.int32),
    )
    tensors, ops = [quantized("x", (1, 16), 0.05, 3)], list[Op]()
    for k in range(steps):
        changed = weights if alike else np.roll(weights, k, axis=0)
        b = constant(f"b{k}", bias, 0.004 * 0.05)
        tensors += [constant(f"w{k}", changed, 0.004), b, quantized(f"y{k}", (1, 16), 0.05, 3)]
        options = (("fused_activation_function", "NONE"), ("keep_num_dims", False))
        ops.append(
            Op(
                "FULLY_CONNECTED",
                (3 * k, 3 * k + 1, 3 * k + 2),
                (3 * k + 3,),
                options,
                4,
                options_type="FullyConnectedOptions",
            )
        )
    return Model((Graph(tuple(tensors), tuple(ops), (0,), (3 * steps,)),))


def test_filters_are_written_in_the_order_of_each_instruction_set() -> None:
    """Elements as a C compiler sees them, by what an instruction set states."""
    model = convolution((1, 4, 4, 4), (3, 1, 1, 4), 0, True, (3, 7), (0.05, 0.2))
    a, b, c = model.main.tensors[1].array.reshape(3, 4).tolist()
    text = render_native(model, "m").files["m_weights.h"]
    start = text.index("#if EDGEQ_INTERLEAVED_FILTERS == 2")
    two, one = text[start : text.index("#endif", start)].split("#else")
    elements = [[int(n) for n in re.findall(r"-?\d+", part.split("{")[1])] for part in (two, one)]
    turns = [
        n
        for first, other in ((a, b), (c, [0] * 4))
        for t in (0, 2, 1, 3)
        for n in (first[t], other[t] - (first[t] < 0))  # joined, see joined_weights.py
    ]
    assert elements == [turns, [*a, *b, *c]]
    constants = text[text.index("layer0_epilogue_constants[") :].split("]")[0]
    assert constants.endswith("[16"), "of two pairs"


def test_the_weights_of_an_unrolled_loop_are_stored_once() -> None:
    once, twelve = (render_native(recurrent(steps), "loop") for steps in (1, 12))
    assert twelve.model_bytes == once.model_bytes
    assert twelve.model_bytes == twelve.context["model_bytes"] < 600
    names = re.findall(r"int\d+_t (\w+)\[", twelve.files["loop_weights.h"])
    assert names == ["layer0_epilogue_constants"] * 2 + ["layer0_weights"] * 2, "in two orders"
    assert twelve.files["loop.c"].count(".weights = layer0_weights,") == 12


def test_a_shared_array_names_all_whose_it_is() -> None:
    text = render_native(recurrent(12), "loop").files["loop_weights.h"]
    comment = text[: text.index("layer0_weights[")].split("/*")[-1].split("*/")[0]
    assert max(map(len, comment.splitlines())) <= 100
    words = comment.replace("\n *", "").split()
    assert (
        " ".join(words)
        == f"FULLY_CONNECTED, [4, 4, 4, 4] also {', '.join(f'layer{k}_weights' for k in range(1, 12))}"
    )


def test_other_weights_have_arrays_of_their_own() -> None:
    engine = render_native(recurrent(3, alike=False), "loop")
    assert len(re.findall(r"int8_t layer\d_weights\[", engine.files["loop_weights.h"])) == 2 * 3


def test_every_byte_stays_the_same() -> None:
    model = recurrent(5)
    inputs = random_inputs(model.main, 3)
    computed = [op.outputs[0] for op in model.main.ops]
    expected, got = (
        execute(model.main, inputs, computed),
        run_compiled(render_native(model, "loop"), inputs),
    )
    for t in computed:
        np.testing.assert_array_equal(expected[t], got[t])


def outputs(*tensors: Tensor) -> Model:
    """A model whose outputs are these constants, beside an input that it gives back."""
    shape = constant("shape", np.array([1, 4], np.int32))
    x, y = quantized("x", (1, 4)), quantized("y", (1, 4))
    op = Op("RESHAPE", (0, 1), (2,), (("new_shape", (1, 4)),), 1, options_type="ReshapeOptions")
    count = len(tensors)
    return Model((Graph((x, shape, y, *tensors), (op,), (0,), (2, *range(3, 3 + count))),))


@pytest.mark.parametrize(
    ("a", "b", "arrays"),
    [
        (np.array([1, 2], np.int8), np.array([1, 2], np.int8), 1),
        (
            np.array([1, 2], np.int8),
            np.array([[1], [2]], np.int8),
            1,
        ),  # the shape is not C's affair
        (np.array([1, 2], np.int8), np.array([1, 2], np.uint8), 2),  # another type
        (np.array([1, 2], np.int8), np.array([1, 2, 0], np.int8), 2),
        (np.array([1, 0], np.int16), np.array([1], np.int32), 2),  # the same bytes
        (np.array([0.0], np.float32), np.array([-0.0], np.float32), 2),  # equal numbers
        (np.array([np.nan], np.float32), np.array([np.nan], np.float32), 1),
    ],
)
def test_type_and_bytes_decide(a: np.ndarray, b: np.ndarray, arrays: int) -> None:
    found = find_constants([("", lower(outputs(constant("a", a), constant("b", b)).main))])
    assert len(found.arrays) == arrays
    assert found.names[0]["output1_values"] == "output1_values"
    assert found.names[0]["output2_values"] == (
        "output1_values" if arrays == 1 else "output2_values"
    )
    assert found.nbytes == sum(array.nbytes for array in found.arrays)


def test_what_does_not_share_has_its_plain_note() -> None:
    model = classifier()
    found = find_constants([("", lower(model.main))])
    assert not any(array.shared for array in found.arrays)
    assert {array.note for array in found.arrays if array.name.endswith("weights")} == {
        "CONV_2D, [4, 3, 4]",
        "FULLY_CONNECTED, [3, 64]",
    }


def test_flash_counts_what_is_stored(tmp_path: Path) -> None:
    few, many = (
        generate(recurrent(n), tmp_path / str(n), framework="headers", name="loop") for n in (1, 12)
    )
    apart = generate(
        recurrent(12, alike=False), tmp_path / "apart", framework="headers", name="loop"
    )
    assert (many.flash_bytes, many.model_bytes) == (few.flash_bytes, few.model_bytes)
    assert apart.flash_bytes - many.flash_bytes == apart.model_bytes - many.model_bytes >= 11 * 256


def test_constants_that_no_board_has_are_not_written() -> None:
    tensors = (
        quantized("x", (1, 1)),
        constant("w", np.zeros((1 << 12, (1 << 12) + 1), np.int8), 0.01),
    )
    model = single_op("RELU", [tensors[0]], quantized("y", (1, 1)))
    graph = replace(model.main, tensors=(*model.main.tensors, tensors[1]), outputs=(1, 2))
    with pytest.raises(
        UnsupportedError, match="its constants take 16,781,312 bytes, at most 16,777,216"
    ):
        render_native(Model((graph,)), "large")

"""What is computed at all: each rule refuses what breaks it, in one line that names the tensor or
the layer.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from ops.harness import constant, quantized, reference_output, single_op
from ops.pools import pool
from ops.test_conv_2d import convolution
from ops.test_depthwise_conv_2d import depthwise
from ops.test_fully_connected import layer
from ops.unary import unary

from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Model, Op, Quantization, Tensor
from edgeq.graph.custom import KINDS
from edgeq.inspection import inspect
from edgeq.ops import bind, operator, supported
from edgeq.simulate.execute import execute, random_inputs

Change = Callable[[Graph], Graph]
RELU = unary("RELU", (0.05, -128), (0.05, -128), shape=(1, 4))


def with_tensor(model: Model, index: int, **changes: object) -> Graph:
    tensors = list(model.main.tensors)
    tensors[index] = replace(tensors[index], **changes)  # type: ignore[arg-type]
    return replace(model.main, tensors=tuple(tensors))


def with_op(model: Model, **changes: object) -> Graph:
    (op,) = model.main.ops
    return replace(model.main, ops=(replace(op, **changes),))  # type: ignore[arg-type]


WRONG = {
    "no outputs of the model": (replace(RELU.main, outputs=()), "it has no outputs"),
    "no outputs of a layer": (
        replace(with_op(RELU, outputs=()), outputs=(0,)),
        r'layer 0, RELU "".*it has no outputs',
    ),
    "no inputs of a layer": (with_op(RELU, inputs=()), "it has no inputs"),
    "state as an output": (
        replace(
            RELU.main,
            tensors=(*RELU.main.tensors, Tensor("kept", (1,), "int8", variable=True)),
            outputs=(2,),
        ),
        'its output "kept" is int8 .*keeps from one inference to the next',
    ),
    "float16": (with_tensor(RELU, 0, dtype="float16"), 'input or output "x" is float16'),
    "int4": (with_tensor(RELU, 0, dtype="int4"), 'input or output "x" is int4'),
    "several scales": (
        with_tensor(RELU, 1, quantization=Quantization((0.5,) * 4, (0,) * 4, 1)),
        r'input or output "y" is int8 \[1, 4\], which has several scales',
    ),
    "no elements": (with_tensor(RELU, 0, shape=(1, 0)), "has no elements"),
    "too many inputs": (with_op(RELU, inputs=(0,) * 1000), "it has 1000 inputs, known are 1 —"),
    "no scale": (with_tensor(RELU, 0, quantization=None), 'tensor "x" has no scales'),
    "gigabytes": (
        with_tensor(RELU, 0, shape=(1 << 14, 1 << 14)),
        r"16384, 16384\]; expected at most 16,777,216",
    ),
    "very many units": (
        layer((1, 1), (1 << 16) + 1).main,
        "it has 65,537 output channels, at most 65,536",
    ),
    "no filters": (with_tensor(layer((1, 8), 4), 1, shape=(4, 0), buffer=b""), "no elements"),
    "version 0": (with_op(RELU, version=0), "version 0 of the operator, TFLite knows 1 to 3"),
    "version 100": (with_op(RELU, version=100), "version 100 of the operator, TFLite knows 1 to 3"),
    "no options": (
        with_op(convolution((1, 4, 4, 3), (4, 3, 3, 3)), attributes=(), options_type=""),
        "does not say its padding, stride_h, stride_w .* the file has no table of options",
    ),
    "options of another operator": (
        with_op(pool("MAX_POOL_2D", (1, 4, 4, 1), (2, 2)), options_type="Conv2DOptions"),
        "does not say its padding.* takes that from Pool2DOptions, and the file has Conv2DOptions",
    ),
    "depth multiplier": (
        with_op(
            model := depthwise((1, 4, 4, 2), (3, 3)),
            attributes=tuple(
                (n, 3 if n == "depth_multiplier" else v) for n, v in model.main.ops[0].attributes
            ),
        ),
        "its depth_multiplier is 3, its shapes make it 1",
    ),
    "dilation": (
        convolution(
            (1, 9, 9, 1), (1, 3, 3, 1), dilation_h_factor=20_000, dilation_w_factor=20_000
        ).main,
        "its windows reach so far beyond the input",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_not_computed_is_refused_by_name(name: str) -> None:
    graph, message = WRONG[name]
    with pytest.raises(EdgeqError, match=message):
        bind(graph)
    found = inspect(Model((graph,)))
    assert found.arena is None, "inspect still shows what there is"
    assert found.arena_reason


def test_too_many_multiplications_are_refused_with_the_layer_that_has_most() -> None:
    weights = constant("w", np.zeros((128, 9, 9, 128), np.int8), 0.01)
    x = quantized("x", (1, 256, 256, 128))
    options = {
        "padding": "SAME",
        "stride_h": 1,
        "stride_w": 1,
        "dilation_h_factor": 1,
        "dilation_w_factor": 1,
    }
    model = single_op(
        "CONV_2D",
        [x, weights],
        quantized("large", x.shape),
        "Conv2DOptions",
        3,
        fused_activation_function="NONE",
        **options,
    )
    with pytest.raises(EdgeqError, match=r'layer 0, CONV_2D "large" is too large'):
        bind(model.main)


@pytest.mark.parametrize(
    "model",
    [
        depthwise((1, 2048, 2048, 1), (64, 64)),
        pool("AVERAGE_POOL_2D", (1, 1 << 20, 1, 1), (1 << 19, 1), padding="VALID"),
        pool("MAX_POOL_2D", (1, 4096, 4096, 1), (2000, 2000), padding="VALID"),
        pool("AVERAGE_POOL_2D", (1, 4096, 4096, 1), (1024, 1), (1, 4096), "VALID"),
    ],
    ids=["depthwise", "a long line", "windows that C reads whole", "lines that are folded whole"],
)
def test_what_takes_as_long_is_refused_too(model: Model) -> None:
    with pytest.raises(EdgeqError, match=r'layer 0, \w+ "y" is too large'):
        bind(model.main)


def test_huge_windows_of_floats_are_refused() -> None:
    tensors = (Tensor("x", (1, 512, 512, 1), "float32"), Tensor("y", (1, 1, 1, 1), "float32"))
    model = pool("MAX_POOL_2D", (1, 512, 512, 1), (512, 512), padding="VALID")
    with pytest.raises(
        EdgeqError, match="its windows have 262144 elements, at most 65536 are supported"
    ):
        bind(replace(model.main, tensors=tensors))


def test_a_depth_multiplier_counts_to_what_windows_read() -> None:
    with pytest.raises(EdgeqError, match=r"they take 67,108,864 elements, at most 16,777,216"):
        bind(
            depthwise((1, 1024, 1024, 1), (1, 1), multiplier=64, stride_h=1024, stride_w=1024).main
        )


def test_many_tensors_are_refused_together() -> None:
    shape = (1 << 12, 1 << 12)
    tensors = tuple(quantized(f"t{k}", shape) for k in range(18))
    ops = tuple(Op("RELU", (k,), (k + 1,)) for k in range(17))
    with pytest.raises(
        EdgeqError,
        match=r"computed tensors take 301,989,888 bytes, .* expected at most 268,435,456",
    ):
        bind(Graph(tensors, ops, (0,), (17,)))


@pytest.mark.parametrize(
    ("kind", "options_type"),
    [("FULLY_CONNECTED", ""), ("FULLY_CONNECTED", "AddOptions"), ("LEAKY_RELU", "")],
)
def test_options_that_may_be_missing_are_zeros_as_in_tflite(kind: str, options_type: str) -> None:
    """The table that TFLite does not find leaves its struct of options zero: no activation, a slope
    of 0.
    """
    models = {
        "FULLY_CONNECTED": layer((1, 8), 4),
        "LEAKY_RELU": unary(
            "LEAKY_RELU", (0.05, 0), (0.05, 0), "int8", (1, 8), "LeakyReluOptions", alpha=0.5
        ),
    }
    said = (
        (("fused_activation_function", "RELU"), ("pot_scale_int16", True)) if options_type else ()
    )
    model = Model((with_op(models[kind], attributes=said, options_type=options_type),))
    inputs = random_inputs(model.main, 4)
    expected = execute(model.main, inputs)[model.main.outputs[0]]
    np.testing.assert_array_equal(expected, reference_output(model, inputs))


def test_a_constant_list_may_be_empty() -> None:
    tensors = (quantized("x", (1,)), Tensor("shape", (0,), "int32", buffer=b""), quantized("y", ()))
    bind(Graph(tensors, (Op("RESHAPE", (0, 1), (2,)),), (0,), (2,)))


@pytest.mark.parametrize("kind", sorted(supported()))
def test_every_operator_says_how_new_it_may_be_and_where_its_options_are(kind: str) -> None:
    """Options of custom operators are in no table of the schema."""
    known = operator(kind)
    assert max(known.versions.values(), default=1) <= known.newest_version
    if known.attributes.__dataclass_fields__:
        assert known.options or kind in KINDS.values()

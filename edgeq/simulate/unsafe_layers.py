"""A table of layers that interpreters must not be given: they accept them, and then read and write
beyond their tensors, so that any later result of the same process may be wrong, or end the process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from edgeq.errors import UnsupportedError
from edgeq.opkit.node import Node, describe
from edgeq.simulate.interpreter import (
    BOTH,
    LITERT,
    TFLITE_RUNTIME,
    TFLM,
    Interpreter,
    Versions,
)


@dataclass(frozen=True, eq=False)
class UnsafeLayer:
    """kinds: the operators. applies: whether a layer of these is concerned. interpreters: package ->
    prefixes of its versions. reason: what the interpreter does.
    """

    kinds: frozenset[str]
    applies: Callable[[Node], bool]
    interpreters: Versions
    reason: str


def _broadcast_beyond(rank: int) -> Callable[[Node], bool]:
    """Whether operands of different shapes are broadcast to an output of more than `rank` axes."""
    return lambda node: (
        len(node.output.shape) > rank and len({t.shape for t in node.inputs if t is not None}) > 1
    )


def _narrow_weights(node: Node) -> bool:
    return node.input(0).dtype == "int16" and node.input(1).dtype == "int4"


def _unstated_narrow_bias(node: Node) -> bool:
    """Whether an int16 layer has a bias of 32 bits, and its `quantized_bias_type` does not say so."""
    bias = node.optional(2)
    narrow = node.input(0).dtype == "int16" and bias is not None and bias.dtype == "int32"
    return narrow and node.attributes.quantized_bias_type != "INT32"


def _vector_of_channels(node: Node) -> bool:
    """Whether an integer dense layer whose weights have a scale for each channel gives a vector."""
    by = node.input(1).quantization
    return len(node.output.shape) == 1 and by is not None and by.per_channel


def _several_classes(node: Node) -> bool:
    """Whether a detector gives a box more than one class."""
    said = node.attributes
    classes = min(said.max_classes_per_detection, said.num_classes)
    return not said.use_regular_nms and classes > 1


def _lengths_beyond(node: Node) -> bool:
    """Whether a constant length is greater than the axis of which so many elements are turned."""
    size = node.input(0).shape[node.attributes.seq_dim]
    return node.input(1).constant and bool((node.input(1).array > size).any())


def _stated_otherwise(node: Node) -> bool:
    """Whether the options of a search say another integer type than its result has."""
    stated = node.attributes.output_type.lower()
    return stated in ("int32", "int64") and stated != node.output.dtype


NARROW_WEIGHTS = "it takes weights of int4 for int8, and reads beyond their end"
UNSAFE_LAYERS = (
    UnsafeLayer(
        frozenset({"SVDF"}),
        lambda node: node.input(4).dtype == "int8",
        BOTH,
        "it takes variables of int8 for int16, and writes beyond their end",
    ),
    UnsafeLayer(
        frozenset({"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"}),
        _narrow_weights,
        TFLITE_RUNTIME,
        NARROW_WEIGHTS,
    ),
    UnsafeLayer(
        frozenset({"DEPTHWISE_CONV_2D"}),
        _narrow_weights,
        LITERT,
        NARROW_WEIGHTS,
    ),
    UnsafeLayer(
        frozenset({"CONV_2D", "FULLY_CONNECTED"}),
        _unstated_narrow_bias,
        LITERT,
        "it takes biases of 32 bits for 64 where the layer does not say their type, and reads beyond "
        "their end",
    ),
    UnsafeLayer(
        frozenset({"SVDF"}),
        lambda node: node.optional(3) is None,
        TFLM,
        "it reads the bias that the layer has not",
    ),
    UnsafeLayer(
        frozenset({"DEPTHWISE_CONV_2D"}),
        lambda node: len(node.inputs) > 2 and node.inputs[2] is None,
        TFLM,
        "it reads the bias that the layer says it has not",
    ),
    UnsafeLayer(
        frozenset({"FULLY_CONNECTED"}),
        _vector_of_channels,
        TFLITE_RUNTIME,
        "it takes the first two sizes of an output, and reads beyond that of a vector",
    ),
    UnsafeLayer(
        frozenset({"DETECTION_POSTPROCESS"}),
        _several_classes,
        TFLM,
        "it writes the classes of a box beyond one another, and beyond its outputs",
    ),
    UnsafeLayer(
        frozenset({"ARG_MAX", "ARG_MIN"}),
        _stated_otherwise,
        BOTH,
        "it gives indices of the type that the options say to layers that take that of the tensor",
    ),
    UnsafeLayer(
        frozenset({"REVERSE_SEQUENCE"}),
        _lengths_beyond,
        BOTH,
        "it writes outside of its output where a length is beyond the axis",
    ),
    UnsafeLayer(
        frozenset(
            {
                "EQUAL",
                "FLOOR_DIV",
                "FLOOR_MOD",
                "SQUARED_DIFFERENCE",
                "NOT_EQUAL",
                "GREATER",
                "GREATER_EQUAL",
                "LESS",
                "LESS_EQUAL",
                "LOGICAL_AND",
                "LOGICAL_OR",
                "MUL",
                "PRELU",
            }
        ),
        _broadcast_beyond(4),
        TFLITE_RUNTIME,
        "it broadcasts up to 4 axes, and aborts at more",
    ),
    UnsafeLayer(
        frozenset({"DIV", "MAXIMUM", "MINIMUM", "SELECT_V2", "SUB"}),
        _broadcast_beyond(5),
        TFLITE_RUNTIME,
        "it broadcasts up to 5 axes, and aborts at more",
    ),
)


def check_safe(nodes: Sequence[Node], by: Interpreter) -> None:
    """Raises UnsupportedError for a layer that the interpreter must not be given."""
    for node in nodes:
        for entry in UNSAFE_LAYERS:
            versions = entry.interpreters.get(by.package, ())
            concerned = node.kind in entry.kinds and by.version.startswith(versions)
            if concerned and entry.applies(node):
                raise UnsupportedError(
                    f"{by} cannot run {describe(node)}", entry.reason, "use another oracle"
                )

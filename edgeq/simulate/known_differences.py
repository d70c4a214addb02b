"""A table of known differences: where interpreters compute other bytes than edgeq, why, and who is
right.

Each entry was measured on the versions that it names and is demonstrated by
tests/simulate/test_known_differences.py. Where interpreters disagree edgeq follows TFLM, which runs
on devices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from edgeq.opkit.float_weights import is_hybrid
from edgeq.opkit.lstm import CELL
from edgeq.opkit.node import Node, Values
from edgeq.simulate.litert import dense_rounded_once, only_rows_of_another_scale

if TYPE_CHECKING:
    from edgeq.simulate.oracles import Interpreter

EDGEQ = "edgeq, as TFLM"
Versions: TypeAlias = Mapping[str, tuple[str, ...]]
Within: TypeAlias = Callable[[Node, Sequence[Values | None], Values, Values], bool]
"""(layer, its inputs, edgeq's output, the interpreter's output), each [samples, ...] -> whether the
difference is explained.
"""


def anything(node: Node, values: Sequence[Values | None], want: Values, got: Values) -> bool:
    """Accepts any output of the interpreter."""
    return True


def equal_values(node: Node, values: Sequence[Values | None], want: Values, got: Values) -> bool:
    """Accepts outputs that are equal as numbers though not as bytes, such as 0 and -0."""
    return bool(np.all(want == got))


def within_steps(most: int) -> Within:
    """Accepts outputs in which no integer differs by more than `most`."""
    return lambda node, values, want, got: bool(
        np.all(np.abs(want.astype(np.int64) - got.astype(np.int64)) <= most)
    )


def rounded_once(node: Node, values: Sequence[Values | None], want: Values, got: Values) -> bool:
    """Accepts exactly what LiteRT's dense layers compute."""
    x = values[0]
    return x is not None and np.array_equal(dense_rounded_once(node, x), got)


def border_alone(node: Node, values: Sequence[Values | None], want: Values, got: Values) -> bool:
    """Accepts outputs that differ only where edgeq has the zero point, as in a border."""
    zero = 0 if node.output.quantization is None else node.output.zero_point
    return bool(np.all(want[want != got] == zero))


def close_floats(node: Node, values: Sequence[Values | None], want: Values, got: Values) -> bool:
    """Accepts outputs that another order of sums explains."""
    return bool(np.allclose(want, got, rtol=1e-3, atol=1e-5, equal_nan=True))


ONE_STEP = within_steps(1)


@dataclass(frozen=True, eq=False)
class KnownDifference:
    """Layers that an interpreter computes differently from edgeq on equal inputs.

    kinds: the operators.
    applies: whether a layer of these operators is concerned.
    interpreters: package -> prefixes of its versions, "" for all.
    reason: what is computed differently.
    right: whose bytes are right.
    within: whether an output of the interpreter is explained, given edgeq's.
    """

    kinds: frozenset[str]
    applies: Callable[[Node], bool]
    interpreters: Versions
    reason: str
    right: str = EDGEQ
    within: Within = ONE_STEP

    def holds(self, node: Node, by: Interpreter) -> bool:
        """Whether this entry concerns a layer on an interpreter."""
        versions = self.interpreters.get(by.package, ())
        return node.kind in self.kinds and by.version.startswith(versions) and self.applies(node)


def _integer(node: Node) -> bool:
    return node.output.dtype in ("int8", "int16")


def _rescaled(node: Node) -> bool:
    """Whether a quotient of the scales, or that times alpha, is another in float32 than in float64."""
    if not _integer(node):
        return False
    x, y, alpha = node.input(0).scale, node.output.scale, getattr(node.attributes, "alpha", 1.0)
    return _other_in_float32(x, 1.0, y) or _other_in_float32(x, alpha, y)


def _multiplied(node: Node) -> bool:
    """Whether the factor of a product, or of a PRELU at and above zero, is another in float32 than
    in float64.
    """
    if not _integer(node):
        return False
    a, b, y = node.input(0).scale, node.input(1).scale, node.output.scale
    above_zero = node.kind == "PRELU" and _other_in_float32(a, 1.0, y)
    return above_zero or _other_in_float32(a, b, y)


def _factors_in_float32_differ(node: Node) -> bool:
    """Whether one of the two factors of an SVDF does."""
    x, feature, time, state = (node.input(i).scale for i in (0, 1, 2, 4))
    return _other_in_float32(x, feature, state) or _other_in_float32(state, time, node.output.scale)


def _other_in_float32(a: float, b: float, divisor: float) -> bool:
    """Whether a * b / divisor, computed from left to right, differs between float32 and float64."""
    return float(np.float32(a) * np.float32(b) / np.float32(divisor)) != a * b / divisor


def _per_channel(node: Node) -> bool:
    weights = node.input(1).quantization
    return weights is not None and weights.per_channel


def _kept_dimensions(node: Node) -> bool:
    return (
        _integer(node)
        and node.attributes.keep_num_dims
        and _per_channel(node)
        and len(node.output.shape) > 2
    )


def _product_of_scales(node: Node) -> bool:
    if node.output.dtype != "int8" or _per_channel(node):
        return False
    x, w = node.input(0).scale, node.input(1).scale
    return float(np.float32(x) * np.float32(w)) != x * w


def _power_of_two(node: Node) -> bool:
    scales = (
        (node.input(0).scale, node.input(1).scale, node.output.scale)
        if node.output.dtype == "int16"
        else (3.0,)
    )
    return all(np.frexp(scale)[0] == 0.5 for scale in scales)


def _equal_scales(node: Node) -> bool:
    weights = node.input(1).quantization
    hybrid = node.output.dtype == "float32" and node.input(1).dtype == "int8"
    return hybrid and weights is not None and weights.per_channel and len(set(weights.scale)) == 1


def _merged_rows(node: Node) -> bool:
    """Whether x lies transposed and has several matrices for one of y."""
    x, y = node.input(0).shape, node.input(1).shape
    return bool(node.attributes.adj_x) and y[-3:-2] == (1,) and x[-3:-2] not in ((), (1,))


def _coarse_cells(node: Node) -> bool:
    """Whether TFLite has no function for cells of that scale."""
    scale = node.input(CELL).scale
    return scale > FINE_CELLS or float(np.frexp(scale)[0]) != 0.5


TFLITE_RUNTIME: Versions = {"tflite-runtime": ("2.14",)}
BOTH: Versions = {**TFLITE_RUNTIME, "ai-edge-litert": ("1.", "2.")}
LITERT: Versions = {"ai-edge-litert": BOTH["ai-edge-litert"]}
TFLM: Versions = {"tflite-micro": ("",)}
FINE_CELLS = 2.0**-9  # the largest scale of cells for which TFLite has a function

KNOWN_DIFFERENCES: tuple[KnownDifference, ...] = (
    KnownDifference(
        frozenset({"FULLY_CONNECTED"}),
        _kept_dimensions,
        TFLITE_RUNTIME,
        "it takes the first two sizes of an output with kept dimensions for all of it, which later TFLite mended",
        "edgeq, as TFLM and later TFLite",
        within=anything,
    ),
    KnownDifference(
        frozenset({"FULLY_CONNECTED"}),
        lambda node: node.output.dtype == "int16" and node.optional(2) is None,
        TFLITE_RUNTIME,
        "it sums int16 without bias in 32 bits and rounds twice",
    ),
    KnownDifference(
        frozenset({"FULLY_CONNECTED"}),
        _product_of_scales,
        TFLITE_RUNTIME,
        "it multiplies the scales of input and weights in float32, TFLM in float64",
    ),
    KnownDifference(
        frozenset({"FULLY_CONNECTED"}),
        _integer,
        LITERT,
        "it rounds the sums of dense layers once, TFLM and tflite-runtime twice",
        within=rounded_once,
    ),
    KnownDifference(
        frozenset({"FULLY_CONNECTED", "CONV_2D", "DEPTHWISE_CONV_2D"}),
        lambda node: node.output.dtype == "float32" and is_hybrid(node),
        LITERT,
        "it divides the range of float activations in float32, tflite-runtime in float64",
        "edgeq, as tflite-runtime",
        within=only_rows_of_another_scale,
    ),
    KnownDifference(
        frozenset({"RELU", "RELU6", "LEAKY_RELU", "ABS"}),
        _rescaled,
        BOTH,
        "it divides the scales in float32, TFLM in float64",
    ),
    KnownDifference(
        frozenset({"MUL", "PRELU"}),
        _multiplied,
        BOTH,
        "it multiplies and divides the scales in float32, TFLM in float64",
    ),
    KnownDifference(
        frozenset({"LOGISTIC", "TANH"}),
        lambda node: node.output.dtype == "int8" and node.input(0).scale >= 1,
        BOTH,
        "it looks up rounded floats, where TFLM computes in fixed point and cuts off below 16",
        within=within_steps(5),
    ),
    KnownDifference(
        frozenset({"LOGISTIC", "TANH"}),
        lambda node: node.output.dtype == "int8" and node.input(0).scale < 1,
        BOTH,
        "it looks up rounded floats, where TFLM computes in fixed point",
    ),
    KnownDifference(
        frozenset({"SVDF"}),
        lambda node: _integer(node) and _factors_in_float32_differ(node),
        BOTH,
        "it multiplies and divides the scales in float32, TFLM in float64",
        within=within_steps(8),
    ),
    KnownDifference(
        frozenset({"SVDF"}),
        lambda node: node.output.dtype == "float32",
        BOTH,
        "it adds floats in the order of vector lanes",
        within=close_floats,
    ),
    KnownDifference(
        frozenset({"SOFTMAX"}),
        lambda node: node.output.dtype == "int16",
        BOTH,
        "it fills its tables of exponentials by other operations",
    ),
    KnownDifference(
        frozenset({"ADD", "SUB"}),
        _power_of_two,
        BOTH,
        "it has a kernel of its own for int16 whose scales are powers of two, which rounds otherwise",
    ),
    KnownDifference(
        frozenset({"FULLY_CONNECTED"}),
        lambda node: node.output.dtype == "float32" and is_hybrid(node) and _per_channel(node),
        TFLITE_RUNTIME,
        "it takes one scale for all units of int8 weights",
        "edgeq, as later TFLite",
        within=anything,
    ),
    KnownDifference(
        frozenset({"CONV_2D"}),
        _equal_scales,
        TFLITE_RUNTIME,
        "it multiplies float layers whose int8 filters all have one scale, written once for each, by 0",
        "edgeq, as later TFLite",
        within=anything,
    ),
    KnownDifference(
        frozenset({"BATCH_MATMUL"}),
        _merged_rows,
        TFLITE_RUNTIME,
        "it takes the batches of a transposed matrix for rows, which later TFLite mended",
        within=anything,
    ),
    KnownDifference(
        frozenset({"REVERSE_V2"}),
        lambda node: node.input(1).size > 1,
        TFLITE_RUNTIME,
        "it turns one of several axes alone, which later TFLite mended",
        within=anything,
    ),
    KnownDifference(
        frozenset({"SUM"}),
        _integer,
        BOTH,
        "its sums of quantized values are none of their real values, whatever the scales",
        within=anything,
    ),
    KnownDifference(
        frozenset({"UNIDIRECTIONAL_SEQUENCE_LSTM"}),
        lambda node: _integer(node) and not _coarse_cells(node),
        BOTH,
        "it computes the functions of gates in fixed point, TFLM by a table",
        within=within_steps(8),
    ),
    KnownDifference(
        frozenset({"UNIDIRECTIONAL_SEQUENCE_LSTM"}),
        lambda node: _integer(node) and _coarse_cells(node),
        BOTH,
        "it takes no cells beyond 64, and their scale for a power of two",
        within=anything,
    ),
    KnownDifference(
        frozenset({"UNIDIRECTIONAL_SEQUENCE_LSTM"}),
        lambda node: node.output.dtype == "float32",
        BOTH,
        "it adds the products of gates in another order",
        within=close_floats,
    ),
    KnownDifference(
        frozenset({"SIGNAL_FRAMER", "SIGNAL_STACKER"}),
        lambda node: True,
        TFLM,
        "it writes no frame that is not complete, where edgeq writes zeros",
        "either: such a frame means nothing",
        within=border_alone,
    ),
    KnownDifference(
        frozenset({"DETECTION_POSTPROCESS"}),
        lambda node: True,
        {**BOTH, **TFLM},
        "it writes no boxes beyond those that it counts, where edgeq writes zeros",
        "either: such boxes mean nothing",
        within=border_alone,
    ),
    KnownDifference(
        frozenset({"SPACE_TO_BATCH_ND"}),
        lambda node: bool(node.input(2).constant and node.input(2).array.any()),
        TFLM,
        "TFLM fills the border with a byte of memory that it never wrote",
        "edgeq, as TFLite; pad by a layer of its own, or use the native engine",
        within=border_alone,
    ),
    KnownDifference(
        frozenset({"TRANSPOSE_CONV"}),
        lambda node: node.output.dtype == "int16" and node.optional(3) is None,
        TFLITE_RUNTIME,
        "it has 32-bit sums where an int16 layer has no bias, and rounds them twice",
    ),
    KnownDifference(
        frozenset({"RELU6"}),
        lambda node: node.output.dtype == "float32",
        {**TFLM, **LITERT},
        "it keeps -0, of which tflite-runtime makes 0",
        "either: both are zero",
        within=equal_values,
    ),
    KnownDifference(
        frozenset({"RELU6"}),
        lambda node: _integer(node) and node.input(0).quantization != node.output.quantization,
        TFLM,
        "TFLM ignores that the output has another scale than the input",
        "edgeq, as TFLite; use the native engine, or give both tensors one scale",
        within=anything,
    ),
)


def find_known_difference(
    node: Node, by: Interpreter, values: Sequence[Values | None], want: Values, got: Values
) -> KnownDifference | None:
    """The entry that explains an interpreter's output of a layer; None if there is none.

    values: the layer's inputs.
    want: edgeq's output.
    got: the interpreter's output.
    """
    entries = (entry for entry in KNOWN_DIFFERENCES if entry.holds(node, by))
    return next((entry for entry in entries if entry.within(node, values, want, got)), None)

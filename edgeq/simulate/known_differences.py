"""A table of known differences: where interpreters compute other bytes than edgeq, why, and who is
right.

Each entry was measured on the versions that it names and is demonstrated by
tests/simulate/test_known_differences.py. Where interpreters disagree edgeq follows TFLM, which runs
on devices.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from edgeq.opkit.float_weights import is_hybrid
from edgeq.opkit.node import Node, Values
from edgeq.opkit.squash import COARSE
from edgeq.simulate.difference_bounds import (
    ONE_STEP,
    Within,
    anything,
    beyond_the_type_alone,
    bins_outside_alone,
    border_alone,
    close_floats,
    close_floats_of_a_state,
    gates_in_fixed_point,
    indices_outside_alone,
    infinite_alone,
    last_place,
    nan_and_negative_zero_alone,
    not_finite_alone,
    quotients_beyond_int32_alone,
    quotients_of_linear_ends_alone,
    rounded_once,
    rounded_twice_in_32_bits,
    steps_of_a_loop,
    transposed_in_32_bits,
    within_steps,
    within_steps_but_at_0,
    zero_divisors_alone,
)
from edgeq.simulate.difference_conditions import (
    coarse_cells,
    dense_layer_within,
    equal_scales,
    factors_in_float32_differ,
    indexes_outside,
    integer,
    kept_dimensions,
    merged_rows,
    multiplied,
    other_hidden_scale,
    per_channel,
    power_of_two,
    product_of_scales,
    recurrent_products_beyond_16_bits,
    rescaled,
)
from edgeq.simulate.float32_factors import factor_in_float32, scales_multiplied_in_float32
from edgeq.simulate.interpreter import (
    BOTH,
    LITERT,
    TFLITE_RUNTIME,
    TFLM,
    Interpreter,
    Versions,
)
from edgeq.simulate.litert import only_rows_of_another_scale

EDGEQ = "edgeq, as TFLM"
REALS = ("float32", "bool")  # what a CAST of any float has a defined value in


@dataclass(frozen=True, eq=False)
class KnownDifference:
    """One reason why an interpreter's output of some layers is not edgeq's, given equal inputs.

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
        """Whether this difference can occur in a layer that an interpreter of this version runs."""
        versions = self.interpreters.get(by.package, ())
        return node.kind in self.kinds and by.version.startswith(versions) and self.applies(node)


KNOWN_DIFFERENCES: tuple[KnownDifference, ...] = (
    KnownDifference(
        frozenset({"FULLY_CONNECTED"}),
        kept_dimensions,
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
        within=rounded_twice_in_32_bits,
    ),
    KnownDifference(
        frozenset({"FULLY_CONNECTED", "CONV_2D", "DEPTHWISE_CONV_2D"}),
        lambda node: node.output.dtype == "float32" and is_hybrid(node),
        BOTH,
        "C leaves undefined what it makes of NaN and infinity as integers",
        "either: such activations mean nothing",
        within=not_finite_alone,
    ),
    KnownDifference(
        frozenset({"RELU6"}),
        lambda node: node.output.dtype == "float32",
        TFLITE_RUNTIME,
        "it makes 0 of NaN and -0, which TFLM and later TFLite keep",
        within=nan_and_negative_zero_alone,
    ),
    KnownDifference(
        frozenset({"QUANTIZE"}),
        lambda node: node.input(0).dtype == "float32",
        {**BOTH, **TFLM},
        "it converts NaN and quotients beyond int32 to integers, which C leaves undefined",
        "edgeq for quotients, which it saturates; either for NaN, which means nothing",
        within=quotients_beyond_int32_alone,
    ),
    KnownDifference(
        frozenset({"ELU", "GELU"}),
        integer,
        {**BOTH, **TFLM},
        "it converts quotients beyond int32 to integers, which C leaves undefined",
        "edgeq, which saturates them",
        within=quotients_of_linear_ends_alone,
    ),
    KnownDifference(
        frozenset({"FULLY_CONNECTED"}),
        product_of_scales,
        TFLITE_RUNTIME,
        "it multiplies the scales of input and weights in float32, TFLM in float64",
    ),
    KnownDifference(
        frozenset({"FULLY_CONNECTED"}),
        integer,
        LITERT,
        "it rounds the sums of dense layers once, TFLM and tflite-runtime twice",
        within=rounded_once,
    ),
    KnownDifference(
        frozenset({"WHILE", "IF"}),
        dense_layer_within,
        LITERT,
        "it rounds the sums of dense layers once, TFLM and tflite-runtime twice",
        within=steps_of_a_loop,
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
        rescaled,
        BOTH,
        "it divides the scales in float32, TFLM in float64",
    ),
    KnownDifference(
        frozenset({"PRELU"}),
        multiplied,
        BOTH,
        "it multiplies and divides the scales in float32, TFLM in float64",
    ),
    KnownDifference(
        frozenset({"MUL"}),
        multiplied,
        BOTH,
        "it multiplies and divides the scales in float32, TFLM in float64",
        within=factor_in_float32,
    ),
    KnownDifference(
        frozenset({"LOGISTIC", "TANH"}),
        lambda node: node.output.dtype == "int8" and node.input(0).scale >= COARSE,
        BOTH,
        "it looks up rounded floats, where TFLM cuts off at 0 already",
        within=within_steps_but_at_0(5),
    ),
    KnownDifference(
        frozenset({"LOGISTIC", "TANH"}),
        lambda node: node.output.dtype == "int8" and 1 <= node.input(0).scale < COARSE,
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
        lambda node: integer(node) and factors_in_float32_differ(node),
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
        power_of_two,
        BOTH,
        "it has a kernel of its own for int16 whose scales are powers of two, which rounds otherwise",
    ),
    KnownDifference(
        frozenset({"FULLY_CONNECTED"}),
        lambda node: node.output.dtype == "float32" and is_hybrid(node) and per_channel(node),
        TFLITE_RUNTIME,
        "it takes one scale for all units of int8 weights",
        "edgeq, as later TFLite",
        within=anything,
    ),
    KnownDifference(
        frozenset({"CONV_2D"}),
        equal_scales,
        TFLITE_RUNTIME,
        "it multiplies float layers whose int8 filters all have one scale, written once for each, by 0",
        "edgeq, as later TFLite",
        within=anything,
    ),
    KnownDifference(
        frozenset({"BATCH_MATMUL"}),
        product_of_scales,
        BOTH,
        "it multiplies the scales of both matrices in float32, TFLM in float64",
        within=scales_multiplied_in_float32,
    ),
    KnownDifference(
        frozenset({"BATCH_MATMUL"}),
        merged_rows,
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
        integer,
        BOTH,
        "its sums of quantized values are none of their real values, whatever the scales",
        within=anything,
    ),
    KnownDifference(
        frozenset({"UNIDIRECTIONAL_SEQUENCE_LSTM"}),
        lambda node: integer(node) and not coarse_cells(node),
        BOTH,
        "it computes the functions of gates in fixed point, TFLM by a table",
        within=gates_in_fixed_point,
    ),
    KnownDifference(
        frozenset({"UNIDIRECTIONAL_SEQUENCE_LSTM"}),
        lambda node: integer(node) and coarse_cells(node),
        BOTH,
        "it takes cells that reach 1 to 64 alone, and their scale for a power of two",
        within=anything,
    ),
    KnownDifference(
        frozenset({"UNIDIRECTIONAL_SEQUENCE_LSTM"}),
        other_hidden_scale,
        BOTH,
        "it quantizes the hidden state by an intermediate tensor of the layer, TFLM by the state's own "
        "scale",
        within=anything,
    ),
    KnownDifference(
        frozenset({"UNIDIRECTIONAL_SEQUENCE_LSTM"}),
        recurrent_products_beyond_16_bits,
        BOTH,
        "it brings the sum of a gate's products to 16 bits, TFLM each of the two products as well",
        within=anything,
    ),
    KnownDifference(
        frozenset({"UNIDIRECTIONAL_SEQUENCE_LSTM"}),
        lambda node: node.output.dtype == "float32",
        BOTH,
        "it adds the products of gates in another order",
        within=close_floats_of_a_state,
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
        within=transposed_in_32_bits,
    ),
    KnownDifference(
        frozenset({"DIV"}),
        lambda node: node.output.dtype == "int8",
        TFLM,
        "it divides by 0 as C leaves undefined, where edgeq has the end of the range with the "
        "dividend's sign",
        "either: such a quotient means nothing",
        within=zero_divisors_alone,
    ),
    KnownDifference(
        frozenset({"CAST"}),
        lambda node: node.input(0).dtype == "float32" and node.output.dtype not in REALS,
        {**BOTH, **TFLM},
        "C leaves undefined what becomes of a float beyond an integer type, which edgeq makes the "
        "nearest integer",
        "either: such a number means nothing",
        within=beyond_the_type_alone,
    ),
    KnownDifference(
        frozenset({"GATHER", "GATHER_ND", "SLICE", "STRIDED_SLICE", "REVERSE_SEQUENCE"}),
        indexes_outside,
        {**BOTH, **TFLM},
        "it reads outside of its input where an index is, for which edgeq takes the nearest",
        "either: such an index means nothing",
        within=indices_outside_alone,
    ),
    KnownDifference(
        frozenset({"ADD_N"}),
        lambda node: node.output.dtype == "float32",
        BOTH,
        "it keeps sums at the greatest finite number, where TFLM has infinity",
        within=infinite_alone,
    ),
    KnownDifference(
        frozenset({"SIGNAL_ENERGY"}),
        lambda node: True,
        TFLM,
        "it leaves bins outside of its range as memory was, where edgeq writes zeros",
        "either: such bins mean nothing",
        within=bins_outside_alone,
    ),
    KnownDifference(
        frozenset({"SIN", "COS", "LOG", "POW"}),
        lambda node: True,
        {**BOTH, **TFLM},
        "the C library of this machine fuses products and sums, which microcontrollers do not",
        "edgeq, as the same library without fused operations",
        within=last_place,
    ),
    KnownDifference(
        frozenset({"RELU6"}),
        lambda node: integer(node) and node.input(0).quantization != node.output.quantization,
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

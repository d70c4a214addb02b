"""Where interpreters are known to compute other bytes than edgeq, why, and who is right: a table.

Each entry was measured on the versions that it names; tests/simulate/test_known.py shows each of them at work. TFLM is
what runs on devices, so edgeq computes what TFLM computes wherever the two parts agree on nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from edgeq.opkit.contract import Node, Values
from edgeq.opkit.float_weights import is_hybrid
from edgeq.simulate.litert import dense_rounded_once, only_rows_of_another_scale

if TYPE_CHECKING:
    from edgeq.simulate.oracles import Interpreter

EDGEQ = "edgeq, as TFLM"
Versions: TypeAlias = Mapping[str, tuple[str, ...]]
Within: TypeAlias = Callable[[Node, Sequence[Values | None], Values, Values], bool]
"""(layer, its inputs, what edgeq computes, what the interpreter has), each [samples, ...] -> whether that is known."""


def anything(node: Node, values: Sequence[Values | None], want: Values, got: Values) -> bool:
    """Whatever the interpreter has: nothing bounds it."""
    return True


def equal_values(node: Node, values: Sequence[Values | None], want: Values, got: Values) -> bool:
    """Numbers that are equal though their bytes are not, as 0 and -0."""
    return bool(np.all(want == got))


def within_steps(most: int) -> Within:
    """No element is more steps of the output's scale away."""
    return lambda node, values, want, got: bool(np.all(np.abs(want.astype(np.int64) - got.astype(np.int64)) <= most))


def rounded_once(node: Node, values: Sequence[Values | None], want: Values, got: Values) -> bool:
    """To the byte what LiteRT's dense layers compute."""
    x = values[0]
    return x is not None and np.array_equal(dense_rounded_once(node, x), got)


ONE_STEP = within_steps(1)


@dataclass(frozen=True, eq=False)
class Disagreement:
    """Layers that an interpreter computes otherwise, given the same inputs.

    kinds: the operators; applies: which of their layers; interpreters: package -> how its versions begin, "" for all.
    within: whether an output is what is known of the interpreter, given what edgeq computes.
    right: whose bytes are right.
    """

    kinds: frozenset[str]
    applies: Callable[[Node], bool]
    interpreters: Versions
    reason: str
    right: str = EDGEQ
    within: Within = ONE_STEP

    def holds(self, node: Node, by: Interpreter) -> bool:
        """Whether it is about this layer on this interpreter."""
        versions = self.interpreters.get(by.package, ())
        return node.kind in self.kinds and by.version.startswith(versions) and self.applies(node)


def _integer(node: Node) -> bool:
    return node.output.dtype in ("int8", "int16")


def _rescaled(node: Node) -> bool:
    """Whether a quotient of the scales, or that times alpha, is another in float32 than in float64."""
    if not _integer(node):
        return False
    x, y, alpha = node.input(0).scale, node.output.scale, getattr(node.attributes, "alpha", 1.0)
    single = np.float32(x) / np.float32(y), np.float32(x) * np.float32(alpha) / np.float32(y)
    return any(float(narrow) != wide for narrow, wide in zip(single, (x / y, x * alpha / y), strict=True))


def _per_channel(node: Node) -> bool:
    weights = node.input(1).quantization
    return weights is not None and weights.per_channel


def _kept_dimensions(node: Node) -> bool:
    return _integer(node) and node.attributes.keep_num_dims and _per_channel(node) and len(node.output.shape) > 2


def _product_of_scales(node: Node) -> bool:
    if node.output.dtype != "int8" or _per_channel(node):
        return False
    x, w = node.input(0).scale, node.input(1).scale
    return float(np.float32(x) * np.float32(w)) != x * w


def _power_of_two(node: Node) -> bool:
    scales = (node.input(0).scale, node.input(1).scale, node.output.scale) if node.output.dtype == "int16" else (3.0,)
    return all(np.frexp(scale)[0] == 0.5 for scale in scales)


def _equal_scales(node: Node) -> bool:
    weights = node.input(1).quantization
    hybrid = node.output.dtype == "float32" and node.input(1).dtype == "int8"
    return hybrid and weights is not None and weights.per_channel and len(set(weights.scale)) == 1


TFLITE_RUNTIME: Versions = {"tflite-runtime": ("2.14",)}
BOTH: Versions = {**TFLITE_RUNTIME, "ai-edge-litert": ("1.", "2.")}
LITERT: Versions = {"ai-edge-litert": BOTH["ai-edge-litert"]}
TFLM: Versions = {"tflite-micro": ("",)}

DISAGREEMENTS: tuple[Disagreement, ...] = (
    Disagreement(
        frozenset({"FULLY_CONNECTED"}),
        _kept_dimensions,
        TFLITE_RUNTIME,
        "it takes the first two sizes of an output with kept dimensions for all of it, which later TFLite mended",
        "edgeq, as TFLM and later TFLite",
        within=anything,
    ),
    Disagreement(
        frozenset({"FULLY_CONNECTED"}),
        lambda node: node.output.dtype == "int16" and node.optional(2) is None,
        TFLITE_RUNTIME,
        "it sums int16 without bias in 32 bits and rounds twice",
    ),
    Disagreement(
        frozenset({"FULLY_CONNECTED"}),
        _product_of_scales,
        TFLITE_RUNTIME,
        "it multiplies the scales of input and weights in float32, TFLM in float64",
    ),
    Disagreement(
        frozenset({"FULLY_CONNECTED"}),
        _integer,
        LITERT,
        "it rounds the sums of dense layers once, TFLM and tflite-runtime twice",
        within=rounded_once,
    ),
    Disagreement(
        frozenset({"FULLY_CONNECTED", "CONV_2D", "DEPTHWISE_CONV_2D"}),
        lambda node: node.output.dtype == "float32" and is_hybrid(node),
        LITERT,
        "it divides the range of float activations in float32, tflite-runtime in float64",
        "edgeq, as tflite-runtime",
        within=only_rows_of_another_scale,
    ),
    Disagreement(
        frozenset({"RELU", "RELU6", "LEAKY_RELU", "ABS"}),
        _rescaled,
        BOTH,
        "it divides the scales in float32, TFLM in float64",
    ),
    Disagreement(
        frozenset({"LOGISTIC", "TANH"}),
        lambda node: node.output.dtype == "int8" and node.input(0).scale >= 1,
        BOTH,
        "it looks up rounded floats, where TFLM computes in fixed point and cuts off below 16",
        within=within_steps(5),
    ),
    Disagreement(
        frozenset({"SOFTMAX"}),
        lambda node: node.output.dtype == "int16",
        BOTH,
        "it fills its tables of exponentials by other operations",
    ),
    Disagreement(
        frozenset({"ADD", "SUB"}),
        _power_of_two,
        BOTH,
        "it has a kernel of its own for int16 whose scales are powers of two, which rounds otherwise",
    ),
    Disagreement(
        frozenset({"CONV_2D"}),
        _equal_scales,
        TFLITE_RUNTIME,
        "it multiplies float layers whose int8 filters all have one scale, written once for each, by 0",
        "edgeq, as later TFLite",
        within=anything,
    ),
    Disagreement(
        frozenset({"RELU6"}),
        lambda node: node.output.dtype == "float32",
        {**TFLM, **LITERT},
        "it keeps -0, of which tflite-runtime makes 0",
        "either: both are zero",
        within=equal_values,
    ),
    Disagreement(
        frozenset({"RELU6"}),
        lambda node: _integer(node) and node.input(0).quantization != node.output.quantization,
        TFLM,
        "TFLM ignores that the output has another scale than the input",
        "edgeq, as TFLite; use the native engine, or give both tensors one scale",
        within=anything,
    ),
)


def find_known(node: Node, by: Interpreter, values: Sequence[Values | None], want: Values,
               got: Values) -> Disagreement | None:  # fmt: skip
    """The entry that an interpreter's output `got` of a layer falls under, None where there is none.

    values: the layer's inputs; want: what edgeq computes of them.
    """
    entries = (entry for entry in DISAGREEMENTS if entry.holds(node, by))
    return next((entry for entry in entries if entry.within(node, values, want, got)), None)

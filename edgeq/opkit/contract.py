"""The contract between an operator module and the rest of edgeq: plain data in, plain data out.

A module `edgeq/ops/<kind>.py` has, in this order:

    Attributes       frozen dataclass of the options it reads (TFLite's names; enum values by name). Defaults are what
                     TFLite takes where a file has no table of options, 0 everywhere; an option that cannot be 0, such
                     as a stride, has no default, so a file must say it
    TYPES            {input dtypes: output dtypes}, the type rules; an optional input that is absent is left out, and
                     "int8|int16" is an output that may be either, and "..." after an output any number of the same
    OPTIONS          the schema's table of these options; none where it reads none
    NEWEST_VERSION   the newest version of the operator that TFLite knows (register.cc, 2026-11); newer ones are refused
    output_shapes    node -> shapes of the outputs; checks ranks, options and scales, raises `unsupported(node, ...)`
    simulate         node, *values -> exact values of the output. values[i] has shape [samples, *shape of input i] and
                     its dtype (constants: samples = 1; an absent input is None); the result likewise
    kernel           node -> KernelCall (or View: the output is the input's bytes under another shape)
    macs             optional: node -> multiply-accumulates per inference
    rows             optional: node -> RowForm (edgeq/opkit/rows.py), how a few rows are computed, or None

and what a quantizer must respect, each optional:

    WEIGHTS          WeightRole: which inputs are weights and bias
    SAME_SCALE       True where the outputs have the scale and zero point of the data inputs
    HOMOGENEOUS      True where, but for a fused activation, a channel of all inputs that is multiplied by s > 0 has its
                     channel of the output multiplied by s, and no other; of operators with axes or a shape as
                     constants, where these leave the channels as they are
    FIXED_OUTPUT     {dtype: (scale, zero point)} where TFLite prescribes the output's quantization
    VERSIONS         {dtypes: the operator's version in files}, where it is not 1 (TFLite's op_version.cc): the dtype of
                     the output, or of layers with weights those of input and weights
    SCALES_VERSION   that of int8 weights with several scales and float32 activations, where TFLite tells them apart
    EQUAL_SCALES     True where such weights have a scale for each channel even if all are equal
    columns          node, real x [samples, *shape of input 0] -> what the weights are multiplied by, [groups,
                     positions, weights of a channel]; output channels are spread evenly over groups, in their order

and beside it `firmware_templates/native/<kind>.c`. Modules are found by name, registered nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from edgeq.errors import ModelError, UnsupportedError, shown
from edgeq.graph import Op, Tensor

Values = npt.NDArray[Any]
Shape = tuple[int, ...]
Types = Mapping[tuple[str, ...], tuple[str, ...]]


class Extent(int):
    """A size of a layer, 0 or more, which C may hold as an `edgeq_extent`: 16 bits unless the model has larger ones."""


class SmallExtent(Extent):
    """One that the smallest code holds in 8 bits, an `edgeq_small_extent`, unless the model has larger ones."""


Parameter = int | float | tuple[int, ...] | npt.NDArray[Any]


def extents(**sizes: int) -> dict[str, Parameter | None]:
    """Sizes as parameters of a kernel whose C fields are of type `edgeq_extent`."""
    return {field: Extent(size) for field, size in sizes.items()}


def small_extents(**sizes: int) -> dict[str, Parameter | None]:
    """Sizes as parameters of a kernel whose C fields are of type `edgeq_small_extent`."""
    return {field: SmallExtent(size) for field, size in sizes.items()}


@dataclass(frozen=True)
class Node:
    """An operator with its tensors and parsed options in place of indices and raw attributes."""

    index: int
    kind: str
    attributes: Any
    inputs: tuple[Tensor | None, ...]
    outputs: tuple[Tensor, ...]

    @property
    def name(self) -> str:
        """The layer's name: that of its first output, as converters name tensors after layers."""
        return self.outputs[0].name if self.outputs else ""

    def input(self, position: int) -> Tensor:
        """The tensor at an input position; ModelError where the file left out an input that must be there."""
        tensor = self.inputs[position] if position < len(self.inputs) else None
        if tensor is None:
            raise ModelError(
                f"{describe(self)} has no input {position}", "the operator needs it", "convert the model again"
            )
        return tensor

    def optional(self, position: int) -> Tensor | None:
        """The tensor at an input position, or None where the file leaves it out."""
        return self.inputs[position] if position < len(self.inputs) else None

    @property
    def output(self) -> Tensor:
        return self.outputs[0]


@dataclass(frozen=True)
class KernelCall:
    """One call of a C kernel: `function(&parameters, inputs..., output, scratch)`.

    function: the public function of the kernel's file; its parameter struct is `<function>_params`.
    parameters: the struct's fields in order. An int or float is a scalar, a tuple an array inside the struct, a NumPy
        array a constant array in flash that the field points to; None is a null pointer.
    inputs: positions of the node's inputs passed as pointers; the others are baked into the parameters.
    scratch_bytes: working memory in the arena, 8-byte aligned; passed as the last argument when it is not zero.
    overlap: for each entry of `inputs`, the least distance in bytes that the output must start below that input for
        every byte to be read before it is overwritten (0: in place is safe; negative: it may even start above it);
        None: they may not share a byte.
    exact: the output lies just at that distance or shares no byte with the input; more distance is not safe.
    source: the kernel's file, `native/<source>.c`; empty means `<kind>.c`. An operator with one kernel for each dtype
        has one file for each, such as `quantize_f32_s8.c`, so that a model carries only those it calls.
    gathered: the inputs are passed as one array, `const EDGEQ_FLASH void *const *`, as their number varies.
    scattered: so are the outputs, as `void *const *`.
    """

    function: str
    parameters: Mapping[str, Parameter | None]
    inputs: tuple[int, ...] = (0,)
    scratch_bytes: int = 0
    overlap: tuple[int | None, ...] = field(default=(None,))
    source: str = ""
    gathered: bool = False
    scattered: bool = False
    exact: bool = False


@dataclass(frozen=True)
class View:
    """The outputs are bytes of an input, each from its entry of `offsets` on: no code, no memory.

    Offsets must be as aligned as the tensors that lie there, see `edgeq.plan.arena`.
    """

    input: int
    offsets: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class WeightRole:
    """Which inputs of an operator are its weights and its bias. axis: that of the weights' output channels; rank: of
    the weights.
    """

    axis: int
    rank: int
    weights: int = 1
    bias: int = 2


class Operator(Protocol):
    """What an operator module looks like to the rest of edgeq."""

    Attributes: type[Any]
    TYPES: Types
    NEWEST_VERSION: int

    @staticmethod
    def output_shapes(node: Node) -> tuple[Shape, ...]: ...
    @staticmethod
    def simulate(node: Node, *values: Values | None) -> Values | tuple[Values, ...]: ...
    @staticmethod
    def kernel(node: Node) -> KernelCall | View: ...


def describe(node: Node) -> str:
    """How messages name a layer: `layer 3, CONV_2D "conv/Relu"`."""
    return f'layer {node.index}, {node.kind} "{shown(node.name)}"'


def unsupported(
    node: Node, why: str, remedy: str = "change the layer, then convert the model again"
) -> UnsupportedError:
    """The error for a legal layer that edgeq does not compute."""
    return UnsupportedError(f"{describe(node)} is not supported", why, remedy)


def parse_attributes(attributes_type: type[Any], op: Op, options: str, where: str) -> Any:
    """The options that `attributes_type` declares, taken from the operator; its defaults where the file has none.

    options: the table that holds them; another one is none, as TFLite has it. where: the layer, for messages. Raises
    ModelError where the file does not say an option that must be said.
    """
    given = dict(op.attributes) if op.options_type in ("", options) else {}
    missing = [f.name for f in fields(attributes_type) if f.default is MISSING and f.name not in given]
    if missing:
        raise ModelError(
            f"{where} does not say its {', '.join(missing)}",
            f"TFLite takes that from {options}, and the file has {op.options_type or 'no table of options'}",
            "convert the model again",
        )
    return attributes_type(**{f.name: given[f.name] for f in fields(attributes_type) if f.name in given})


def check_types(node: Node, types: Types) -> None:
    """Raises UnsupportedError unless the node's dtypes are a row of `types`."""
    got = tuple(t.dtype for t in node.inputs if t is not None)
    outputs = tuple(t.dtype for t in node.outputs)
    counts = sorted({len(row) for row in types})
    if len(got) not in counts:
        known = f"{counts[0]} to {counts[-1]}" if len(counts) > 1 else f"{counts[0]}"
        raise unsupported(node, f"it has {len(got)} inputs, known are {known}")
    expected = types.get(got, ())
    if expected[1:] == ("...",):
        expected = expected[:1] * len(outputs)
    if len(expected) != len(outputs) or any(o not in e.split("|") for o, e in zip(outputs, expected, strict=True)):
        near = [row for row in types.items() if len(row[0]) == len(got)]
        known = ", ".join(f"{' x '.join(i)} -> {' x '.join(o)}" for i, o in near)
        raise unsupported(
            node,
            f"its types are {' x '.join(got)} -> {' x '.join(outputs)}, known are {known}",
            "convert it to full integers (int8)",
        )


def constant(node: Node, position: int) -> npt.NDArray[Any]:
    """The values of an input that must be constant; UnsupportedError where it is computed."""
    tensor = node.input(position)
    if tensor.buffer is None:
        raise unsupported(node, f'its input {position} "{shown(tensor.name)}" is computed, not constant')
    return np.asarray(tensor.array)


def check_quantized(node: Node, *tensors: Tensor) -> None:
    """Raises unless each tensor has one scale and one zero point."""
    for tensor in tensors:
        if tensor.quantization is None or tensor.quantization.per_channel:
            raise unsupported(
                node,
                f'"{shown(tensor.name)}" has {"no" if tensor.quantization is None else "more than one"} scale, '
                "it takes one",
                "convert the model to full integers (int8)",
            )


def check_same_quantization(node: Node, *tensors: Tensor) -> None:
    """Raises unless all tensors share one scale and zero point, as views and pooling need."""
    first = _affine(tensors[0])
    for other in tensors[1:]:
        if other.dtype in ("int8", "int16") and _affine(other) != first:
            raise unsupported(
                node,
                f'"{shown(tensors[0].name)}" and "{shown(other.name)}" differ in scale or zero point, '
                "which this operator keeps",
            )


def _affine(tensor: Tensor) -> tuple[object, ...]:
    """Scales, zero points and their axis, which says nothing where there is one of each."""
    q = tensor.quantization
    return () if q is None else (q.scale, q.zero_point, q.axis if q.per_channel else 0)

"""The contract between an operator module and the rest of edgeq: plain data in, plain data out.

A module `edgeq/ops/<kind>.py` has these parts, which `edgeq.opkit.operator_module` makes an `Operator` of:

    Attributes       frozen dataclass of the options it reads (TFLite's names; enum values by name).
                     Defaults are what TFLite takes where a file has no table of options, 0
                     everywhere; an option that cannot be 0, such as a stride, has no default, so a
                     file must say it
    TYPES            {input dtypes: output dtypes}, the type rules; an optional input that is absent
                     is left out, and "int8|int16" is an output that may be either, and "..." after
                     an output any number of the same; no rows: any types, as the operator's regions
                     have them
    NEWEST_VERSION   the newest version of the operator that TFLite knows (register.cc, 2026-11);
                     newer ones are refused
    output_shapes    node -> shapes of the outputs; checks ranks, options and scales, raises
                     `unsupported(node, ...)`
    simulate         node, *values -> exact values of the output. values[i] has shape [samples,
                     *shape of input i] and its dtype (constants: samples = 1; an absent input is
                     None); the result likewise
    kernel           node -> KernelCall (or View: the output is the input's bytes under another
                     shape; of an operator with regions a Loop or Branch around their calls)

and may have these, each with a default in `Operator`:

    OPTIONS          the schema's table of these options; none where it reads none
    macs             node -> multiply-accumulates per inference
    work             node -> what simulating it takes, in multiply-accumulates of matrix products
    rows             node -> RowKernel (edgeq/opkit/rows.py), how a few rows are computed, or None
    channels         node -> Channels (edgeq/opkit/channels.py), which channels can be left out, and what
                     goes with them, or None: all must stay. Not needed beside ELEMENTWISE
    index_limits     node -> {input: how many values its indices may take}, a number or one for each
                     element of the last axis: what random inputs stay below

    STATE            positions of inputs that are variables. Where the operator writes them they are
                     outputs as well, behind the others: `simulate` gives their new values, and the
                     kernel gets pointers to them as outputs. TYPES and output_shapes name them
    RESTARTS         True where they may be constants as well, from which the state starts anew at
                     each inference; then they are no outputs, and output_shapes leaves them out
    internal_state   node -> (shape, dtype) of variables that files do not name because the operator
                     keeps them by itself: its last STATE inputs. They start at zero, which is that of
                     the first input's quantization where they have its dtype
    state_ranges     node, real x [samples, ...] -> {position: Interval} of its STATE on these samples
    inputs_in_integers float node, its first input and output in integers, `state_ranges` or parts
                     of them -> QuantizedInputs: what its other inputs become, where these are several
                     weights
    SUMMED           beside it, where products of several weights add up to one sum: each Sum
    sum_inputs       node, real x [samples, ...] -> what the weights of each of SUMMED are multiplied
                     by, side by side, [rows, taps]

    variant          node -> Variant (edgeq/opkit/variants.py): which of several kernels it gets
    KERNELS          {Variant: Kernel}, needed beside `variant`: what each of these kernels is

    LIBRARY_CALLS    {library's name (edgeq/opkit/libraries.py): node -> KernelCall that computes the
                     same bytes by a function of that library, or None where it has none that does}

    ELEMENTWISE      True where each element of the output depends on those at its place alone, of
                     inputs that may be broadcast

and what a quantizer must respect:

    WEIGHTS          WeightRole: which inputs are weights and bias; `macs` and `im2col_matrix` are
                     needed beside it
    im2col_matrix    node, real x [samples, *shape of the role's x] -> what the weights are multiplied
                     by, [groups, positions, weights of a channel]; output channels are spread
                     evenly over groups, in their order
    SAME_SCALE       True where the outputs have the scale and zero point of the data inputs
    CLAMPS           True where a constant input bounds the output or is chosen in its place, so that
                     where samples never reach the constant, it may saturate
    HOMOGENEOUS      True where, but for a fused activation, a channel of all inputs that is
                     multiplied by s > 0 has its channel of the output multiplied by s, and no
                     other; of operators with axes or a shape as constants, where these leave the
                     channels as they are
    ON_REALS         True where a quantizer must give it real values: it takes integers as they are,
                     whatever their scale, or at few scales alone
    FIXED_OUTPUT     {dtype: (scale, zero point)} where TFLite prescribes the output's quantization
    VERSIONS         {dtypes: the operator's version in files}, where it is not 1 (TFLite's
                     op_version.cc): the dtype of the output, or of layers with weights those of
                     input and weights
    SCALES_VERSION   that of int8 weights with several scales and float32 activations, where TFLite
                     tells them apart
    EQUAL_SCALES     True where such weights have a scale for each channel even if all are equal

Beside it stands `firmware_templates/native/<family>/<kind>.c`. Modules and kernels are found by
name, registered nowhere. Names that begin with an underscore are the module's own; so is every
other name that is not close to one of the contract's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from edgeq.graph import Tensor
from edgeq.opkit.channels import Channels
from edgeq.opkit.checks import Types
from edgeq.opkit.kernel_call import Control, KernelCall, View
from edgeq.opkit.node import Node, Shape, Values
from edgeq.opkit.rows import RowKernel
from edgeq.opkit.variants import Kernels, Variant


@dataclass(frozen=True)
class WeightRole:
    """Which inputs of an operator are its weights, its bias and what these are applied to (x).
    axis: that of the weights' output channels; rank: of the weights.
    """

    axis: int
    rank: int
    weights: int = 1
    bias: int = 2
    x: int = 0


Interval = tuple[float, float]
"""The least and the largest real value."""


@dataclass(frozen=True)
class QuantizedInputs:
    """What an operator's tensors become in integers. inputs: by their positions. intermediates: what
    the file says of results inside of the operator.
    """

    inputs: Mapping[int, Tensor]
    intermediates: tuple[Tensor, ...] = ()


@dataclass(frozen=True)
class Sum:
    """Positions of weights [channels, taps], whose products are added, and of their bias."""

    weights: tuple[int, ...]
    bias: int


def no_rows(_: Node) -> None:
    """No row kernel, whatever the node."""


def no_channels(_: Node) -> None:
    """All channels must stay, whatever the node."""


@dataclass(frozen=True)
class Operator:
    """What an operator module declares; fields are the contract's parts in lower case.

    summary: the first paragraph of the module's docstring.
    """

    attributes: type[Any]
    types: Types
    newest_version: int
    output_shapes: Callable[[Node], tuple[Shape, ...]]
    simulate: Callable[..., Values | tuple[Values, ...]]
    kernel: Callable[[Node], KernelCall | View | Control]
    options: str = ""
    macs: Callable[[Node], int] | None = None
    work: Callable[[Node], int] | None = None
    rows: Callable[[Node], RowKernel | None] = no_rows
    channels: Callable[[Node], Channels | None] = no_channels
    state: tuple[int, ...] = ()
    restarts: bool = False
    internal_state: Callable[[Node], tuple[tuple[Shape, str], ...]] | None = None
    state_ranges: Callable[[Node, Values], Mapping[int, Interval]] | None = None
    inputs_in_integers: (
        Callable[[Node, Tensor, Tensor, Mapping[int, Interval]], QuantizedInputs] | None
    ) = None
    summed: tuple[Sum, ...] = ()
    sum_inputs: Callable[[Node, Values], Values] | None = None
    index_limits: Callable[[Node], Mapping[int, int | Shape]] | None = None
    variant: Callable[[Node], Variant] | None = None
    kernels: Kernels = field(default_factory=dict)
    library_calls: Mapping[str, Callable[[Node], KernelCall | None]] = field(default_factory=dict)
    weights: WeightRole | None = None
    im2col_matrix: Callable[[Node, Values], Values] | None = None
    same_scale: bool = False
    clamps: bool = False
    homogeneous: bool = False
    elementwise: bool = False
    on_reals: bool = False
    fixed_output: Mapping[str, tuple[float, int]] = field(default_factory=dict)
    versions: Mapping[tuple[str, ...], int] = field(default_factory=dict)
    scales_version: int = 0
    equal_scales: bool = False
    summary: str = ""

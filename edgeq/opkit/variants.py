"""Which kernel computes a layer, as plain data.

An operator with several kernels chooses one for a node by a `Variant`, and its table `KERNELS` maps
each variant to a `Kernel`: C file and function, layout of the weights, parameters, scratch, and how
far the output may overlap the input.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from edgeq.opkit.kernel_call import KernelCall, Parameter
from edgeq.opkit.node import Node, Values, constant
from edgeq.opkit.requantize import Requantization
from edgeq.opkit.weight_storage import Storage, codes
from edgeq.opkit.windows import Window

Fields = dict[str, Parameter | None]
NARROW = "direct, 32-bit sums"  # the algorithm of int16 layers whose accumulators have 32 bits
ELEMENT = Window(input=1, output=1, size=1, stride=1, dilation=1, before=0)


@dataclass(frozen=True)
class Variant:
    """What selects the kernel of a layer.

    algorithm: how accumulators are computed, such as `direct` or `im2col`; activations, weights:
    dtypes of input and weights (int4 and codebooks count as int8 weights); storage: the form of the
    weights in flash; by_rows: True if a call computes some rows of the output from a line buffer,
    False if it computes the whole output.
    """

    operator: str
    algorithm: str
    activations: str
    weights: str = "int8"
    storage: Storage = Storage.PLAIN
    by_rows: bool = False


@dataclass(frozen=True)
class Layer:
    """A layer with weights, with what its kernels are parametrized by.

    channel_axis: the axis of the weights that numbers output channels; windows: the geometry of
    filters along rows and columns, a single element in dense layers; epilogue: the fields of the
    requantization epilogue (`epilogue_fields`), empty if none is proved; band: output rows of one
    call, 0 for all; requantization: from accumulators to outputs, where parameters depend on more of
    it than the epilogue.
    """

    node: Node
    channel_axis: int
    windows: tuple[Window, Window] = (ELEMENT, ELEMENT)
    epilogue: Mapping[str, Parameter | None] = field(default_factory=dict)
    band: int = 0
    requantization: Requantization | None = None

    @property
    def channels(self) -> int:
        """The number of output channels."""
        return self.node.output.shape[-1]

    @property
    def taps(self) -> int:
        """The number of weights of one output channel."""
        return self.node.input(1).size // self.channels

    def filters(self, weights: Values) -> Values:
        """Weights, or their codes, reshaped to [output channels, taps]."""
        return np.moveaxis(weights, self.channel_axis, 0).reshape(self.channels, -1)


@dataclass(frozen=True)
class Layout:
    """The order in which a kernel reads its weights.

    words: a description for documents; arrange: maps a layer and its weights as stored in the file
    (codes if they are packed) to the array that the kernel's parameters point to, or to rows of
    codes to be packed.
    """

    words: str
    arrange: Callable[[Layer, Values], Values]


AS_STORED = Layout("as the file has them", lambda _, weights: weights)


Parameters = Callable[[Layer, Values | None], Fields]
"""Layer, its arranged weights (None: they are elsewhere) -> the fields of a kernel's parameters."""


def no_scratch(_: Layer) -> int:
    """0: the scratch of a kernel that needs none."""
    return 0


def apart(_: Layer) -> None:
    """None: the overlap of a kernel whose output must not share a byte with its input."""


@dataclass(frozen=True)
class Kernel:
    """A C kernel with weights and how to call it.

    file: `native/*/<file>.c`; function: the public function of that file; layout: of the weights;
    parameters, scratch, overlap, exact: those of `KernelCall`, as functions of a layer; forms:
    (macro of the kernel's header, parameter whose value it fixes at compile time if all layers of a
    model agree on it).
    """

    file: str
    function: str
    layout: Layout
    parameters: Parameters
    scratch: Callable[[Layer], int] = no_scratch
    overlap: Callable[[Layer], int | None] = apart
    exact: bool = False
    forms: tuple[tuple[str, str], ...] = ()


Kernels = Mapping[Variant, Kernel]


def packed_forms(variant: Variant, kernel: Kernel) -> Kernels:
    """Table rows for a kernel that decodes both int4 and codebooks. variant: the variant with plain
    weights.
    """
    forms = (Storage.INT4, Storage.CODEBOOK)
    return {replace(variant, storage=form): kernel for form in forms}


def stored(kernels: Kernels, plain: Variant, form: Storage) -> Variant:
    """The variant for weights stored in that form; the variant of plain weights if the table has no
    kernel that decodes the form.
    """
    wanted = replace(plain, storage=form)
    return wanted if wanted in kernels else plain


def kernel_call(kernels: Kernels, variant: Variant, layer: Layer) -> KernelCall:
    """The call of the variant's kernel for a layer. Raises UnsupportedError if the weights are not
    constant.
    """
    kernel, node = kernels[variant], layer.node
    weights = constant(node, 1) if variant.storage is Storage.PLAIN else codes(node)
    parameters = kernel.parameters(layer, kernel.layout.arrange(layer, weights))
    values = {macro: parameters.get(name) for macro, name in kernel.forms}
    return KernelCall(
        kernel.function,
        parameters,
        scratch_bytes=kernel.scratch(layer),
        overlap=(kernel.overlap(layer),),
        source=kernel.file,
        exact=kernel.exact,
        forms={macro: value for macro, value in values.items() if isinstance(value, int)},
    )

"""The call of a C kernel as plain data: function, parameters, scratch, allowed overlap of output
and inputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

from edgeq.opkit.libraries import Library
from edgeq.opkit.loops import Counted


class Extent(int):
    """A size, 0 or more, for a C field of type `edgeq_extent`: 16 bits unless a layer of the model
    is larger.
    """


class SmallExtent(Extent):
    """A size, 0 or more, for a C field of type `edgeq_small_extent`: 8 bits in code optimized for
    size unless a layer of the model is larger, else those of `edgeq_extent`.
    """


@dataclass(frozen=True)
class Alternatives:
    """A constant array that instruction sets read in orders of their own. number: what their
    `arch.h` state, without `EDGEQ_`; arrays: a value of it -> the elements in the order that goes
    with it.
    """

    number: str
    arrays: Mapping[int, npt.NDArray[Any]]


Parameter = int | float | tuple[int, ...] | npt.NDArray[Any] | Alternatives


def nested(struct: str, fields: Mapping[str, Parameter | None]) -> dict[str, Parameter | None]:
    """Fields of a struct that is the field `struct` of another."""
    return {f"{struct}.{name}": value for name, value in fields.items()}


def extents(**sizes: int) -> dict[str, Parameter | None]:
    """Sizes as parameters for C fields of type `edgeq_extent`."""
    return {field: Extent(size) for field, size in sizes.items()}


def small_extents(**sizes: int) -> dict[str, Parameter | None]:
    """Sizes as parameters for C fields of type `edgeq_small_extent`."""
    return {field: SmallExtent(size) for field, size in sizes.items()}


@dataclass(frozen=True)
class KernelCall:
    """One call of a C kernel: `function(&parameters, inputs..., output, scratch)`.

    function: the public function of the kernel's file; its parameter struct is `<function>_params`.
    parameters: the struct's fields in order. An int or float is a scalar, a tuple an array inside
        the struct, a NumPy array a constant array in flash that the field points to, `Alternatives`
        one whose order depends on the instruction set; None is a null pointer.
    inputs: positions of the node's inputs passed as pointers; the others are baked into the
    parameters.
    scratch_bytes: working memory in the arena, 8-byte aligned; passed as the last argument when it
    is not zero.
    overlap: for each entry of `inputs`, the least distance in bytes that the output must start
        below that input for every byte to be read before it is overwritten (0: in place is safe;
        negative: it may even start above it); None: they may not share a byte.
    exact: the output lies just at that distance or shares no byte with the input; more distance is
    not safe.
    source: the kernel's file, `native/*/<source>.c`; empty means `<kind>.c`. A file with a table of
        types is rendered for the row that makes `function` (edgeq/codegen/kernel_rows.py).
    gathered: the inputs are passed as one array, `const EDGEQ_FLASH void *const *`, as their number
    varies.
    scattered: so are the outputs, as `void *const *`.
    forms: macros of the kernel's header and the values that this call gives them; a model in which
        all calls with such a macro agree on its value defines it, so that the compiler drops what
        other values would need.
    library: whose function the kernel calls; None where all of it is edgeq's. Inputs, outputs, scratch
        and int8 arrays are then aligned as the library wants it. A kernel with scratch also has a
        function `<function>_scratch_bytes(&parameters)`, which says what the library wants.
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
    forms: Mapping[str, int] = field(default_factory=dict)
    library: Library | None = None


@dataclass(frozen=True)
class View:
    """Outputs that are bytes of an input, each from its entry of `offsets` on: no kernel is called,
    no memory is taken.

    Each offset must be as aligned as the output's dtype requires, see `edgeq.plan.arena`.
    """

    input: int
    offsets: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class Loop:
    """A loop around the calls of a region. cond, body: names of regions; counted: how often it runs,
    None where the region `cond` says so at each step. The operator's inputs are what is carried, its
    outputs the same after the last step.
    """

    cond: str
    body: str
    counted: Counted | None


@dataclass(frozen=True)
class Branch:
    """The calls of one of two regions, chosen by the operator's first input; its others are the
    regions' inputs.
    """

    then: str
    otherwise: str


Control = Loop | Branch
"""What an operator with regions does in C."""

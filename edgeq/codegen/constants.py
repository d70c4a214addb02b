"""The constant arrays of a model in C: what kernels point to, equal ones once."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from edgeq.codegen.affine_inputs import front_calls
from edgeq.codegen.names import C_TYPES, c_comment, c_rows
from edgeq.errors import UnsupportedError
from edgeq.opkit.contract import KernelCall, Values
from edgeq.plan import Program

MAX_BYTES = 1 << 24  # of all constants


@dataclass(frozen=True)
class Array:
    """A constant array in flash, with its literals wrapped into lines.

    note: the layer and shape that it is from; shared: lines that name the other constants that are the same bytes.
    """

    name: str
    ctype: str
    length: int
    note: str
    shared: list[str]
    rows: list[str]
    nbytes: int


@dataclass(frozen=True)
class Constants:
    """The arrays, those of inputs first, then in the order of the layers; of each constant the array that holds it."""

    arrays: tuple[Array, ...]
    names: Mapping[str, str]

    @property
    def nbytes(self) -> int:
        """Bytes in flash."""
        return sum(array.nbytes for array in self.arrays)


class _Constant(NamedTuple):
    name: str
    values: Values
    note: str


def find_constants(program: Program) -> Constants:
    """All constants of a program; those of the same C type and bytes share the first one's array.

    Raises UnsupportedError for more than `MAX_BYTES` of them, whose text would take minutes and gigabytes.
    """
    groups: dict[tuple[str, bytes], list[_Constant]] = {}
    for name, values, note in _constants(program):
        held = values if values.size else np.zeros(1, values.dtype)  # C has no arrays of no elements
        key = C_TYPES[held.dtype.name], np.ascontiguousarray(held).tobytes()
        groups.setdefault(key, []).append(_Constant(name, held, note))
    nbytes = sum(len(held) for _, held in groups)
    if nbytes > MAX_BYTES:
        why = f"its constants take {nbytes:,} bytes, at most {MAX_BYTES:,}, which no board has, are written as C"
        raise UnsupportedError("the model is too large", why, "make it smaller, or quantize it")
    arrays = tuple(_array(ctype, same) for (ctype, _), same in groups.items())
    return Constants(arrays, {constant.name: same[0].name for same in groups.values() for constant in same})


def parameter_name(owner: str, field: str) -> str:
    """The C name of a constant of a kernel's parameters `owner`; a dot leads into a struct within them."""
    return f"{owner}_{field.replace('.', '_')}"


def input_name(layer: int, position: int) -> str:
    """The C name of a constant that is an input of a kernel."""
    return f"layer{layer}_input{position}"


def output_name(index: int) -> str:
    """The C name of an output of the model that is constant."""
    return f"output{index}_values"


def _constants(program: Program) -> Iterator[_Constant]:
    for index, call in front_calls(program):
        for field, value in call.parameters.items():
            if isinstance(value, np.ndarray):
                yield _Constant(parameter_name(f"input{index}", field), value, f"input {index}, of each feature")
    for k, step in enumerate(program.steps):
        if not isinstance(step.call, KernelCall):
            continue
        for field, value in step.call.parameters.items():
            if isinstance(value, np.ndarray):
                yield _Constant(parameter_name(f"layer{k}", field), value, f"{step.node.kind}, {list(value.shape)}")
        for position in step.call.inputs:
            tensor = step.node.input(position)
            if tensor.constant:
                yield _Constant(input_name(k, position), tensor.array, c_comment(tensor.name))
    for index, t in enumerate(program.graph.outputs):
        tensor = program.graph.tensors[t]
        if tensor.constant:
            yield _Constant(output_name(index), tensor.array, c_comment(tensor.name))


def _array(ctype: str, same: list[_Constant]) -> Array:
    (name, values, note), *others = same
    shared = textwrap.wrap(f"also {', '.join(other.name for other in others)}", 96) if others else []
    return Array(name, ctype, values.size, note, shared, c_rows(values), values.nbytes)

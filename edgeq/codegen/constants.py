"""The constant arrays of models in C, arrays of equal type and bytes stored once."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from edgeq.codegen.affine_inputs import input_affine_calls
from edgeq.codegen.names import C_TYPES, c_comment, c_rows
from edgeq.errors import UnsupportedError
from edgeq.graph import initial_bytes
from edgeq.opkit.kernel_call import Alternatives, KernelCall
from edgeq.opkit.node import Values
from edgeq.plan import Program, Step
from edgeq.plan.control import programs as regions_of

MAX_BYTES = 1 << 24  # of all constants


@dataclass(frozen=True)
class Elements:
    """The literals of an array, wrapped into lines. condition: for the preprocessor, empty where no
    other is left.
    """

    condition: str
    length: int
    rows: list[str]


@dataclass(frozen=True)
class Array:
    """A constant array in flash.

    note: the layer and shape that it belongs to; shared: lines of comment that name other constants
    stored in it; variants: what depends on the instruction set, one for all if nothing does.
    """

    name: str
    ctype: str
    note: str
    shared: list[str]
    variants: list[Elements]
    nbytes: int


@dataclass(frozen=True)
class Constants:
    """arrays: of each program those of inputs first, then in the order of the layers; names: for
    each program, the array that holds each of its constants.
    """

    arrays: tuple[Array, ...]
    names: tuple[Mapping[str, str], ...]

    @property
    def nbytes(self) -> int:
        """Bytes that all arrays take in flash."""
        return sum(array.nbytes for array in self.arrays)

    def nbytes_of(self, program: int) -> int:
        """Bytes of the arrays that one program reads, also of those that it shares with others."""
        read = set(self.names[program].values())
        return sum(array.nbytes for array in self.arrays if array.name in read)


class _Constant(NamedTuple):
    name: str
    values: Values | Alternatives
    note: str

    @property
    def held(self) -> list[tuple[str, Values]]:
        """The elements with the condition for them, those of no condition last. C has no arrays of no
        elements.
        """
        if isinstance(self.values, Alternatives):
            number, arrays = self.values.number, self.values.arrays
            first, *others = sorted(arrays)
            conditions = [(f"EDGEQ_{number} == {n}", arrays[n]) for n in others]
            return [*conditions, ("", arrays[first])]
        return [("", self.values if self.values.size else np.zeros(1, self.values.dtype))]

    @property
    def key(self) -> tuple[str, tuple[bytes, ...]]:
        """C type and bytes."""
        held = [values for _, values in self.held]
        return C_TYPES[held[0].dtype.name], tuple(values.tobytes() for values in held)


def find_constants(programs: Sequence[tuple[str, Program]]) -> Constants:
    """All constants of programs that are compiled as one file, each with what its names in C begin
    with; constants of equal C type and bytes share one array.

    Raises UnsupportedError if they take more than `MAX_BYTES`, as writing them as text would take
    minutes and gigabytes.
    """
    groups: dict[tuple[str, tuple[bytes, ...]], list[_Constant]] = {}
    keys: list[dict[str, tuple[str, tuple[bytes, ...]]]] = []
    for own, program in programs:
        keys.append({})
        for constant in _constants(program):
            key = keys[-1][constant.name] = constant.key
            named = constant._replace(name=f"{own}{constant.name}")
            groups.setdefault(key, []).append(named)
    nbytes = sum(max(map(len, arrays)) for _, arrays in groups)
    if nbytes > MAX_BYTES:
        why = f"its constants take {nbytes:,} bytes, at most {MAX_BYTES:,}, which no board has, are written as C"
        raise UnsupportedError("the model is too large", why, "make it smaller, or quantize it")
    arrays = tuple(_array(ctype, same) for (ctype, _), same in groups.items())
    held = {key: same[0].name for key, same in groups.items()}
    return Constants(arrays, tuple({name: held[key] for name, key in of.items()} for of in keys))


def parameter_name(owner: str, field: str) -> str:
    """The C name of an array among the kernel parameters `owner`; a dot in `field` separates nested
    structs.
    """
    return f"{owner}_{field.replace('.', '_')}"


def input_name(layer: str, position: int) -> str:
    """The C name of a kernel's input that is constant. layer: the label of its step."""
    return f"layer{layer}_input{position}"


def output_name(index: int) -> str:
    """The C name of a model output that is constant."""
    return f"output{index}_values"


def variable_name(t: int) -> str:
    """The C name of a variable's initial values."""
    return f"variable{t}_initial"


def _constants(program: Program) -> Iterator[_Constant]:
    for index, call in input_affine_calls(program):
        for field, value in call.parameters.items():
            if isinstance(value, np.ndarray):
                yield _Constant(
                    parameter_name(f"input{index}", field), value, f"input {index}, of each feature"
                )
    for prefix, part in regions_of(program):
        for k, step in enumerate(part.steps):
            yield from _step_constants(f"{prefix}{k}", step)
    for index, t in enumerate(program.graph.outputs):
        tensor = program.graph.tensors[t]
        if tensor.constant:
            yield _Constant(output_name(index), tensor.array, c_comment(tensor.name))
    for t in program.graph.states:
        tensor = program.graph.tensors[t]
        values = np.frombuffer(initial_bytes(tensor), np.int8)
        if (values != values[0]).any():
            yield _Constant(variable_name(t), values, f"initial {c_comment(tensor.name)}")


def _step_constants(label: str, step: Step) -> Iterator[_Constant]:
    """The arrays among the parameters and the inputs of a step's call."""
    if not isinstance(step.call, KernelCall):
        return
    for field, value in step.call.parameters.items():
        if isinstance(value, (np.ndarray, Alternatives)):
            constant = _Constant(parameter_name(f"layer{label}", field), value, "")
            shape = list(constant.held[-1][1].shape)
            yield constant._replace(note=f"{step.node.kind}, {shape}")
    for position in step.call.inputs:
        tensor = step.node.input(position)
        if tensor.constant:
            yield _Constant(input_name(label, position), tensor.array, c_comment(tensor.name))


def _array(ctype: str, same: list[_Constant]) -> Array:
    first, *others = same
    shared = (
        textwrap.wrap(f"also {', '.join(other.name for other in others)}", 96) if others else []
    )
    variants = [Elements(text, values.size, c_rows(values)) for text, values in first.held]
    nbytes = max(values.nbytes for _, values in first.held)
    return Array(first.name, ctype, first.note, shared, variants, nbytes)

"""The in-memory model: frozen dataclasses in TFLite's terms, without arithmetic.

Everything is hashable and compares by value, so that `read(write(graph)) == graph` can be tested.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from edgeq.errors import ModelError, UnsupportedError, shown
from edgeq.graph.packing import Codebook, unpack_int4

AttributeValue: TypeAlias = bool | int | float | str | tuple[int, ...] | tuple[float, ...]

DTYPES: Mapping[str, np.dtype[np.generic]] = {
    name: np.dtype(name)
    for name in (
        "int8",
        "uint8",
        "int16",
        "uint16",
        "int32",
        "uint32",
        "int64",
        "uint64",
        "float16",
        "float32",
        "float64",
        "bool",
    )
}
"""The tensor types whose elements NumPy can hold; `int4` is kept packed, two elements a byte, and
read as int8.
"""


LABELS = "edgeq.labels"
"""The metadata entry of class names: UTF-8, one a line."""
WINDOW = "edgeq.window"
"""The metadata entry of how calibration data was cut into samples: rows of a window, and rows from
one to the next, as decimal numbers.
"""
CHANNEL_FACTORS = "edgeq.channel_factors"
"""The metadata entry of the factors of activation equalization; used by `explain` only."""
INPUT_AFFINE = "edgeq.input_affine"
"""The metadata entry of the quantization of float inputs; informative only."""

FRONT_END = "edgeq.front_end"
"""The metadata entry of the audio front end whose features the model takes: JSON."""


@dataclass(frozen=True)
class Quantization:
    """Affine quantization, real = scale * (q - zero_point), per tensor or per slice along `axis`.

    scale: float32 values as Python floats.
    zero_point: as many integers.
    """

    scale: tuple[float, ...]
    zero_point: tuple[int, ...]
    axis: int = 0

    @property
    def per_channel(self) -> bool:
        return len(self.scale) > 1


@dataclass(frozen=True)
class Tensor:
    """A tensor.

    shape: static sizes.
    dtype: one of `DTYPES`, or "int4".
    buffer: little-endian bytes of a constant, else None.
    codebook: of a constant int8 tensor that can be stored as indices into tables; the buffer holds
        the values all the same.
    variable: whether it is kept from one inference to the next.
    initial: little-endian bytes of a resource variable before the first inference, else None.
    restarts: whether the constant is what a variable of the file starts from at each inference.
    internal: whether it is a variable that its operator keeps by itself, which no file has.
    kept: whether it is a result that the file marks as variable, in which an operator may keep its
        state; here the state is a variable of its own, see `internal`.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    quantization: Quantization | None = None
    buffer: bytes | None = field(default=None, repr=False)
    variable: bool = False
    shape_signature: tuple[int, ...] | None = None  # -1 where the file allows any size
    codebook: Codebook | None = field(default=None, repr=False)
    initial: bytes | None = field(default=None, repr=False)
    restarts: bool = False
    internal: bool = False
    kept: bool = False

    @property
    def size(self) -> int:
        return prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of the tensor's elements in memory. Raises UnsupportedError for types of unknown
        size, such as "string".
        """
        if self.dtype == "int4":
            return (self.size + 1) // 2
        return self.size * self._numpy_type().itemsize

    @property
    def stored_bytes(self) -> int:
        """Bytes of the tensor in flash: of indices and tables if it has a codebook."""
        return self.nbytes if self.codebook is None else self.codebook.packed_bytes(self.size)

    @property
    def constant(self) -> bool:
        return self.buffer is not None

    @property
    def array(self) -> npt.NDArray[np.generic]:
        """The constant's values, read-only, in its shape; int4 as int8.

        Raises ValueError if the tensor is not constant, UnsupportedError for types such as
        "string".
        """
        if self.buffer is None:
            raise ValueError(f"tensor {self.name!r} is not constant")
        if self.dtype == "int4":
            return unpack_int4(self.buffer, self.size).reshape(self.shape)
        return np.frombuffer(self.buffer, self._numpy_type().newbyteorder("<")).reshape(self.shape)

    @property
    def scale(self) -> float:
        """The per-tensor scale. Raises ModelError if there is none or more than one."""
        return self._single().scale[0]

    @property
    def zero_point(self) -> int:
        """The per-tensor zero point. Raises ModelError if there is none or more than one."""
        return self._single().zero_point[0]

    def _numpy_type(self) -> np.dtype[np.generic]:
        if self.dtype not in DTYPES:
            why = "edgeq computes with no elements of that type"
            remedy = (
                "leave it out of the model: compute in your program what has it, such as a spectrum"
            )
            raise UnsupportedError(f"tensor {self.name!r} is {self.dtype}", why, remedy)
        return DTYPES[self.dtype]

    def _single(self) -> Quantization:
        if self.quantization is None or len(self.quantization.scale) != 1:
            scales = 0 if self.quantization is None else len(self.quantization.scale)
            raise ModelError(
                f'tensor "{shown(self.name)}" has {scales or "no"} scale{"s"[: scales != 1]}',
                "the operators that use it compute with one",
                "convert the model to full integers (int8)",
            )
        return self.quantization


@dataclass(frozen=True)
class Op:
    """One operator.

    kind: TFLite's name.
    inputs, outputs: tensor indices; -1 for an optional input that is absent. Behind the outputs
        that the file names are the variables that the operator writes.
    attributes: (name, value) pairs sorted by name, named as in the schema in snake case
        (`stride_h`), enum values by name (`padding="SAME"`).
    custom_code, custom_options: name and bytes of a CUSTOM operator.
    regions: the graphs that it runs, by the names of the attributes that number them in a file; their
        tensors are their own.
    custom_code, custom_options: name and bytes of a custom operator; those that `graph/custom.py`
        knows have a kind of their own and attributes, all others are CUSTOM.
    """

    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    attributes: tuple[tuple[str, AttributeValue], ...] = ()
    version: int = 1
    intermediates: tuple[int, ...] = ()
    custom_code: str = ""
    custom_options: bytes = field(default=b"", repr=False)
    options_type: str = ""  # the schema's table, e.g. "Conv2DOptions"; empty when the file has none
    regions: tuple[tuple[str, Graph], ...] = field(default=(), repr=False)

    @property
    def fused_activation(self) -> str:
        """TFLite's name of the fused activation; "NONE" if there is none."""
        return str(dict(self.attributes).get("fused_activation_function", "NONE"))


@dataclass(frozen=True)
class Graph:
    """A subgraph: operators in execution order over indexed tensors."""

    tensors: tuple[Tensor, ...]
    ops: tuple[Op, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    name: str = "main"

    def makers(self) -> dict[int, Op]:
        """Tensor -> the operator that computes it."""
        return {t: op for op in self.ops for t in op.outputs}

    @cached_property
    def states(self) -> tuple[int, ...]:
        """The variables that operators read or write, in the order of their indices; no inputs."""
        used = {t for op in self.ops for t in (*op.inputs, *op.outputs)} - {-1, *self.inputs}
        return tuple(t for t in sorted(used) if self.tensors[t].variable)


@dataclass(frozen=True)
class Signature:
    """A named entry point: argument name -> tensor index of one subgraph."""

    key: str
    inputs: tuple[tuple[str, int], ...]
    outputs: tuple[tuple[str, int], ...]
    graph: int = 0


@dataclass(frozen=True)
class Model:
    """A TFLite file: subgraphs (the first is the main one), signatures and metadata."""

    graphs: tuple[Graph, ...]
    description: str = ""
    signatures: tuple[Signature, ...] = ()
    metadata: tuple[tuple[str, bytes], ...] = ()
    version: int = 3

    @property
    def main(self) -> Graph:
        return self.graphs[0]

    @property
    def labels(self) -> tuple[str, ...]:
        """The class names in the metadata `LABELS`, one a line; empty if there is none."""
        text = dict(self.metadata).get(LABELS, b"").decode("utf-8", "replace")
        return tuple(line.strip() for line in text.splitlines() if line.strip())

    @property
    def window(self) -> tuple[int, int] | None:
        """(rows, hop) of the metadata `WINDOW`; None if there is none, or it is something else."""
        found = re.fullmatch(
            rb"([1-9]\d{0,8}) ([1-9]\d{0,8})", dict(self.metadata).get(WINDOW, b"")
        )
        return None if found is None else (int(found[1]), int(found[2]))

    def with_window(self, rows: int, hop: int) -> Model:
        """The model with how its data was cut into windows replaced."""
        others = tuple(entry for entry in self.metadata if entry[0] != WINDOW)
        return replace(self, metadata=(*others, (WINDOW, f"{rows} {hop}".encode())))

    @property
    def front_end(self) -> bytes:
        """The metadata `FRONT_END`; empty if there is none."""
        return dict(self.metadata).get(FRONT_END, b"")

    def with_front_end(self, content: bytes) -> Model:
        """The model with its audio front end replaced."""
        others = tuple(entry for entry in self.metadata if entry[0] != FRONT_END)
        return replace(self, metadata=(*others, (FRONT_END, content)))

    def with_labels(self, names: Sequence[str]) -> Model:
        """The model with its class names replaced."""
        others = tuple(entry for entry in self.metadata if entry[0] != LABELS)
        return replace(self, metadata=(*others, (LABELS, "\n".join(names).encode())))

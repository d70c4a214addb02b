"""An integer model under construction: its tensors and operators, and the insertion of QUANTIZE
where types or scales differ.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from edgeq.fixedpoint import quantize_reals
from edgeq.graph import DTYPES, Op, Quantization, Tensor
from edgeq.quantize.affine import affine
from edgeq.quantize.operator_scales import scaled
from edgeq.quantize.quantization_state import Range
from edgeq.quantize.scale_groups import same_scale


@dataclass
class Building:
    """The tensors and operators so far; the float model's tensors keep their indices.

    converted: (tensor, quantization, type) -> the tensor that it was converted to.
    widened: tensors with a larger scale than their range requires.
    """

    tensors: list[Tensor]
    ops: list[Op] = field(default_factory=list)
    converted: dict[tuple[int, Quantization | None, str], int] = field(default_factory=dict)
    widened: set[int] = field(default_factory=set)

    def add(self, tensor: Tensor) -> int:
        """Appends a tensor and returns its index."""
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def widen(self, t: int, quantization: Quantization | None) -> None:
        """Replaces the quantization of a tensor by one with a larger scale than its range requires."""
        self.tensors[t] = replace(self.tensors[t], quantization=quantization)
        self.widened.add(t)


def plain_inputs(building: Building, op: Op) -> tuple[int, ...]:
    """The inputs of an operator without weights, converted to the output's type, and to its scale
    if the operator needs equal scales. Where the output is bool, operands are compared as int8.
    """
    y = building.tensors[op.outputs[0]]
    given = y.quantization if same_scale(op) else None
    dtype = "int8" if y.dtype == "bool" else y.dtype
    if y.quantization is None and y.dtype != "bool":
        return op.inputs
    return tuple(_input(building, t, dtype, given) for t in op.inputs)


def as_given(building: Building, t: int, dtype: str, given: Quantization | None) -> int:
    """An input of an operator in a type and with a scale that are given; without a scale, as it is."""
    return t if given is None else _input(building, t, dtype, given)


def _input(building: Building, t: int, dtype: str, given: Quantization | None) -> int:
    x = building.tensors[t] if t >= 0 else None
    if x is None or x.dtype not in ("float32", "int8", "int16"):
        return t
    if x.constant and x.dtype == "float32":
        return _constant(building, t, dtype, given)
    if x.dtype != dtype or (given is not None and x.quantization != given):
        return requantized(building, t, dtype, given)
    return t


def _constant(building: Building, t: int, dtype: str, given: Quantization | None) -> int:
    """The quantized copy of a float constant, with the scale of its own range unless one is given."""
    key = (t, given, dtype)
    if key not in building.converted:
        tensor = building.tensors[t]
        values = np.asarray(tensor.array, np.float32)
        q = given or affine(
            Range(float(values.min(initial=0)), float(values.max(initial=0))), dtype, tensor.name
        )
        integers = quantize_reals(values, q.scale[0], q.zero_point[0], dtype)
        building.converted[key] = building.add(
            replace(tensor, dtype=dtype, quantization=q, buffer=little_endian(integers))
        )
    return building.converted[key]


def requantized(building: Building, t: int, dtype: str, given: Quantization | None) -> int:
    """The tensor that a QUANTIZE converts an activation to; inserted once per type and scale."""
    key = (t, given, dtype)
    if key not in building.converted:
        tensor = building.tensors[t]
        q = given or _same_range(tensor, dtype)
        y = building.add(
            replace(tensor, name=f"{tensor.name}/{dtype}", dtype=dtype, quantization=q)
        )
        building.ops.append(quantize_op(t, y, dtype))
        building.converted[key] = y
    return building.converted[key]


def quantize_op(x: int, y: int, dtype: str) -> Op:
    """A QUANTIZE from tensor x to tensor y of a type."""
    return Op(
        "QUANTIZE", (x,), (y,), version=1 + (dtype == "int16"), options_type="QuantizeOptions"
    )


def by_steps(building: Building, t: int, given: Quantization) -> int:
    """An activation with another scale of its type, by as many QUANTIZE operators as keep each of
    them within 32 bits.
    """
    present, dtype = building.tensors[t].quantization, building.tensors[t].dtype
    most = 2.0 ** (30 - DTYPES[dtype].itemsize * 8)
    while present is not None and present.scale[0] / given.scale[0] > most:
        present = scaled(present, 1 / most)
        t = requantized(building, t, dtype, present)
    return requantized(building, t, dtype, given)


def _same_range(tensor: Tensor, dtype: str) -> Quantization:
    """The quantization in another type that covers the tensor's range."""
    low, high = (-128, 127) if tensor.dtype == "int8" else (-32768, 32767)
    reach = [tensor.scale * (q - tensor.zero_point) for q in (low, high)]
    return affine(Range(*reach), dtype, tensor.name)


def little_endian(values: npt.NDArray[np.generic]) -> bytes:
    """The bytes of integers in a file."""
    return values.astype(values.dtype.newbyteorder("<")).tobytes()


def dequantized(building: Building, t: int) -> int:
    """The float32 tensor that a DEQUANTIZE converts an integer activation to, inserted once; t itself
    where it holds no quantized activation.
    """
    tensor = building.tensors[t]
    if tensor.constant or tensor.quantization is None:
        return t
    key = (t, None, "float32")
    if key not in building.converted:
        real = replace(tensor, name=f"{tensor.name}/float32", dtype="float32", quantization=None)
        y, version = building.add(real), 3 if tensor.dtype == "int16" else 2
        building.ops.append(
            Op("DEQUANTIZE", (t,), (y,), version=version, options_type="DequantizeOptions")
        )
        building.converted[key] = y
    return building.converted[key]

"""The integer model of a `Quantizing`: every real tensor gets its integers, requantization is put where it must be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from edgeq.errors import UnsupportedError
from edgeq.fixedpoint import quantize_reals
from edgeq.graph import DTYPES, Codebook, Model, Op, Quantization, Tensor
from edgeq.graph.packing import pack_int4
from edgeq.ops import bind, operator, supported
from edgeq.quantize.affine import affine, fitting_scale, float32, symmetric, to_nearest
from edgeq.quantize.codebook import nearest
from edgeq.quantize.groups import fixed_output, same_scale
from edgeq.quantize.reach import accepted, fitting_scale_of, scaled
from edgeq.quantize.state import (
    Floats,
    Integers,
    Layer,
    Quantizing,
    Range,
    Weights,
    by_channel,
    from_channels,
    is_activation,
    layers,
    replace_main,
)

BIAS = {"int8": "int32", "int16": "int64"}


@dataclass
class _Building:
    """Tensors and operators as they come to be; the float model's tensors keep their indices."""

    tensors: list[Tensor]
    ops: list[Op] = field(default_factory=list)
    converted: dict[tuple[int, Quantization | None, str], int] = field(default_factory=dict)
    widened: set[int] = field(default_factory=set)

    def add(self, tensor: Tensor) -> int:
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def widen(self, t: int, quantization: Quantization | None) -> None:
        """Another quantization of a tensor than its range asks for."""
        self.tensors[t] = replace(self.tensors[t], quantization=quantization)
        self.widened.add(t)


def assemble(state: Quantizing) -> Model:
    """The integer model: activations int8 or int16, weights int8 or int4, biases int32 or int64.

    state: ranges and weights of everything. The scale of a bias is that of input times weights, where need be made
    wider until it fits. Tensors of the float model keep their indices. Raises UnsupportedError that names a layer
    which has no integer arithmetic.
    """
    model = _built(state, _integer)
    try:
        bind(model.main)
    except UnsupportedError:
        model = _built(state, _within_reach)
        bind(model.main)
    return model


def _built(state: Quantizing, make: Callable[[Quantizing, _Building, Op, Layer | None], Op]) -> Model:
    """The integer model by a function that makes each operator, and may change its tensors."""
    graph = state.graph
    building = _Building([_activation(state, t, tensor) for t, tensor in enumerate(graph.tensors)])
    weighted = {layer.index: layer for layer in layers(graph)}
    for index, op in enumerate(graph.ops):
        if takes_reals(state, op):
            building.ops += _left_real(building, op)
        else:
            building.ops.append(make(state, building, op, weighted.get(index)))
    return replace_main(state.model, replace(graph, tensors=tuple(building.tensors), ops=tuple(building.ops)))


def _integer(state: Quantizing, building: _Building, op: Op, layer: Layer | None) -> Op:
    inputs = _weighted_inputs(state, building, op, layer) if layer else _plain_inputs(building, op)
    return versioned(replace(op, inputs=inputs), building.tensors)


def _within_reach(state: Quantizing, building: _Building, op: Op, layer: Layer | None) -> Op:
    """The operator with a wider scale of its output where it refuses the one of its range, as where values hardly
    vary; or with an input requantized to a scale that it computes with."""
    y = op.outputs[0]
    if same_scale(op) and len(data := [t for t in op.inputs if t in building.widened]) > 0:
        widest = max(data, key=lambda t: building.tensors[t].scale)
        for output in op.outputs:
            building.widen(output, building.tensors[widest].quantization)
    made = _integer(state, building, op, layer)
    if accepted(building.tensors, made):
        return made
    free = fixed_output(state.graph, y, state.dtype(y)) is None
    found = fitting_scale_of(building.tensors, made, y) if free else None
    if found is not None:
        building.widen(y, found)
        return _integer(state, building, op, layer)
    for position, t in enumerate(made.inputs):
        found = fitting_scale_of(building.tensors, made, t) if t >= 0 and not building.tensors[t].constant else None
        if found is not None:
            moved = _by_steps(building, t, found)
            return replace(made, inputs=(*made.inputs[:position], moved, *made.inputs[position + 1 :]))
    return made


def versioned(op: Op, tensors: Sequence[Tensor]) -> Op:
    """The operator with the version that its types need in a file, so that runtimes without them refuse it."""
    known = getattr(operator(op.kind), "VERSIONS", {}) if op.kind in supported() else {}
    y, ends = tensors[op.outputs[0]].dtype, tuple(tensors[t].dtype for t in op.inputs[:2] if t >= 0)
    return replace(op, version=max(op.version, known.get(ends, 1), known.get((y,), 1)))


def _activation(state: Quantizing, t: int, tensor: Tensor) -> Tensor:
    if not is_activation(tensor):
        return tensor
    dtype = state.dtype(t)
    if dtype == "float32":
        return tensor
    return replace(tensor, dtype=dtype, quantization=activation_quantization(state, t))


def activation_quantization(state: Quantizing, t: int) -> Quantization:
    """Scale and zero point of an activation: prescribed by its operator, or of its range."""
    fixed = fixed_output(state.graph, t, state.dtype(t))
    return fixed or affine(state.ranges.get(t, Range(0.0, 0.0)), state.dtype(t), state.graph.tensors[t].name)


def takes_reals(state: Quantizing, op: Op) -> bool:
    """Whether an operator computes in float what an input is before it becomes integers."""
    reals = (t for t in op.inputs if t >= 0 and is_activation(state.graph.tensors[t]))
    return any(state.dtype(t) == "float32" for t in reals)


def _left_real(building: _Building, op: Op) -> list[Op]:
    """The operator as it is; and where its output is an integer one, of a real tensor that a QUANTIZE makes it of."""
    (t,) = op.outputs
    y = building.tensors[t]
    if y.dtype == "float32":
        return [op]
    real = building.add(replace(y, name=f"{y.name}/real", dtype="float32", quantization=None))
    return [replace(op, outputs=(real,)), _quantize(real, t, y.dtype)]


def _plain_inputs(building: _Building, op: Op) -> tuple[int, ...]:
    """Each real input in the type of the output; and with its scale, where the operator wants that."""
    y = building.tensors[op.outputs[0]]
    keep = same_scale(op)
    return tuple(_input(building, t, y, keep) for t in op.inputs)


def _input(building: _Building, t: int, y: Tensor, keep: bool) -> int:
    x = building.tensors[t] if t >= 0 else None
    if x is None or x.dtype not in ("float32", "int8", "int16") or y.quantization is None:
        return t
    if x.constant and x.dtype == "float32":
        return _constant(building, t, y.dtype, y.quantization if keep else None)
    if x.dtype != y.dtype or (keep and x.quantization != y.quantization):
        return _requantized(building, t, y.dtype, y.quantization if keep else None)
    return t


def _constant(building: _Building, t: int, dtype: str, given: Quantization | None) -> int:
    """A real constant's integers, of its own range if no quantization is given."""
    key = (t, given, dtype)
    if key not in building.converted:
        tensor = building.tensors[t]
        values = np.asarray(tensor.array, np.float32)
        q = given or affine(Range(float(values.min(initial=0)), float(values.max(initial=0))), dtype, tensor.name)
        integers = quantize_reals(values, q.scale[0], q.zero_point[0], dtype)
        building.converted[key] = building.add(
            replace(tensor, dtype=dtype, quantization=q, buffer=little_endian(integers))
        )
    return building.converted[key]


def _requantized(building: _Building, t: int, dtype: str, given: Quantization | None) -> int:
    """A QUANTIZE of an activation into another type or scale, made once."""
    key = (t, given, dtype)
    if key not in building.converted:
        tensor = building.tensors[t]
        q = given or _same_reach(tensor, dtype)
        y = building.add(replace(tensor, name=f"{tensor.name}/{dtype}", dtype=dtype, quantization=q))
        building.ops.append(_quantize(t, y, dtype))
        building.converted[key] = y
    return building.converted[key]


def _quantize(x: int, y: int, dtype: str) -> Op:
    return Op("QUANTIZE", (x,), (y,), version=1 + (dtype == "int16"), options_type="QuantizeOptions")


def _by_steps(building: _Building, t: int, given: Quantization) -> int:
    """An activation at another scale of its type, by as many QUANTIZE as keep the products of each in 32 bits."""
    present, dtype = building.tensors[t].quantization, building.tensors[t].dtype
    most = 2.0 ** (30 - DTYPES[dtype].itemsize * 8)
    while present is not None and present.scale[0] / given.scale[0] > most:
        present = scaled(present, 1 / most)
        t = _requantized(building, t, dtype, present)
    return _requantized(building, t, dtype, given)


def _same_reach(tensor: Tensor, dtype: str) -> Quantization:
    """The quantization of another width for the same real values."""
    low, high = (-128, 127) if tensor.dtype == "int8" else (-32768, 32767)
    reach = [tensor.scale * (q - tensor.zero_point) for q in (low, high)]
    return affine(Range(*reach), dtype, tensor.name)


def _weighted_inputs(state: Quantizing, building: _Building, op: Op, layer: Layer) -> tuple[int, ...]:
    dtype = state.dtype(layer.y)
    x = layer.x
    if building.tensors[x].dtype != dtype:
        x = _requantized(building, x, dtype, None)
    scale = layer_scale(state, layer, building.tensors[x])
    values = layer_integers(state, layer, scale)
    stored = _stored(state.graph.tensors[layer.weights], values, scale, layer.axis, state.weights[layer.index])
    bias = state.graph.tensors[layer.bias]
    steps = scale * building.tensors[x].scale
    integers = np.round(bias.array.astype(np.float64) / steps).astype(BIAS[dtype])
    quantized = replace(bias, dtype=BIAS[dtype], quantization=symmetric(float32(steps)), buffer=little_endian(integers))
    new = {layer.x: x, layer.weights: building.add(stored), layer.bias: building.add(quantized)}
    return tuple(new.get(t, t) for t in op.inputs)


def layer_scale(state: Quantizing, layer: Layer, x: Tensor) -> Floats:
    """The scales [channels] or [1] of a layer's weights, wide enough for its bias if that becomes an integer.

    x: the input as the integer model has it, whose scale the bias depends on.
    """
    if x.quantization is None:
        return state.weights[layer.index].scale
    bias = state.graph.tensors[layer.bias].array.astype(np.float64)
    return fitting_scale(state.weights[layer.index].scale, bias, x.scale, x.dtype)


def layer_integers(state: Quantizing, layer: Layer, scale: Floats) -> Integers:
    """A layer's weights as integers of a scale, shaped as the real ones: those chosen for it, else the nearest."""
    settings, real = state.weights[layer.index], state.graph.tensors[layer.weights].array
    rows = by_channel(real, layer.axis)
    scales = np.broadcast_to(scale, len(rows))
    if settings.codebook is None:
        found = to_nearest(rows, scales, settings.limit)
    else:
        found = _entries(rows / scales[:, None], settings.codebook)
    if settings.values is not None:
        kept = np.broadcast_to(scale == float32(settings.scale), len(rows))
        found[kept] = by_channel(settings.values, layer.axis)[kept]
    return from_channels(found.astype(np.int8), real.shape, layer.axis)


def _entries(exact: Floats, codebook: Codebook) -> Floats:
    """Of weights [channels, ...] in steps of their scale, the nearest entries of their channels' tables."""
    parts = np.split(exact, len(codebook.tables))
    found = [nearest(part, np.unique(table)) for part, table in zip(parts, codebook.tables, strict=True)]
    return np.concatenate(found).astype(np.float64)


def _stored(tensor: Tensor, values: Integers, scale: Floats, axis: int, settings: Weights) -> Tensor:
    """The weights as the file keeps them: int8, int4 two a byte, or int8 with the codebook that they come from."""
    narrow = settings.bits == 4 and settings.codebook is None
    return replace(
        tensor,
        dtype="int4" if narrow else "int8",
        quantization=symmetric(scale, axis),
        buffer=pack_int4(values) if narrow else values.tobytes(),
        codebook=settings.codebook,
    )


def little_endian(values: npt.NDArray[np.generic]) -> bytes:
    """The bytes of integers as files keep them."""
    return values.astype(values.dtype.newbyteorder("<")).tobytes()

"""Assembles the integer model of a `QuantizationState`: quantizes every float tensor and inserts
QUANTIZE where types or scales differ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Op, Quantization, Tensor
from edgeq.ops import bind, operator, supported
from edgeq.quantize.affine import affine, float32, symmetric
from edgeq.quantize.building import (
    Building,
    by_steps,
    dequantized,
    little_endian,
    plain_inputs,
    quantize_op,
    requantized,
)
from edgeq.quantize.layer_weights import layer_integers, layer_scale, stored
from edgeq.quantize.loop_assembly import integer_loop
from edgeq.quantize.loop_ranges import with_carried_ranges, with_loop_ranges
from edgeq.quantize.operator_scales import accepts, nearest_accepted_scale
from edgeq.quantize.own_integers import with_own_integers
from edgeq.quantize.quantization_state import (
    Layer,
    QuantizationState,
    Range,
    is_activation,
    layers,
    replace_main,
)
from edgeq.quantize.real_chains import only_on_reals
from edgeq.quantize.scale_groups import fixed_output, same_scale

BIAS = {"int8": "int32", "int16": "int64"}


def assemble(state: QuantizationState) -> Model:
    """The integer model: activations int8 or int16, weights int8 or int4, biases int32 or int64.

    Bias scales are input scale times weight scale; a weight scale is increased if the bias would
    overflow. Tensors of the float model keep their indices.

    state: with ranges and weights of everything.

    Raises UnsupportedError for a layer without integer arithmetic.
    """
    state = with_loop_ranges(with_carried_ranges(state))
    model = _built(state, _integer)
    try:
        bind(model.main)
    except UnsupportedError:
        model = _built(state, _with_accepted_scales)
        bind(model.main)
    return model


def _built(
    state: QuantizationState, make: Callable[[QuantizationState, Building, Op, Layer | None], Op]
) -> Model:
    """The integer model, with each operator converted by `make`, which may also change its tensors."""
    graph = state.graph
    building = Building([_activation(state, t, tensor) for t, tensor in enumerate(graph.tensors)])
    weighted = {layer.index: layer for layer in layers(graph)}
    for index, op in enumerate(graph.ops):
        if op.regions:
            building.ops += integer_loop(state, building, op)
        elif computes_reals(state, op):
            inputs = tuple(dequantized(building, t) if t >= 0 else t for t in op.inputs)
            building.ops += _float_op(building, replace(op, inputs=inputs))
        else:
            building.ops.append(make(state, building, op, weighted.get(index)))
    return replace_main(
        state.model, replace(graph, tensors=tuple(building.tensors), ops=tuple(building.ops))
    )


def _integer(state: QuantizationState, building: Building, op: Op, layer: Layer | None) -> Op:
    if layer is None and (made := with_own_integers(state, building, op)) is not None:
        return versioned(made, building.tensors)
    inputs = _weighted_inputs(state, building, op, layer) if layer else plain_inputs(building, op)
    return versioned(replace(op, inputs=inputs), building.tensors)


def _with_accepted_scales(
    state: QuantizationState, building: Building, op: Op, layer: Layer | None
) -> Op:
    """The operator with an output scale that its arithmetic supports, or with an input requantized
    to a supported scale.
    """
    y = op.outputs[0]
    if same_scale(op) and len(data := [t for t in op.inputs if t in building.widened]) > 0:
        widest = max(data, key=lambda t: building.tensors[t].scale)
        for output in op.outputs:
            building.widen(output, building.tensors[widest].quantization)
    made = _integer(state, building, op, layer)
    if accepts(building.tensors, made):
        return made
    free = fixed_output(state.graph, y, state.dtype(y)) is None
    found = nearest_accepted_scale(building.tensors, made, y) if free else None
    if found is not None:
        building.widen(y, found)
        return _integer(state, building, op, layer)
    for position, t in enumerate(made.inputs):
        found = (
            nearest_accepted_scale(building.tensors, made, t)
            if t >= 0 and not building.tensors[t].constant
            else None
        )
        if found is not None:
            moved = by_steps(building, t, found)
            return replace(
                made, inputs=(*made.inputs[:position], moved, *made.inputs[position + 1 :])
            )
    return made


def versioned(op: Op, tensors: Sequence[Tensor]) -> Op:
    """The operator with the version that its types require, so that older runtimes refuse the file."""
    known = operator(op.kind).versions if op.kind in supported() else {}
    y, ends = tensors[op.outputs[0]].dtype, tuple(tensors[t].dtype for t in op.inputs[:2] if t >= 0)
    return replace(op, version=max(op.version, known.get(ends, 1), known.get((y,), 1)))


def _activation(state: QuantizationState, t: int, tensor: Tensor) -> Tensor:
    if not is_activation(tensor):
        return tensor
    dtype = state.dtype(t)
    if dtype == "float32":
        return tensor
    return replace(tensor, dtype=dtype, quantization=activation_quantization(state, t))


def activation_quantization(state: QuantizationState, t: int) -> Quantization:
    """Scale and zero point of an activation: fixed by its operator, or computed from its range."""
    fixed = fixed_output(state.graph, t, state.dtype(t))
    return fixed or affine(
        state.ranges.get(t, Range(0.0, 0.0)), state.dtype(t), state.graph.tensors[t].name
    )


def computes_reals(state: QuantizationState, op: Op) -> bool:
    """Whether an operator stays float32 in the integer model: it has no integer arithmetic, or takes
    or gives what is float32 there, in front of the QUANTIZE of a float input or within a chain.
    """
    ends = (t for t in (*op.inputs, *op.outputs) if t >= 0)
    reals = (t for t in ends if is_activation(state.graph.tensors[t]))
    return only_on_reals(op) or any(state.dtype(t) == "float32" for t in reals)


def _float_op(building: Building, op: Op) -> list[Op]:
    """The operator on reals unchanged; if its output is quantized, with a float output followed by
    a QUANTIZE. Operators of several outputs have real ones only.
    """
    if all(building.tensors[t].quantization is None for t in op.outputs):
        return [op]
    (t,) = op.outputs
    y = building.tensors[t]
    real = building.add(replace(y, name=f"{y.name}/real", dtype="float32", quantization=None))
    return [replace(op, outputs=(real,)), quantize_op(real, t, y.dtype)]


def _weighted_inputs(
    state: QuantizationState, building: Building, op: Op, layer: Layer
) -> tuple[int, ...]:
    dtype = state.dtype(layer.y)
    x = layer.x
    if building.tensors[x].dtype != dtype:
        x = requantized(building, x, dtype, None)
    scale = layer_scale(state, layer, building.tensors[x])
    values = layer_integers(state, layer, scale)
    kept = stored(
        state.graph.tensors[layer.weights], values, scale, layer.axis, state.weights[layer.index]
    )
    bias = state.graph.tensors[layer.bias]
    steps = scale * building.tensors[x].scale
    integers = np.round(bias.array.astype(np.float64) / steps).astype(BIAS[dtype])
    quantized = replace(
        bias,
        dtype=BIAS[dtype],
        quantization=symmetric(float32(steps)),
        buffer=little_endian(integers),
    )
    new = {layer.x: x, layer.weights: building.add(kept), layer.bias: building.add(quantized)}
    return tuple(new.get(t, t) for t in op.inputs)

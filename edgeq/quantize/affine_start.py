"""Affine operators at a float model's inputs, as one difference and one product of each feature.

y = (x - shift) * factor. Where a model begins with layers that do no more, such as Normalization, their constants are
taken together. Where it begins with weights, any shift and factor can be put before them, as the weights undo them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.opkit.input_front import VIEWS, Reals, find_fronts, only_reader, readers
from edgeq.quantize.equalize import channels_met, multiply_inputs
from edgeq.quantize.state import Floats, Layer, Quantizing, by_channel, layers, replace_main

STEPS = frozenset({"ADD", "SUB", "MUL", "DIV"})
PLAIN = (("fused_activation_function", "NONE"),)


@dataclass(frozen=True, eq=False)
class Start:
    """A model whose input goes through SUB and MUL by constants before anything else.

    real: the tensors up to where the integers begin, the input among them; output: where they begin. shift, factor:
    float32, of a shape that broadcasts to the output's.
    """

    model: Model
    input: int
    real: tuple[int, ...]
    output: int
    shift: Reals
    factor: Reals


@dataclass(frozen=True, eq=False)
class _Chain:
    """Operators from an input on. ops: all in order; affine: those of them that compute; y: what the last one gives."""

    ops: tuple[int, ...]
    affine: frozenset[int]
    y: int
    shift: Floats
    factor: Floats


def folded(model: Model, position: int) -> Start | None:
    """The model with what is affine at an input as one SUB and one MUL; None where there is nothing of the kind.

    Constants are multiplied out in float64. The difference is taken first, as in (x - mean) / deviation, whose result
    is more precise than that of x / deviation - mean / deviation where the mean is large. Tensors keep their indices.
    """
    graph, t = model.main, model.main.inputs[position]
    chain = _chain(graph, t)
    if chain is None:
        return None
    shape = graph.tensors[chain.y].shape
    shift, factor = (_narrowed(values, shape) for values in (chain.shift, chain.factor))
    views = [graph.ops[index] for index in chain.ops if index not in chain.affine]
    built, x = list[Op](), t
    for op in views:
        built.append(replace(op, inputs=(x, *op.inputs[1:])))
        x = op.outputs[0]
    tensors = list(graph.tensors)
    built += _affine_ops(tensors, x, chain.y, shift, factor)
    kept = [op for index, op in enumerate(graph.ops) if index not in chain.ops]
    changed = replace(graph, tensors=tuple(tensors), ops=(*built, *kept))
    return _start(replace_main(model, changed), t, chain.y, shift, factor)


def absorbed(model: Model, position: int, shift: Reals, factor: Reals) -> Start | None:
    """A model of the same function, with (x - shift) * factor before the layers that read an input; weights undo it.

    shift, factor: of each feature along the input's last axis. None where something else reads the input, or where a
    layer pads it with zeros, which a shift would change. Tensors keep their indices, y is a new one.
    """
    graph, t = model.main, model.main.inputs[position]
    reading = reading_layers(graph, t)
    if not reading or (np.any(shift) and not all(unpadded(graph, layer) for layer in reading)):
        return None
    state = Quantizing(model)
    for layer in reading:
        state = _undone(state, layer, shift.astype(np.float64), factor.astype(np.float64))
    tensors = list(graph.tensors)
    y = len(tensors)
    tensors.append(replace(tensors[t], name=f"{tensors[t].name}/scaled", shape_signature=None))
    tensors[: len(graph.tensors)] = state.graph.tensors
    added = _affine_ops(tensors, t, y, shift, factor)
    ops = [replace(op, inputs=tuple(y if i == t else i for i in op.inputs)) for op in graph.ops]
    changed = replace(graph, tensors=tuple(tensors), ops=(*added, *ops))
    return _start(replace_main(model, changed), t, y, shift, factor)


def begun_like(model: Model, graph: Graph) -> Quantizing:
    """A float model with the constants of an integer graph's fronts at its inputs, so that both compute the same."""
    starts = list[Start]()
    for front in find_fronts(graph):
        start = folded(model, front.position)
        if start is None:
            features = model.main.tensors[model.main.inputs[front.position]].shape[-1]
            constants = (np.array(values, np.float32) for values in (front.shift, front.factor))
            shift, factor = (values.repeat(features) if values.size == 1 else values for values in constants)
            start = absorbed(model, front.position, shift, factor) if shift.size == features else None
        if start is not None:
            model = start.model
            starts.append(start)
    return Quantizing(model, dtypes=real_dtypes(starts))


def reading_layers(graph: Graph, t: int) -> list[Layer]:
    """The layers with weights that read a tensor or a view of it; none if something else does."""
    users, features = readers(graph), graph.tensors[t].shape[-1:]
    while (index := only_reader(users, t)) is not None and graph.ops[index].kind in VIEWS:
        t = graph.ops[index].outputs[0]
    own = {layer.index: layer for layer in layers(graph) if layer.x == t}
    found = [own[index] for index in users.get(t, ()) if index in own]
    whole = features and graph.tensors[t].shape[-1:] and graph.tensors[t].shape[-1] % max(features[0], 1) == 0
    return found if whole and len(found) == len(users.get(t, ())) else []


def unpadded(graph: Graph, layer: Layer) -> bool:
    """Whether a layer reads nothing but what it is given."""
    return dict(graph.ops[layer.index].attributes).get("padding", "VALID") == "VALID"


def _undone(state: Quantizing, layer: Layer, shift: Floats, factor: Floats) -> Quantizing:
    """The layer that reads (x - shift) * factor in place of x: W / factor, b + W shift."""
    graph, channel = state.graph, channels_met(state.graph, layer)
    groups, n = channel.shape
    times = graph.tensors[layer.x].shape[-1] // shift.size
    rows = by_channel(graph.tensors[layer.weights].array, layer.axis).reshape(groups, -1, n)
    moved = (rows * np.tile(shift, times)[channel][:, None, :]).sum(axis=2).ravel()
    return multiply_inputs(state.with_bias_raised(layer, moved), layer, np.tile(1 / factor, times))


def _start(model: Model, t: int, y: int, shift: Reals, factor: Reals) -> Start:
    graph, users, real = model.main, readers(model.main), [t]
    while (index := only_reader(users, real[-1])) is not None and graph.ops[index].outputs[0] != y:
        real.append(graph.ops[index].outputs[0])
    return Start(model, t, tuple(real), y, shift, factor)


def _affine_ops(tensors: list[Tensor], x: int, y: int, shift: Reals, factor: Reals) -> list[Op]:
    """The operators that make y of x, without one that would change nothing; what they need is added to the tensors."""
    wanted = [("SUB", shift)] if np.any(shift != 0) else []
    wanted += [("MUL", factor)] if np.any(factor != 1) or not wanted else []
    ops, name = list[Op](), tensors[y].name
    for kind, values in wanted:
        tensors.append(Tensor(f"{name}/{kind.lower()}", values.shape, "float32", buffer=values.tobytes()))
        constant, last = len(tensors) - 1, len(ops) + 1 == len(wanted)
        if not last:
            tensors.append(replace(tensors[y], name=f"{name}/difference"))
        ops.append(Op(kind, (x, constant), (y if last else len(tensors) - 1,), PLAIN,
                      options_type=f"{kind.title()}Options"))  # fmt: skip
        x = ops[-1].outputs[0]
    return ops


def _chain(graph: Graph, t: int) -> _Chain | None:
    users, found = readers(graph), None
    elements = graph.tensors[t].size
    shift, factor, ops, affine = np.zeros(elements), np.ones(elements), list[int](), list[int]()
    while (index := only_reader(users, t)) is not None:
        op = graph.ops[index]
        constant = _constant(graph, op, t)
        if constant is not None:
            shift, factor = _followed(op, op.inputs[0] == t, constant, shift, factor)
            affine.append(index)
        elif op.kind not in VIEWS or op.inputs[0] != t:
            break
        ops.append(index)
        t = op.outputs[0]
        if constant is not None:
            found = _Chain(tuple(ops), frozenset(affine), t, shift, factor)
    finite = found is not None and all(np.isfinite(v.astype(np.float32)).all() for v in (found.shift, found.factor))
    return found if finite else None


def _constant(graph: Graph, op: Op, t: int) -> Floats | None:
    """The constant operand of an affine operator for each element of its output, None of any other operator."""
    others = [i for i in op.inputs if i != t]
    binary = len(op.inputs) == 2 and len(others) == 1 and others[0] >= 0
    if op.kind not in STEPS or op.fused_activation != "NONE" or not binary:
        return None
    other, y = graph.tensors[others[0]], graph.tensors[op.outputs[0]]
    divides = op.kind == "DIV" and op.inputs[0] != t
    if not other.constant or other.dtype != "float32" or y.size != graph.tensors[t].size or divides:
        return None
    return np.broadcast_to(other.array.astype(np.float64), y.shape).ravel()


def _followed(op: Op, x_first: bool, c: Floats, shift: Floats, factor: Floats) -> tuple[Floats, Floats]:
    """Shift and factor with another operator behind; infinite or NaN where there are none."""
    with np.errstate(all="ignore"):
        if op.kind == "MUL":
            return shift, factor * c
        if op.kind == "DIV":
            return shift, factor / c
        moved = np.where(c == 0, 0.0, c / factor)
        if op.kind == "ADD":
            return shift - moved, factor
        return (shift + moved, factor) if x_first else (shift + moved, -factor)


def _narrowed(values: Floats, shape: Sequence[int]) -> Reals:
    """One value for each feature: the axes along which all are alike are dropped to 1."""
    full = np.asarray(values, np.float32).reshape(tuple(shape))
    for axis in range(full.ndim):
        first = full.take([0], axis=axis)
        full = first if np.array_equal(full, np.broadcast_to(first, full.shape)) else full
    return np.ascontiguousarray(full)


def real_dtypes(starts: Sequence[Start]) -> Mapping[int, str]:
    """What stays real of models that begin so, by tensor."""
    return {t: "float32" for start in starts for t in start.real}

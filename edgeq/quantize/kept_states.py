"""Models with variables in the quantizer: the samples are the steps of one sequence, and a variable is a
carried value as of a loop (`edgeq/quantize/loops.py`).

For quantization variables become inputs and outputs of the model, with what the float model keeps at
each step as samples; behind it they are variables again, in integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from edgeq.data import Samples, quantize
from edgeq.graph import DTYPES, Graph, Model, Op, Tensor, initial_bytes, write_tflite
from edgeq.graph.variables import ASSIGN, READ
from edgeq.quantize.building import quantize_op
from edgeq.quantize.quantization_state import replace_main
from edgeq.runtime import float_interpreter, run_samples


@dataclass(frozen=True)
class Kept:
    """A variable of an opened model. tensor: as it was; given, left: tensors of the model's input and
    output in its place.
    """

    tensor: int
    given: int
    left: int


@dataclass(frozen=True)
class Opened:
    """A model whose variables are inputs and outputs, behind those that it had."""

    model: Model
    kept: tuple[Kept, ...]


def open_states(model: Model) -> Opened:
    """The model with inputs in place of variables that READ_VARIABLE and ASSIGN_VARIABLE alone touch,
    and their new values as outputs.
    """
    graph = model.main
    touched = {t for op in graph.ops if op.kind in (READ, ASSIGN) for t in op.inputs[:1]}
    states = [t for t in graph.states if t in touched]
    tensors, ops = list(graph.tensors), list[Op]()
    given = dict[int, int]()
    for t in states:
        given[t] = len(tensors)
        tensors.append(replace(tensors[t], variable=False, initial=None))
        tensors[t] = Tensor("", (0,), "int8", buffer=b"")
    now, instead = dict(given), dict[int, int]()
    for op in graph.ops:
        op = replace(op, inputs=tuple(instead.get(t, t) for t in op.inputs))
        if op.kind == READ and op.inputs[0] in now:
            instead[op.outputs[0]] = now[op.inputs[0]]
        elif op.kind == ASSIGN and op.inputs[0] in now:
            now[op.inputs[0]] = op.inputs[1]
        else:
            ops.append(op)
    kept = tuple(Kept(t, given[t], now[t]) for t in states)
    outputs = (*(instead.get(t, t) for t in graph.outputs), *(k.left for k in kept))
    opened = replace(
        graph,
        tensors=tuple(tensors),
        ops=tuple(ops),
        inputs=(*graph.inputs, *given.values()),
        outputs=outputs,
    )
    return Opened(replace_main(replace(model, signatures=()), opened), kept)


def names_of(opened: Opened, model: Model) -> str:
    """The names of the real variables of a model that was opened; empty where it has none."""
    tensors = (model.main.tensors[kept.tensor] for kept in opened.kept)
    return ", ".join(tensor.name for tensor in tensors if tensor.dtype == "float32")


def with_states(opened: Opened, model: Model, samples: Samples) -> Samples:
    """The samples, as steps of one sequence, with what the float model keeps before each of them, in
    the types of its variables.

    model: that was opened, whose variables have initial values.
    """
    states = [_initial(model.main.tensors[k.tensor])[None] for k in opened.kept]
    inner = opened.model.main
    left = tuple(dict.fromkeys(k.left for k in opened.kept))
    computed = replace(inner, outputs=left)
    interpreter = float_interpreter(write_tflite(Model((computed,))))
    seen = [[state] for state in states]
    for n in range(samples.count - 1):
        given = [x[n : n + 1] for x in samples.inputs]
        values = dict(
            zip(left, run_samples(interpreter, [*given, *(s[-1] for s in seen)]), strict=True)
        )
        for kept, so_far in zip(opened.kept, seen, strict=True):
            so_far.append(values[kept.left].reshape(so_far[0].shape))
    return replace(samples, inputs=(*samples.inputs, *(np.concatenate(s) for s in seen)))


def close_states(opened: Opened, model: Model, integer: Model) -> Model:
    """The integer model of an opened one with variables again: those of other types than float32 as
    they were. model: the float one before.
    """
    graph, count = integer.main, len(opened.kept)
    inputs, outputs = graph.inputs[-count:], graph.outputs[-count:]
    tensors, front, behind = list(graph.tensors), list[Op](), list[Op]()
    for kept, read, left in zip(opened.kept, inputs, outputs, strict=True):
        before, variable = model.main.tensors[kept.tensor], len(tensors)
        initial = _as_read(_initial(before), tensors[read]).tobytes()
        tensors.append(replace(tensors[read], name=before.name, variable=True, initial=initial))
        front.append(Op(READ, (variable,), (read,), options_type="ReadVariableOptions"))
        value = _converted(tensors, behind, read, left)
        options = "AssignVariableOptions"
        behind.append(Op(ASSIGN, (variable, value), (variable,), options_type=options))
    closed = Graph(
        tuple(tensors),
        (*front, *graph.ops, *behind),
        graph.inputs[:-count],
        graph.outputs[:-count],
        graph.name,
    )
    return replace_main(integer, closed)


def _initial(variable: Tensor) -> npt.NDArray[np.generic]:
    """What a variable holds before the first step, in its shape."""
    dtype = DTYPES[variable.dtype].newbyteorder("<")
    return np.frombuffer(initial_bytes(variable), dtype).reshape(variable.shape)


def _as_read(values: npt.NDArray[np.generic], read: Tensor) -> npt.NDArray[np.generic]:
    """Initial values in the type in which they are read."""
    return values if read.quantization is None else quantize(values, read)


def _converted(tensors: list[Tensor], behind: list[Op], read: int, left: int) -> int:
    """The new value in the type and scale in which it is read, by a QUANTIZE where it has others."""
    wanted, made = tensors[read], tensors[left]
    if (wanted.dtype, wanted.quantization) == (made.dtype, made.quantization):
        return left
    tensors.append(replace(wanted, name=f"{made.name}/kept"))
    behind.append(quantize_op(left, len(tensors) - 1, wanted.dtype))
    return len(tensors) - 1


def pairs(kept: Sequence[Kept]) -> tuple[tuple[int, int], ...]:
    """What is carried from one sample to the next: the input of a variable and its output."""
    return tuple((k.given, k.left) for k in kept)

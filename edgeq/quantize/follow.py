"""The float and the integer network side by side, layer by layer: what a step that needs both networks' inputs uses."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from edgeq.data import Samples, dequantize, quantized_inputs
from edgeq.graph import Graph, Model, write_tflite
from edgeq.graph.compact import without_unused
from edgeq.opkit.contract import Values
from edgeq.quantize.dynamic import assembled
from edgeq.quantize.state import Layer, Quantizing, Reals, layers, replace_main
from edgeq.runtime import float_interpreter, run_samples
from edgeq.simulate.execute import execute

SAMPLES = 512


@dataclass(frozen=True, eq=False)
class Inputs:
    """What a layer gets, [samples, *shape]: in the float network, and in the integer network as real numbers."""

    exact: Reals
    quantized: Reals


Step = Callable[[Quantizing, Layer, Inputs], Quantizing]
Part = Callable[[Mapping[int, Values]], Mapping[int, Values]]


def layer_by_layer(state: Quantizing, samples: Samples, step: Step) -> Quantizing:
    """Applies a step to each layer in order, with the layers before it already as the step has left them.

    Both networks run once in all, from layer to layer, on up to `SAMPLES` of the samples, evenly over the set; only
    live activations are kept in memory.
    """
    model, graph, samples = state.model, state.graph, samples.spread(SAMPLES)
    exact = fed(graph, samples)
    integer = assembled(state).main
    simulated: Mapping[int, Values] = dict(zip(integer.inputs, quantized_inputs(integer, samples.inputs), strict=True))
    done = done_integer = 0
    for layer in layers(graph):
        exact = run_float(model, exact, done, layer.index)
        integer = assembled(state).main
        position, x = _place(integer, state, layer)
        part = segment(integer, simulated, done_integer, position)
        simulated = execute(part, [simulated[t] for t in part.inputs])
        real = dequantize(simulated[x], integer.tensors[x])
        state = step(state, layer, Inputs(np.asarray(exact[layer.x], np.float32), real))
        done, done_integer = layer.index, position
    return state


def layer_input(state: Quantizing, layer: Layer, samples: Samples) -> Reals:
    """What a layer gets in the integer network, as real numbers [samples, *shape]."""
    integer = assembled(state).main
    position, x = _place(integer, state, layer)
    known = dict(zip(integer.inputs, quantized_inputs(integer, samples.inputs), strict=True))
    part = segment(integer, known, 0, position)
    return dequantize(execute(part, [known[t] for t in part.inputs])[x], integer.tensors[x])


def _place(integer: Graph, state: Quantizing, layer: Layer) -> tuple[int, int]:
    """Where a layer's operator is in the integer graph, and the tensor that it reads there."""
    position = next(k for k, op in enumerate(integer.ops) if layer.y in op.outputs)
    return position, integer.ops[position].inputs[state.graph.ops[layer.index].inputs.index(layer.x)]


def segment(graph: Graph, known: Mapping[int, Values], start: int, stop: int) -> Graph:
    """Operators start to stop as a graph of its own, from the known tensors to all that later operators read."""
    ops = graph.ops[start:stop]
    made = {t for op in ops for t in op.outputs} | set(known)
    later = {t for op in graph.ops[stop:] for t in op.inputs} | set(graph.outputs)
    return replace(graph, ops=ops, inputs=tuple(sorted(known)), outputs=tuple(sorted(made & later)))


def run_float(model: Model, known: Mapping[int, Values], start: int, stop: int) -> Mapping[int, Values]:
    """Some operators of a float model in the interpreter, from live tensors [samples, *shape] to live tensors."""
    part = segment(model.main, known, start, stop)
    return float_part(part, model, known, part.outputs)(known)


def float_part(part: Graph, model: Model, known: Container[int], wanted: Iterable[int]) -> Part:
    """A segment of a float model in the interpreter, as a function of live tensors [samples, *shape] to the wanted.

    known: those that are live, which are not computed again.
    """
    wanted = tuple(dict.fromkeys(wanted))
    computed = tuple(t for t in wanted if t not in known)
    needed = {t for op in part.ops for t in op.inputs}
    inputs = tuple(t for t in part.inputs if t in needed)
    opened = replace_main(replace(model, signatures=()), replace(part, inputs=inputs, outputs=computed))
    content = write_tflite(without_unused(opened)) if computed else b""
    interpreter = float_interpreter(content) if computed else None

    def run(live: Mapping[int, Values]) -> Mapping[int, Values]:
        results = [] if interpreter is None else run_samples(interpreter, [live[t] for t in inputs])
        made = {t: r.reshape(len(r), *part.tensors[t].shape) for t, r in zip(computed, results, strict=True)}
        return {t: made[t] if t in made else live[t] for t in wanted}

    return run


def fed(graph: Graph, samples: Samples) -> Mapping[int, Values]:
    """The inputs of a graph, real samples [samples, *tensor shape]."""
    return {t: x.reshape(len(x), *graph.tensors[t].shape) for t, x in zip(graph.inputs, samples.inputs, strict=True)}

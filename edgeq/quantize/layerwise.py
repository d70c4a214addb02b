"""Layer-by-layer processing: the inputs of each layer in the float and in the integer model, as
needed by rounding and bias correction.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from edgeq.data import Samples, dequantize, quantized_inputs
from edgeq.graph import Graph, Model, write_tflite
from edgeq.graph.compact import without_unused
from edgeq.opkit.node import Values
from edgeq.quantize.dynamic_range import assemble_state
from edgeq.quantize.quantization_state import Layer, QuantizationState, Reals, layers, replace_main
from edgeq.runtime import float_interpreter, run_samples
from edgeq.simulate.execute import execute

MAX_SAMPLES = 512


@dataclass(frozen=True, eq=False)
class LayerInputs:
    """A layer's input on the samples, float32 [samples, *shape].

    reference: in the float model.
    quantized: in the integer model, dequantized.
    """

    reference: Reals
    quantized: Reals


Step = Callable[[QuantizationState, Layer, LayerInputs], QuantizationState]
Part = Callable[[Mapping[int, Values]], Mapping[int, Values]]


def layer_by_layer(state: QuantizationState, samples: Samples, step: Step) -> QuantizationState:
    """Applies `step` to each layer in the graph's order; later layers get inputs from the integer
    model that earlier steps have already changed.

    Each model is run once, layer by layer, on up to `MAX_SAMPLES` evenly spaced samples; only live
    activations are kept in memory.
    """
    model, graph, samples = state.model, state.graph, samples.subsample(MAX_SAMPLES)
    exact = float_inputs(graph, samples)
    integer = assemble_state(state).main
    simulated: Mapping[int, Values] = dict(
        zip(integer.inputs, quantized_inputs(integer, samples.inputs), strict=True)
    )
    done = done_integer = 0
    for layer in layers(graph):
        exact = run_float(model, exact, done, layer.index)
        integer = assemble_state(state).main
        position, x = _place(integer, state, layer)
        part = subgraph(integer, simulated, done_integer, position)
        simulated = execute(part, [simulated[t] for t in part.inputs])
        real = dequantize(simulated[x], integer.tensors[x])
        state = step(state, layer, LayerInputs(np.asarray(exact[layer.x], np.float32), real))
        done, done_integer = layer.index, position
    return state


def layer_input(state: QuantizationState, layer: Layer, samples: Samples) -> Reals:
    """A layer's input in the integer model, dequantized, [samples, *shape]."""
    integer = assemble_state(state).main
    position, x = _place(integer, state, layer)
    known = dict(zip(integer.inputs, quantized_inputs(integer, samples.inputs), strict=True))
    part = subgraph(integer, known, 0, position)
    return dequantize(execute(part, [known[t] for t in part.inputs])[x], integer.tensors[x])


def _place(integer: Graph, state: QuantizationState, layer: Layer) -> tuple[int, int]:
    """The position of a layer's operator in the integer graph, and the tensor that it reads there."""
    position = next(k for k, op in enumerate(integer.ops) if layer.y in op.outputs)
    return position, integer.ops[position].inputs[
        state.graph.ops[layer.index].inputs.index(layer.x)
    ]


def subgraph(
    graph: Graph,
    known: Mapping[int, Values],
    start: int,
    stop: int,
    kept: Iterable[int] = (),
) -> Graph:
    """Operators `start` to `stop` as a graph from the tensors known to all tensors that later
    operators read, or that are to be `kept`.
    """
    ops = graph.ops[start:stop]
    made = {t for op in ops for t in op.outputs} | set(known)
    later = {t for op in graph.ops[stop:] for t in op.inputs} | {*graph.outputs, *kept}
    return replace(graph, ops=ops, inputs=tuple(sorted(known)), outputs=tuple(sorted(made & later)))


def run_float(
    model: Model,
    known: Mapping[int, Values],
    start: int,
    stop: int,
    kept: Iterable[int] = (),
) -> Mapping[int, Values]:
    """Runs operators `start` to `stop` of a float model in the interpreter: live tensors [samples,
    *shape] to live tensors. kept: tensors that stay live though no operator reads them.
    """
    part = subgraph(model.main, known, start, stop, kept)
    return float_subgraph(part, model, known, part.outputs)(known)


def float_subgraph(part: Graph, model: Model, known: Container[int], wanted: Iterable[int]) -> Part:
    """A subgraph of a float model as a function from live tensors [samples, *shape] to the `wanted`
    ones.

    known: tensors that are live already and are not computed again.
    """
    wanted = tuple(dict.fromkeys(wanted))
    computed = tuple(t for t in wanted if t not in known)
    needed = {t for op in part.ops for t in op.inputs}
    inputs = tuple(t for t in part.inputs if t in needed)
    opened = replace_main(
        replace(model, signatures=()), replace(part, inputs=inputs, outputs=computed)
    )
    content = write_tflite(without_unused(opened)) if computed else b""
    interpreter = float_interpreter(content) if computed else None

    def run(live: Mapping[int, Values]) -> Mapping[int, Values]:
        if interpreter is not None and part.states:
            interpreter.reset_all_variables()
        results = [] if interpreter is None else run_samples(interpreter, [live[t] for t in inputs])
        made = {
            t: r.reshape(len(r), *part.tensors[t].shape)
            for t, r in zip(computed, results, strict=True)
        }
        return {t: made[t] if t in made else live[t] for t in wanted}

    return run


def float_inputs(graph: Graph, samples: Samples) -> Mapping[int, Values]:
    """Graph input -> its samples, [samples, *tensor shape]."""
    return {
        t: x.reshape(len(x), *graph.tensors[t].shape)
        for t, x in zip(graph.inputs, samples.inputs, strict=True)
    }

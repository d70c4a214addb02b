"""Joins many models of an operator into one, so that their C is compiled once, and compares the results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from ops.compiled import run_compiled
from ops.harness import assert_tflite_agrees, bits, file_of
from ops.unscheduled import render_unscheduled

from edgeq.codegen.native import render_native
from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.opkit.node import Values
from edgeq.ops import bind
from edgeq.runtime import reference_interpreter
from edgeq.simulate.execute import execute, random_inputs


def merge(models: Mapping[str, Model]) -> Model:
    """One model that contains all of them; output k is that of model k, named after it."""
    tensors, ops, inputs, outputs = list[Tensor](), list[Op](), list[int](), list[int]()
    for name, model in models.items():
        graph, base = model.main, len(tensors)
        tensors += [replace(t, name=f"{name}/{t.name}") for t in graph.tensors]
        ops += [
            replace(op, inputs=_shifted(op.inputs, base), outputs=_shifted(op.outputs, base))
            for op in graph.ops
        ]
        inputs += _shifted(graph.inputs, base)
        outputs += _shifted(graph.outputs, base)
    return Model((Graph(tuple(tensors), tuple(ops), tuple(inputs), tuple(outputs)),))


def _shifted(indices: Sequence[int], base: int) -> tuple[int, ...]:
    return tuple(i + base if i >= 0 else i for i in indices)


def reference_outputs(model: Model, inputs: Sequence[Values]) -> list[Values]:
    """Every output for every sample, by tflite-runtime's reference kernels."""
    interpreter = reference_interpreter(file_of(model))
    results = []
    for sample in zip(*inputs, strict=True):
        for detail, x in zip(interpreter.get_input_details(), sample, strict=True):
            interpreter.set_tensor(detail["index"], x)
        interpreter.invoke()
        results.append(
            [interpreter.get_tensor(d["index"]) for d in interpreter.get_output_details()]
        )
    return [np.array(column) for column in zip(*results, strict=True)]


def tflm_outputs(model: Model, inputs: Sequence[Values]) -> list[Values]:
    """Every output for every sample, by TFLM."""
    from tflite_micro.python.tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(file_of(model), arena_size=1 << 21)
    results = []
    for sample in zip(*inputs, strict=True):
        for position, x in enumerate(sample):
            interpreter.set_input(x, position)
        interpreter.invoke()
        results.append([interpreter.get_output(k) for k in range(len(model.main.outputs))])
    return [np.array(column) for column in zip(*results, strict=True)]


def compiled_outputs(
    model: Model, inputs: Sequence[Values], compiler: str | None = None
) -> list[Values]:
    """Every output for every sample, by the generated C under sanitizers.

    Layers that do not depend on each other are compiled in the order of the model: the search for
    a better one takes longer than the compiler.
    """
    computed = {t for op in model.main.ops for t in op.outputs}
    apart = not any(t in computed for op in model.main.ops for t in op.inputs)
    engine = (render_unscheduled if apart else render_native)(model, "op")
    values = run_compiled(engine, inputs, compiler)
    return [values[t] for t in model.main.outputs]


def assert_cases_agree(
    models: Mapping[str, Model],
    samples: int = 8,
    seed: int = 0,
    tflite: bool = True,
    tflm: bool = True,
    compiled: bool = True,
    compiler: str | None = None,
    inputs: Sequence[Values] | None = None,
) -> None:
    """For each model, the simulator, both oracles and the compiled C give the same bytes.

    samples, seed: of random inputs, unless `inputs` gives one input for all.
    tflite, tflm: leave out an oracle only where it cannot run the operator or is known to differ,
        and say why at the call.
    compiled: left out where a slow test compiles the same cases.
    """
    model = merge(models)
    given = (
        random_inputs(model.main, samples, seed) if inputs is None else list(inputs) * len(models)
    )
    computed = execute(model.main, given)
    computers = {"compiled C": compiled_outputs(model, given, compiler)} if compiled else {}
    computers |= {"TFLM": tflm_outputs(model, given)} if tflm else {}
    for computer, outputs in computers.items():
        for name, t, got in zip(models, model.main.outputs, outputs, strict=True):
            np.testing.assert_array_equal(
                bits(computed[t]), bits(got), f"{name}: simulator and {computer}"
            )
    if tflite:
        assert_each_agrees_with_tflite(models, model, given, computed)


def assert_each_agrees_with_tflite(
    models: Mapping[str, Model],
    merged: Model,
    given: Sequence[Values],
    computed: Mapping[int, Values],
) -> None:
    """Asserts that TFLite's reference kernels, run on the merged model, give the simulator's bytes.

    given: inputs of `merged`.
    computed: the simulator's tensors, by index.
    """
    had = dict(zip(merged.main.inputs, given, strict=True)) | computed
    nodes, start = bind(merged.main), 0
    outputs = zip(merged.main.outputs, reference_outputs(merged, given), strict=True)
    for (name, model), (t, got) in zip(models.items(), outputs, strict=True):
        own, start = nodes[start : start + len(model.main.ops)], start + len(model.main.ops)
        values = [had.get(x) for x in merged.main.ops[own[0].index].inputs]
        assert_tflite_agrees(own, values, computed[t], got, name)

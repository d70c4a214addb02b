"""Models with several outputs, and several cases merged into one model, so that C is compiled once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from ops.compiled import run_compiled
from ops.harness import file_of

from edgeq.codegen.native import render_native
from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.opkit.node import Values
from edgeq.runtime import reference_interpreter
from edgeq.simulate.execute import execute, random_inputs


def several_outputs(
    kind: str,
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    options_type: str,
    **attributes: object,
) -> Model:
    """A model of one operator with all its outputs."""
    tensors = (*inputs, *outputs)
    ends = tuple(range(len(inputs), len(tensors)))
    op = Op(
        kind,
        tuple(range(len(inputs))),
        ends,
        tuple(sorted(attributes.items())),
        options_type=options_type,
    )  # type: ignore[arg-type]
    return Model(
        (Graph(tensors, (op,), tuple(i for i, t in enumerate(inputs) if not t.constant), ends),)
    )


def merged(models: Mapping[str, Model]) -> Model:
    """One graph of all graphs; tensors are prefixed with the case's name."""
    tensors: list[Tensor] = []
    ops: list[Op] = []
    inputs: list[int] = []
    outputs: list[int] = []
    for name, graph in ((name, model.main) for name, model in models.items()):
        at = len(tensors)
        tensors += [replace(t, name=f"{name}: {t.name}") for t in graph.tensors]
        ops += [
            replace(op, inputs=_moved(op.inputs, at), outputs=_moved(op.outputs, at))
            for op in graph.ops
        ]
        inputs += _moved(graph.inputs, at)
        outputs += _moved(graph.outputs, at)
    return Model((Graph(tuple(tensors), tuple(ops), tuple(inputs), tuple(outputs)),))


def _moved(indices: Iterable[int], at: int) -> tuple[int, ...]:
    return tuple(i if i < 0 else i + at for i in indices)


def tflite_outputs(model: Model, inputs: Sequence[Values]) -> list[Values]:
    """Every output for every sample, by tflite-runtime's reference kernels."""
    interpreter = reference_interpreter(file_of(model))
    details = interpreter.get_input_details()
    samples = []
    for sample in zip(*inputs, strict=True):
        for detail, x in zip(details, sample, strict=True):
            interpreter.set_tensor(detail["index"], x)
        interpreter.invoke()
        samples.append(
            [interpreter.get_tensor(d["index"]) for d in interpreter.get_output_details()]
        )
    return [np.array(parts) for parts in zip(*samples, strict=True)]


def tflm_outputs(model: Model, inputs: Sequence[Values]) -> list[Values]:
    """Every output for every sample, by TFLM."""
    from tflite_micro.python.tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(file_of(model), arena_size=1 << 20)
    samples = []
    for sample in zip(*inputs, strict=True):
        for position, x in enumerate(sample):
            interpreter.set_input(x, position)
        interpreter.invoke()
        samples.append([interpreter.get_output(i) for i in range(len(model.main.outputs))])
    return [np.array(parts) for parts in zip(*samples, strict=True)]


def assert_all_outputs_agree(
    model: Model, tflite: bool = True, tflm: bool = True, compiler: str | None = None
) -> list[Values]:
    """Asserts that the simulator, both oracles and the compiled C give the same bytes on random
    inputs; returns the simulator's outputs.

    tflite, tflm: leave out an oracle only where it cannot run the operator, and say why at the
        call.
    """
    inputs = random_inputs(model.main, 6)
    values = execute(model.main, inputs)
    compiled = run_compiled(render_native(model, "op"), inputs, compiler)
    everyone = {"the compiled C": [compiled[t] for t in model.main.outputs]}
    everyone |= {"tflite-runtime": tflite_outputs(model, inputs)} if tflite else {}
    everyone |= {"TFLM": tflm_outputs(model, inputs)} if tflm else {}
    for name, outputs in everyone.items():
        for t, got in zip(model.main.outputs, outputs, strict=True):
            np.testing.assert_array_equal(
                values[t], got, f"{model.main.tensors[t].name}: simulator and {name}"
            )
    return [values[t] for t in model.main.outputs]

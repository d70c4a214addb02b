"""Operators of several outputs: the models, and all computers compared on every output."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgeq.codegen.native import render_native
from edgeq.graph import Graph, Model, Op, Tensor, write_tflite
from edgeq.opkit.contract import Values
from edgeq.runtime import reference_interpreter
from edgeq.simulate.execute import execute, random_inputs
from edgeq.verify.host import run_host


def several_outputs(kind: str, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options_type: str,
                    **attributes: object) -> Model:  # fmt: skip
    """A model of one operator, all of whose outputs are the model's."""
    tensors = (*inputs, *outputs)
    ends = tuple(range(len(inputs), len(tensors)))
    op = Op(kind, tuple(range(len(inputs))), ends, tuple(sorted(attributes.items())), options_type=options_type)  # type: ignore[arg-type]
    return Model((Graph(tensors, (op,), tuple(i for i, t in enumerate(inputs) if not t.constant), ends),))


def tflite_outputs(model: Model, x: Values) -> list[Values]:
    """Every output for every sample of the only input, by tflite-runtime's reference kernels."""
    interpreter = reference_interpreter(write_tflite(model))
    samples = []
    for sample in x:
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], sample)
        interpreter.invoke()
        samples.append([interpreter.get_tensor(d["index"]) for d in interpreter.get_output_details()])
    return [np.array(parts) for parts in zip(*samples, strict=True)]


def tflm_outputs(model: Model, x: Values) -> list[Values]:
    """The same by TFLM."""
    from tflite_micro.python.tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(write_tflite(model), arena_size=1 << 20)
    samples = []
    for sample in x:
        interpreter.set_input(sample, 0)
        interpreter.invoke()
        samples.append([interpreter.get_output(i) for i in range(len(model.main.outputs))])
    return [np.array(parts) for parts in zip(*samples, strict=True)]


def assert_all_outputs_agree(model: Model, tflm: bool = True, compiler: str | None = None) -> list[Values]:
    """The simulator's outputs on random inputs, after both oracles and the compiled C gave the same bytes."""
    (x,) = random_inputs(model.main, 4)
    values = execute(model.main, [x])
    expected = [values[t] for t in model.main.outputs]
    compiled = run_host(render_native(model, "op"), [x], compiler)
    everyone = {"tflite-runtime": tflite_outputs(model, x), "C": [compiled[t] for t in model.main.outputs]}
    if tflm:
        everyone["TFLM"] = tflm_outputs(model, x)
    for name, got in everyone.items():
        for ours, theirs in zip(expected, got, strict=True):
            np.testing.assert_array_equal(ours, theirs, f"simulator and {name}")
    return expected

"""TFLM's signal operators: models of one, and their comparison with TFLM and the compiled C."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from ops.harness import bits, compiled_outputs

from edgeq.cleanup import cleaned
from edgeq.graph import Graph, Model, Tensor, custom_op, write_tflite
from edgeq.opkit.node import Values
from edgeq.simulate.execute import execute, random_inputs

DEFAULT_SAMPLES = 6


def values(name: str, array: Values) -> Tensor:
    """A constant without scales."""
    return Tensor(name, array.shape, array.dtype.name, buffer=np.ascontiguousarray(array).tobytes())


def signal(
    code: str, inputs: Sequence[Tensor], outputs: Sequence[Tensor], **options: bool | int | float
) -> Model:
    """A model of one custom operator, with the variables that the operator keeps by itself."""
    count = len(inputs)
    op = custom_op(code, tuple(range(count)), tuple(range(count, count + len(outputs))), **options)
    given = tuple(i for i, tensor in enumerate(inputs) if not tensor.constant)
    return cleaned(Model((Graph((*inputs, *outputs), (op,), given, op.outputs),)))


def with_options(model: Model, **options: bool | int | float) -> Model:
    """The model with other options, unchecked."""
    (op,) = model.main.ops
    known = dict(op.attributes) | options
    made = custom_op(op.custom_code, op.inputs, op.outputs, **known)  # type: ignore[arg-type]
    return replace(model, graphs=(replace(model.main, ops=(made,)),))


def ramp(samples: int, *shape: int, dtype: str = "int16", seed: int = 0) -> list[Values]:
    """Random inputs of small, large and extreme values."""
    generator = np.random.default_rng(seed)
    limits = np.iinfo(dtype)
    size = generator.integers(0, limits.bits + 1, (samples, *shape))
    x = generator.integers(limits.min, limits.max, (samples, *shape), dtype, endpoint=True)
    return [
        np.where(
            size == limits.bits, limits.max, x >> size.astype(dtype).clip(max=limits.bits - 1)
        ).astype(dtype)
    ]


def every_output(model: Model, inputs: Sequence[Values]) -> list[list[Values]]:
    """All outputs of each sample by TFLM, samples in turn."""
    from tflite_micro.python.tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(write_tflite(model), arena_size=1 << 20)
    results = []
    for sample in zip(*inputs, strict=True):
        for position, x in enumerate(sample):
            interpreter.set_input(x, position)
        interpreter.invoke()
        results.append(
            [np.array(interpreter.get_output(k)) for k in range(len(model.main.outputs))]
        )
    return results


def assert_agrees(
    model: Model,
    inputs: Sequence[Values] | None = None,
    valid: int | None = None,
    samples: int = DEFAULT_SAMPLES,
    tflm: bool = True,
) -> dict[int, Values]:
    """The simulator's outputs, after TFLM and the compiled C gave the same bytes for all of them.

    valid: the output that says whether output 0 counts; TFLM leaves what was in memory where not.
    """
    graph = model.main
    inputs = random_inputs(graph, samples) if inputs is None else inputs
    expected = execute(graph, inputs)
    made = compiled_outputs(model, inputs)
    for t in graph.outputs:
        np.testing.assert_array_equal(bits(expected[t]), bits(made[t]), "simulator and compiled C")
    for step, outputs in enumerate(every_output(model, inputs) if tflm else ()):
        for k, got in enumerate(outputs):
            want = expected[graph.outputs[k]][step]
            if k == 0 and valid is not None and not expected[graph.outputs[valid]][step]:
                continue
            message = f"simulator and TFLM, step {step}, output {k}"
            np.testing.assert_array_equal(bits(want), bits(got.reshape(want.shape)), message)
    return expected


def int16(name: str, *shape: int) -> Tensor:
    return Tensor(name, shape, "int16")


def uint32(name: str, *shape: int) -> Tensor:
    return Tensor(name, shape, "uint32")


def fourier(code: str, x: tuple[int, ...], y: tuple[int, ...], length: int, dtype: str) -> Model:
    """SIGNAL_RFFT or SIGNAL_IRFFT with inputs x and outputs y."""
    number = {"float32": 0, "int32": 2, "int16": 7}[dtype]
    ends = [Tensor("x", x, dtype)], [Tensor("y", y, dtype)]
    return signal(code, *ends, T=number, fft_length=length)

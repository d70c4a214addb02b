"""Comparison of one operator in edgeq's simulator, tflite-runtime, TFLM and the compiled C, byte
for byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from ops.compiled import run_compiled

from edgeq.codegen.native import render_native
from edgeq.graph import Graph, Model, Op, Quantization, Tensor, write_tflite
from edgeq.opkit.node import Node, Values
from edgeq.ops import bind
from edgeq.runtime import reference_interpreter
from edgeq.simulate.compare import Comparison, compare_with
from edgeq.simulate.execute import execute, random_inputs
from edgeq.simulate.interpreter import interpreter_of
from edgeq.simulate.known_differences import find_known_difference
from edgeq.simulate.oracles import ORACLES

READS_UNSTATED_NARROW_BIASES = interpreter_of("tflite-runtime").package == "tflite-runtime"
"""Whether TFLite's interpreter takes the type of a bias from its tensor. LiteRT takes it to have 64
bits where x is int16 and `quantized_bias_type` does not say INT32, and reads beyond its end.
"""


def quantized(
    name: str, shape: Sequence[int], scale: float = 0.05, zero_point: int = 0, dtype: str = "int8"
) -> Tensor:
    """A computed tensor with per-tensor quantization; the scale is rounded to float32 as in a file."""
    return Tensor(
        name, tuple(shape), dtype, Quantization((float(np.float32(scale)),), (zero_point,))
    )


def constant(
    name: str,
    values: Values,
    scales: Sequence[float] | float | None = None,
    axis: int = 0,
    zero_point: int = 0,
) -> Tensor:
    """A constant tensor. scales: a number, one per slice along `axis`, or None for plain integers."""
    quantization = None
    if scales is not None:
        rounded = tuple(float(s) for s in np.atleast_1d(np.float32(scales)))
        quantization = Quantization(rounded, (zero_point,) * len(rounded), axis)
    return Tensor(
        name, values.shape, values.dtype.name, quantization, np.ascontiguousarray(values).tobytes()
    )


def single_op(
    kind: str,
    inputs: Sequence[Tensor | None],
    output: Tensor,
    options_type: str = "",
    version: int = 1,
    **attributes: object,
) -> Model:
    """A model of one operator; its computed inputs are the model's inputs."""
    tensors = [t for t in inputs if t is not None]
    numbers = iter(range(len(tensors)))
    indices = tuple(-1 if t is None else next(numbers) for t in inputs)
    op = Op(
        kind,
        indices,
        (len(tensors),),
        tuple(sorted(attributes.items())),
        version,
        options_type=options_type,  # type: ignore[arg-type]
    )
    model_inputs = tuple(i for i, t in enumerate(tensors) if not t.constant)
    return Model((Graph((*tensors, output), (op,), model_inputs, (len(tensors),)),))


def bits(values: Values) -> Values:
    """float32 values as their bits, so that 0 and -0 differ; others unchanged."""
    return np.ascontiguousarray(values).view(np.uint32) if values.dtype == np.float32 else values


def assert_tflite_agrees(
    nodes: Sequence[Node],
    values: Sequence[Values | None],
    expected: Values,
    got: Values,
    message: str = "",
) -> None:
    """TFLite's reference kernels gave the simulator's bytes for the output of a model.

    tflite-runtime gives just those. ai-edge-litert, the only interpreter for Python 3.12 and later,
    is held to what it
    is known to compute otherwise where the model is one operator. values: that operator's inputs
    [samples, ...], None for one that is left out.
    """
    by, got = interpreter_of("tflite-runtime"), got.reshape(expected.shape)
    if (
        by.package == "tflite-runtime"
        or len(nodes) > 1
        or np.array_equal(bits(expected), bits(got))
    ):
        np.testing.assert_array_equal(bits(expected), bits(got), f"{message}: simulator and {by}")
    else:
        assert find_known_difference(nodes[0], by, values, expected, got) is not None, (
            f"{message}: {by} differs without a known reason"
        )


def agrees(said: Comparison) -> bool:
    """Whether an oracle that ran gave the simulator's bytes; for ai-edge-litert, apart from known
    differences.
    """
    known = said.explained and (said.interpreter or "").startswith("ai-edge-litert")
    return said.status == "ok" and (said.bytes_different == 0 or known)


def assert_tflite_explained(model: Model, inputs: Sequence[Values]) -> None:
    """Asserts that TFLite's interpreter gives the simulator's bytes for every tensor, except for
    known differences.
    """
    said = compare_with(
        ORACLES["tflite-runtime"], model, inputs, by=interpreter_of("tflite-runtime")
    )
    assert said.status == "ok", said
    assert said.explained, said


@lru_cache(maxsize=4)
def file_of(model: Model) -> bytes:
    """The model's file, written once for all oracles that read it."""
    return write_tflite(model)


def reference_output(model: Model, inputs: Sequence[Values]) -> Values:
    """Output 0 for every sample, by TFLite's reference kernels."""
    interpreter = reference_interpreter(file_of(model))
    details, out = interpreter.get_input_details(), interpreter.get_output_details()[0]["index"]
    results = []
    for sample in zip(*inputs, strict=True):
        for detail, x in zip(details, sample, strict=True):
            interpreter.set_tensor(detail["index"], x)
        interpreter.invoke()
        results.append(interpreter.get_tensor(out))
    return np.array(results)


def tflm_output(model: Model, inputs: Sequence[Values]) -> Values:
    """Output 0 for every sample, by TFLM."""
    from tflite_micro.python.tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(file_of(model), arena_size=1 << 20)
    results = []
    for sample in zip(*inputs, strict=True):
        for position, x in enumerate(sample):
            interpreter.set_input(x, position)
        interpreter.invoke()
        results.append(interpreter.get_output(0))
    return np.array(results)


def compiled_outputs(
    model: Model, inputs: Sequence[Values], compiler: str | None = None
) -> dict[int, Values]:
    """Every computed tensor for every sample, by the generated C under sanitizers."""
    return run_compiled(render_native(model, "op"), inputs, compiler)


def compiled_output(model: Model, inputs: Sequence[Values], compiler: str | None = None) -> Values:
    """Output 0 for every sample, by the generated C under sanitizers."""
    return compiled_outputs(model, inputs, compiler)[model.main.outputs[0]]


def assert_all_agree(
    model: Model, samples: int = 8, seed: int = 0, tflite: bool = True, tflm: bool = True
) -> Values:
    """The simulator's output on random inputs, after every oracle and the compiled C gave the same
    bytes.

    Leave out an oracle only where it cannot run the operator or is known to differ, and say why at
    the call.
    """
    inputs = random_inputs(model.main, samples, seed)
    expected = execute(model.main, inputs)[model.main.outputs[0]]
    if tflite:
        assert_tflite_agrees(bind(model.main), inputs, expected, reference_output(model, inputs))
    if tflm:
        np.testing.assert_array_equal(expected, tflm_output(model, inputs), "simulator and TFLM")
    np.testing.assert_array_equal(
        expected, compiled_output(model, inputs), "simulator and compiled C"
    )
    return expected

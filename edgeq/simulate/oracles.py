"""Other people's integer inference, one sample at a time, every tensor readable: tflite-runtime and TFLM."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from edgeq.errors import EdgeqError, UnsupportedError
from edgeq.graph import Model, Op, Tensor, expanded, write_tflite
from edgeq.opkit.contract import Values
from edgeq.ops import operator
from edgeq.quiet import quiet_output
from edgeq.runtime import reference_interpreter

Sample = Sequence[Values]
ReadTensor = Callable[[int], Values | None]  # tensor index -> its value after an inference, None where not readable
Oracle = Callable[[Model, Sequence[Values]], Iterator[ReadTensor]]

ARENA_BYTES = 10 << 20


def samples_of(inputs: Sequence[Values]) -> Iterator[Sample]:
    """Sample after sample, one array for each input."""
    return zip(*inputs, strict=True)


def tflite_runtime(model: Model, inputs: Sequence[Values]) -> Iterator[ReadTensor]:
    """TFLite's reference kernels (`BUILTIN_REF`) with all tensors kept. UnsupportedError where it refuses the model."""
    interpreter = reference_interpreter(write_tflite(_all_outputs(expanded(model))))
    yield from _tflite_samples(interpreter, inputs, lambda t: interpreter.get_tensor(t))


def _all_outputs(model: Model) -> Model:
    """The model with every computed tensor an output: even with all tensors kept, tflite-runtime adds in place."""
    written = tuple(t for op in model.main.ops for t in op.outputs)
    return replace(model, graphs=(replace(model.main, outputs=written), *model.graphs[1:]), signatures=())


def xnnpack(model: Model, inputs: Sequence[Values]) -> Iterator[ReadTensor]:
    """The default interpreter, which runs the XNNPACK delegate: not bit-exact, and only outputs are readable."""
    interpreter = reference_interpreter(write_tflite(expanded(model)), preserve_all=False, xnnpack=True)
    readable = set(model.main.outputs)
    yield from _tflite_samples(interpreter, inputs, lambda t: interpreter.get_tensor(t) if t in readable else None)


def _tflite_samples(interpreter: Any, inputs: Sequence[Values], read: ReadTensor) -> Iterator[ReadTensor]:
    indices = [detail["index"] for detail in interpreter.get_input_details()]
    for sample in samples_of(inputs):
        for index, x in zip(indices, sample, strict=True):
            interpreter.set_tensor(index, x)
        interpreter.invoke()
        yield read


def tflm(model: Model, inputs: Sequence[Values]) -> Iterator[ReadTensor]:
    """TFLM from PyPI with all tensors kept. UnsupportedError where it lacks an operator or cannot be imported."""
    runtime, content = tflm_runtime(), write_tflite(expanded(model))
    with quiet_output() as said:
        try:
            interpreter = runtime.Interpreter.from_bytes(
                content,
                arena_size=ARENA_BYTES + 4 * sum(t.nbytes for t in model.main.tensors),
                intrepreter_config=runtime.InterpreterConfig.kPreserveAllTensors,
            )
        except Exception as error:
            reason = said().strip().splitlines()[-1:] or [str(error)]
            raise UnsupportedError("TFLM cannot load the model", reason[0], "use another oracle") from error

    def read(t: int) -> Values:
        return np.asarray(interpreter.GetTensor(t, 0)["tensor_data"]).reshape(model.main.tensors[t].shape)

    for sample in samples_of(inputs):
        for position, x in enumerate(sample):
            interpreter.set_input(x, position)
        interpreter.invoke()
        yield read


def with_int8_weights(model: Model) -> Model | None:
    """The model with the same integers in int8 for int4 weights, which are computed alike; None if it has none.

    tflite-runtime 2.14 knows no int4 weights, TFLM none of dense layers with several scales.
    """
    graph = model.main
    narrow = {t for t, tensor in enumerate(graph.tensors) if tensor.dtype == "int4" and tensor.constant}
    tensors = tuple(_in_int8(t) if k in narrow else t for k, t in enumerate(graph.tensors))
    ops = tuple(_of_int8(op) if narrow & set(op.inputs) else op for op in graph.ops)
    return replace(model, graphs=(replace(graph, tensors=tensors, ops=ops), *model.graphs[1:])) if narrow else None


def _in_int8(tensor: Tensor) -> Tensor:
    return replace(tensor, dtype="int8", buffer=np.asarray(tensor.array, np.int8).tobytes())


def _of_int8(op: Op) -> Op:
    """The operator with the version that int8 weights need."""
    return replace(op, version=getattr(operator(op.kind), "VERSIONS", {}).get(("int8", "int8"), op.version))


def tflm_runtime() -> Any:
    """The module of TFLM's Python interpreter. Raises EdgeqError where it is not installed."""
    try:
        from tflite_micro.python.tflite_micro import runtime
    except ImportError as error:
        raise EdgeqError("oracle tflm", "tflite-micro is not installed", 'pip install "edgeq[tflm]"') from error
    return runtime


ORACLES: Mapping[str, Oracle] = {"tflite-runtime": tflite_runtime, "tflm": tflm}

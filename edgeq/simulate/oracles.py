"""The oracles, tflite-runtime and TFLM: integer inference one sample at a time, with every tensor readable.

Each runs in a process of its own (`process`), because it is C++ that a hostile model can crash.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from edgeq.graph import Model, Op, Tensor, expanded, write_tflite
from edgeq.opkit.contract import Values
from edgeq.ops import bind, count_macs, operator
from edgeq.runtime import PACKAGES
from edgeq.simulate.process import Job, run_apart

ReadTensor = Callable[[int], Values | None]  # tensor index -> its value after an inference, None where not readable
Oracle = Callable[[Model, Sequence[Values]], Iterator[ReadTensor]]

ARENA_BYTES = 10 << 20
LEAST_SECONDS = 30  # that an oracle may take for a sample, and for loading
SLOWEST = 1e7  # multiply-accumulates and elements a second, a fraction of what reference kernels do on slow machines


@dataclass(frozen=True)
class Interpreter:
    """What an oracle runs on: a package on PyPI and its version, "" where it is not installed."""

    package: str
    version: str

    def __str__(self) -> str:
        return f"{self.package} {self.version}".strip()


def tflite_runtime(model: Model, inputs: Sequence[Values]) -> Iterator[ReadTensor]:
    """TFLite's reference kernels (`BUILTIN_REF`) with all tensors kept. UnsupportedError where it refuses the model."""
    return _apart("tflite-runtime", model, _all_outputs(model), inputs, _written(model))


def tflm(model: Model, inputs: Sequence[Values]) -> Iterator[ReadTensor]:
    """TFLM from PyPI with all tensors kept. UnsupportedError where it lacks an operator, EdgeqError without it."""
    return _apart("tflm", model, model, inputs, _written(model))


def xnnpack(model: Model, inputs: Sequence[Values]) -> Iterator[ReadTensor]:
    """The default interpreter, which runs the XNNPACK delegate: not bit-exact, and only outputs are readable."""
    return _apart("xnnpack", model, model, inputs, tuple(dict.fromkeys(model.main.outputs)))


def _apart(name: str, model: Model, given: Model, inputs: Sequence[Values],
           tensors: tuple[int, ...]) -> Iterator[ReadTensor]:  # fmt: skip
    """given: the model as the interpreter gets it; its tensors are those of `model`."""
    graph, nodes = model.main, bind(model.main)
    work = sum(count_macs(node) or 0 for node in nodes) + sum(t.size for t in graph.tensors)
    arena = ARENA_BYTES + 4 * sum(t.nbytes for t in graph.tensors)
    job = Job(name, write_tflite(expanded(given)), tensors, LEAST_SECONDS + work / SLOWEST, arena)
    for values in run_apart(job, inputs):
        read = {t: _shaped(graph.tensors[t], value) for t, value in zip(tensors, values, strict=True)}
        yield read.get


def _shaped(tensor: Tensor, value: Values) -> Values:
    """The value in the tensor's shape: TFLM gives scalars and vectors of it as it likes."""
    return value.reshape(tensor.shape)


def _written(model: Model) -> tuple[int, ...]:
    return tuple(dict.fromkeys(t for op in model.main.ops for t in op.outputs))


def _all_outputs(model: Model) -> Model:
    """The model with every computed tensor an output: even with all tensors kept, tflite-runtime adds in place."""
    graph = replace(model.main, outputs=tuple(t for op in model.main.ops for t in op.outputs))
    return replace(model, graphs=(graph, *model.graphs[1:]), signatures=())


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


ORACLES: Mapping[str, Oracle] = {"tflite-runtime": tflite_runtime, "tflm": tflm}

_PACKAGES = {"tflite-runtime": PACKAGES, "tflm": ("tflite_micro",)}
"""The packages that an oracle can run on, by the names that they are imported by; the first that is there serves."""


def interpreter_of(oracle: str) -> Interpreter:
    """What an oracle of `ORACLES` runs on here; nothing of it is loaded."""
    for package in _PACKAGES.get(oracle, ()):
        if importlib.util.find_spec(package) is not None:
            name = package.replace("_", "-")
            return Interpreter(name, importlib.metadata.version(name))
    return Interpreter(oracle, "")

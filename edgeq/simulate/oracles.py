"""The oracles, tflite-runtime and TFLM: integer inference by interpreters, with every tensor
readable.

Each runs in its own process (`oracle_process`), because malicious models can crash C++ code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from edgeq.cleanup import clean_up
from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Op, Tensor, expanded, write_tflite
from edgeq.opkit.node import Values
from edgeq.ops import bind, count_macs, operator
from edgeq.simulate.interpreter import interpreter_of
from edgeq.simulate.oracle_process import Job, run_in_process
from edgeq.simulate.unsafe_layers import check_safe

ReadTensor = Callable[
    [int], Values | None
]  # tensor index -> value after an inference, None if not readable
Oracle = Callable[[Model, Sequence[Values]], Iterator[ReadTensor]]

ARENA_BYTES = 10 << 20
LEAST_SECONDS = 30  # shortest time limit, per sample and for loading
SLOWEST = 1e7  # multiply-accumulates and elements per second, below that of slow machines


def tflite_runtime(model: Model, inputs: Sequence[Values]) -> Iterator[ReadTensor]:
    """Runs TFLite's reference kernels (`BUILTIN_REF`) and yields a tensor reader per sample.

    Raises UnsupportedError if the interpreter refuses the model.
    """
    return _run_oracle("tflite-runtime", model, _all_outputs(model), inputs, _written(model))


def tflm(model: Model, inputs: Sequence[Values]) -> Iterator[ReadTensor]:
    """Runs TFLM from PyPI and yields a tensor reader per sample.

    Raises UnsupportedError if TFLM lacks an operator, or takes sizes that change from step to step of
    a loop for fixed ones; EdgeqError if it is not installed.
    """
    regions = (region for op in model.main.ops for _, region in op.regions)
    if any(-1 in (t.shape_signature or ()) for region in regions for t in region.tensors):
        why = "a branch or loop has tensors of sizes that are computed, which TFLM takes for fixed"
        raise UnsupportedError("TFLM cannot run the model", why, "use another oracle")
    return _run_oracle("tflm", model, model, inputs, _written(model))


def xnnpack(model: Model, inputs: Sequence[Values]) -> Iterator[ReadTensor]:
    """Runs TFLite's default interpreter with the XNNPACK delegate: not bit-exact, only outputs
    readable.
    """
    return _run_oracle("xnnpack", model, model, inputs, tuple(dict.fromkeys(model.main.outputs)))


def _run_oracle(
    name: str, model: Model, given: Model, inputs: Sequence[Values], tensors: tuple[int, ...]
) -> Iterator[ReadTensor]:
    """Runs an interpreter in its own process and yields a tensor reader per sample.

    model: whose tensors are read.
    given: the variant of it that the interpreter gets, with the same tensor indices.
    tensors: indices to read.
    """
    graph, nodes = model.main, bind(clean_up(model).model.main)
    check_safe(nodes, interpreter_of("tflm" if name == "tflm" else "tflite-runtime"))
    work = sum(count_macs(node) or 0 for node in nodes) + sum(t.size for t in graph.tensors)
    arena = ARENA_BYTES + 4 * sum(t.nbytes for t in graph.tensors)
    job = Job(name, write_tflite(expanded(given)), tensors, LEAST_SECONDS + work / SLOWEST, arena)
    for values in run_in_process(job, inputs):
        read = {
            t: _shaped(graph.tensors[t], value) for t, value in zip(tensors, values, strict=True)
        }
        yield read.get


def _shaped(tensor: Tensor, value: Values) -> Values:
    """The value in the tensor's shape; TFLM returns scalars and vectors in other shapes. A value of
    another size, as of a shape that the file leaves open, stays as it is.
    """
    return value.reshape(tensor.shape) if value.size == tensor.size else value


def _written(model: Model) -> tuple[int, ...]:
    """The computed tensors, variables apart: a file has handles in their place."""
    graph = model.main
    written = dict.fromkeys(t for op in graph.ops for t in op.outputs)
    return tuple(t for t in written if t not in graph.states)


def _all_outputs(model: Model) -> Model:
    """The model with every computed tensor as an output. Otherwise tflite-runtime computes ADD in
    place, even if asked to keep all tensors.
    """
    graph = replace(model.main, outputs=_written(model))
    return replace(model, graphs=(graph, *model.graphs[1:]), signatures=())


def with_int8_weights(model: Model) -> Model | None:
    """The model with int4 weights stored as int8, which computes the same; None if it has no int4
    weights.

    tflite-runtime 2.14 has no int4 kernels, TFLM none for dense layers with per-channel scales.
    """
    graph = model.main
    narrow = {
        t for t, tensor in enumerate(graph.tensors) if tensor.dtype == "int4" and tensor.constant
    }
    tensors = tuple(_in_int8(t) if k in narrow else t for k, t in enumerate(graph.tensors))
    ops = tuple(_of_int8(op) if narrow & set(op.inputs) else op for op in graph.ops)
    return (
        replace(model, graphs=(replace(graph, tensors=tensors, ops=ops), *model.graphs[1:]))
        if narrow
        else None
    )


def _in_int8(tensor: Tensor) -> Tensor:
    return replace(tensor, dtype="int8", buffer=np.asarray(tensor.array, np.int8).tobytes())


def _of_int8(op: Op) -> Op:
    """The operator with the version that int8 weights require."""
    return replace(op, version=operator(op.kind).versions.get(("int8", "int8"), op.version))


ORACLES: Mapping[str, Oracle] = {"tflite-runtime": tflite_runtime, "tflm": tflm}

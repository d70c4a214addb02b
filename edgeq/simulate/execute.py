"""Batch execution of integer graphs: the value of every tensor, bit-exact, for many samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from edgeq.cleanup import cleaned
from edgeq.data import Samples, dequantize, quantized_inputs
from edgeq.graph import Graph, Model, initial_bytes
from edgeq.opkit.input_affine import InputAffine, find_input_affines, real_values
from edgeq.opkit.legal import check_computable
from edgeq.opkit.node import Node, Values
from edgeq.ops import bind, compute, operator, supported
from edgeq.simulate.inputs import check_inputs

CHUNK_BYTES = (
    8 << 20
)  # activations computed together; a few megabytes stay in the processor's cache

Progress = Callable[[int], None]
State = dict[int, Values]
"""What variables hold: tensor index -> [1, *shape]."""


def execute(
    graph: Graph,
    inputs: Sequence[Values],
    keep: Sequence[int] | None = None,
    progress: Progress | None = None,
) -> dict[int, Values]:
    """Runs a graph on quantized inputs: tensor index -> [samples, *shape].

    inputs: for each graph input an array [samples, *shape] of its dtype.
    keep: tensor indices to return; the graph's outputs by default.
    progress: called after each chunk with the number of samples in it.

    The samples of a graph with variables are the steps of one sequence: each takes the variables as
    the sample before it left them, the first one their initial values.

    Raises UnsupportedError, before any computation, for an unknown operator, and EdgeqError for an
    input that does not match.
    """
    nodes = bind(graph)
    samples = check_inputs(graph, inputs)
    wanted = tuple(graph.outputs if keep is None else keep)
    chunk = chunk_samples(graph)
    parts: list[dict[int, Values]] = []
    state = initial_state(graph)
    for start in range(0, samples, chunk):
        part = execute_chunk(
            graph, nodes, [x[start : start + chunk] for x in inputs], wanted, state
        )
        parts.append(part)
        if progress is not None:
            progress(min(chunk, samples - start))
    return {t: np.concatenate([part[t] for part in parts]) for t in wanted}


def real_outputs(graph: Graph, samples: Samples) -> list[npt.NDArray[np.float32]]:
    """The dequantized outputs [n, *shape] for real samples."""
    values = execute(graph, quantized_inputs(graph, samples.inputs))
    return [dequantize(values[t], graph.tensors[t]) for t in graph.outputs]


def first_output(graph: Graph, samples: Samples) -> npt.NDArray[np.float32]:
    """The dequantized first output [n, *shape without a batch axis of 1] for real samples."""
    shape = graph.tensors[graph.outputs[0]].shape
    return real_outputs(graph, samples)[0].reshape(
        samples.count, *(shape[1:] if shape[:1] == (1,) else shape)
    )


def initial_state(graph: Graph) -> State:
    """What the graph's variables hold before the first sample of a sequence."""
    tensors = ((t, graph.tensors[t]) for t in graph.states)
    return {
        t: np.frombuffer(initial_bytes(tensor), tensor.dtype).reshape(1, *tensor.shape)
        for t, tensor in tensors
    }


def execute_chunk(
    graph: Graph,
    nodes: Sequence[Node],
    inputs: Sequence[Values],
    keep: Sequence[int],
    state: State,
) -> dict[int, Values]:
    """Runs one chunk of samples through bound nodes, and gives the tensors `keep`: index -> values
    [samples, *shape].

    state: as `initial_state` gives it; holds afterwards what the last sample left.
    """
    if not state:
        return _execute_together(graph, nodes, inputs, keep, state)
    steps = [
        _execute_together(graph, nodes, [x[i : i + 1] for x in inputs], keep, state)
        for i in range(len(inputs[0]) if inputs else 1)
    ]
    return {t: np.concatenate([step[t] for step in steps]) for t in keep}


def _execute_together(
    graph: Graph,
    nodes: Sequence[Node],
    inputs: Sequence[Values],
    keep: Sequence[int],
    state: State,
) -> dict[int, Values]:
    """Runs all samples through one operator after the other: tensor index -> [samples, *shape] of
    those in `keep`. Every other tensor is freed after its last use.
    """
    values: dict[int, Values] = {
        t: tensor.array[None] for t, tensor in enumerate(graph.tensors) if tensor.constant
    }
    values |= dict(zip(graph.inputs, inputs, strict=True)) | state
    compute(graph, nodes, values, {*keep, *state})
    state.update((t, values[t]) for t in state)
    samples = len(inputs[0]) if inputs else 1
    return {t: np.broadcast_to(values[t], (samples, *graph.tensors[t].shape)) for t in keep}


def chunk_samples(graph: Graph) -> int:
    """Number of samples to compute together."""
    largest = max((t.nbytes for t in graph.tensors if not t.constant), default=1)
    return int(np.clip(CHUNK_BYTES // max(16 * largest, 1), 1, 256))


def random_inputs(graph: Graph, samples: int, seed: int = 0) -> list[Values]:
    """Uniformly random quantized inputs over the whole range of each dtype (floats: -1 to 1),
    seeded.

    Indices stay within the axes that they index, since interpreters read outside of the tensor
    otherwise. Float inputs that affine operators quantize get real values that cover the whole
    range of those integers. Raises UnsupportedError for graphs that cannot be computed, such as one
    with inputs of gigabytes.
    """
    check_computable(graph)
    generator = np.random.default_rng(seed)
    input_affines = {
        input_affine.position: input_affine for input_affine in find_input_affines(graph)
    }
    limits = _index_limits(graph)
    return [
        _random_reals(generator, graph, input_affines[position], samples)
        if position in input_affines
        else generator.integers(0, limits[t], shape, np.dtype(dtype).type)
        if t in limits
        else _random(generator, dtype, shape)
        for position, t in enumerate(graph.inputs)
        for dtype, shape in [(graph.tensors[t].dtype, (samples, *graph.tensors[t].shape))]
    ]


def _index_limits(graph: Graph) -> dict[int, int | tuple[int, ...]]:
    """Input of the graph -> what its elements stay below where an operator takes them for indices.
    Clean-up settles the sizes that a file leaves open.
    """
    known = {op.kind for op in graph.ops} & supported()
    if all(operator(kind).index_limits is None for kind in known):
        return {}
    limits: dict[int, int | tuple[int, ...]] = {}
    clean = cleaned(Model((graph,))).main
    for node in bind(clean):
        index_limits = operator(node.kind).index_limits
        if index_limits is not None:
            inputs = clean.ops[node.index].inputs
            limits |= {inputs[p]: limit for p, limit in index_limits(node).items()}
    return {t: limits[c] for t, c in zip(graph.inputs, clean.inputs, strict=True) if c in limits}


def _random_reals(
    generator: np.random.Generator, graph: Graph, input_affine: InputAffine, samples: int
) -> Values:
    """Real values that quantize to every integer, including values between integers and slightly
    outside the range.
    """
    output = graph.tensors[input_affine.output]
    limits = np.iinfo(np.dtype(output.dtype))
    beyond = limits.max / 64
    levels = generator.uniform(limits.min - beyond, limits.max + beyond, (samples, output.size))
    return real_values(input_affine, output, levels).reshape(
        samples, *graph.tensors[input_affine.input].shape
    )


def _random(generator: np.random.Generator, dtype: str, shape: tuple[int, ...]) -> Values:
    if dtype == "bool":
        return generator.integers(0, 2, shape).astype(bool)
    if dtype.startswith("float"):
        return generator.uniform(-1, 1, shape).astype(dtype)
    limits = np.iinfo(np.dtype(dtype))
    values: Values = generator.integers(
        limits.min, limits.max, shape, np.dtype(dtype).type, endpoint=True
    )
    return values

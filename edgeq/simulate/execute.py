"""The batch executor: what every byte of every tensor must be, for many samples at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from edgeq.data import Samples, dequantize, quantized_inputs
from edgeq.errors import EdgeqError
from edgeq.graph import DTYPES, Graph
from edgeq.opkit.contract import Node, Values
from edgeq.opkit.input_front import Front, find_fronts, real_inputs
from edgeq.opkit.legal import check_computable
from edgeq.ops import bind, operator

CHUNK_BYTES = 8 << 20  # activations computed together; a few megabytes stay in the processor's cache

Progress = Callable[[int], None]


def execute(graph: Graph, inputs: Sequence[Values], keep: Sequence[int] | None = None,
            progress: Progress | None = None) -> dict[int, Values]:  # fmt: skip
    """Runs a graph on quantized inputs.

    inputs: for each graph input an array [samples, *shape] of its dtype. keep: the tensor indices wanted (the graph's
    outputs by default). progress: called with the number of samples done after each chunk. Gives tensor index ->
    [samples, *shape]. Raises UnsupportedError before any work where an operator is unknown, EdgeqError where an input
    does not match.
    """
    nodes = bind(graph)
    samples = check_inputs(graph, inputs)
    wanted = tuple(graph.outputs if keep is None else keep)
    chunk = chunk_samples(graph)
    parts: list[dict[int, Values]] = []
    for start in range(0, samples, chunk):
        part = execute_chunk(graph, nodes, [x[start : start + chunk] for x in inputs], wanted)
        parts.append(part)
        if progress is not None:
            progress(min(chunk, samples - start))
    return {t: np.concatenate([part[t] for part in parts]) for t in wanted}


def real_outputs(graph: Graph, samples: Samples) -> list[npt.NDArray[np.float32]]:
    """The outputs [n, *shape] of real samples, dequantized."""
    values = execute(graph, quantized_inputs(graph, samples.inputs))
    return [dequantize(values[t], graph.tensors[t]) for t in graph.outputs]


def first_output(graph: Graph, samples: Samples) -> npt.NDArray[np.float32]:
    """The first output [n, *shape without a batch of 1] of real samples, dequantized."""
    shape = graph.tensors[graph.outputs[0]].shape
    return real_outputs(graph, samples)[0].reshape(samples.count, *(shape[1:] if shape[:1] == (1,) else shape))


def execute_chunk(graph: Graph, nodes: Sequence[Node], inputs: Sequence[Values],
                  keep: Sequence[int]) -> dict[int, Values]:  # fmt: skip
    """One chunk of samples through bound nodes; tensors are dropped after their last use unless kept."""
    values: dict[int, Values] = {t: tensor.array[None] for t, tensor in enumerate(graph.tensors) if tensor.constant}
    values |= dict(zip(graph.inputs, inputs, strict=True))
    last_use = {t: k for k, op in enumerate(graph.ops) for t in op.inputs}
    for node in nodes:
        op = graph.ops[node.index]
        result = operator(node.kind).simulate(node, *(values[t] if t >= 0 else None for t in op.inputs))
        results = result if isinstance(result, tuple) else (result,)
        values |= dict(zip(op.outputs, results, strict=True))
        for t in {*op.inputs, *op.outputs} - {-1}:
            if last_use.get(t, -1) <= node.index and t not in keep:
                del values[t]
    samples = len(inputs[0]) if inputs else 1
    return {t: np.broadcast_to(values[t], (samples, *graph.tensors[t].shape)) for t in keep}


def chunk_samples(graph: Graph) -> int:
    """How many samples to compute together."""
    largest = max((t.nbytes for t in graph.tensors if not t.constant), default=1)
    return int(np.clip(CHUNK_BYTES // max(16 * largest, 1), 1, 256))


def check_inputs(graph: Graph, inputs: Sequence[Values]) -> int:
    """The common number of samples; EdgeqError where arrays do not match the graph's inputs."""
    if len(inputs) != len(graph.inputs):
        raise EdgeqError(
            f"{len(inputs)} input arrays", f"the model has {len(graph.inputs)} inputs", "give one array for each"
        )
    counts = {len(x) for x in inputs} or {1}
    if counts == {0}:
        raise EdgeqError("data of 0 samples", "there is nothing to compute", "give at least one sample")
    if len(counts) != 1:
        raise EdgeqError(f"inputs of {sorted(counts)} samples", "all must have as many", "cut them to one length")
    for t, x in zip(graph.inputs, inputs, strict=True):
        tensor = graph.tensors[t]
        if x.shape[1:] != tensor.shape or x.dtype != DTYPES[tensor.dtype]:
            raise EdgeqError(
                f"data of shape {list(x.shape[1:])} {x.dtype}",
                f'the model\'s input "{tensor.name}" has {list(tensor.shape)} {tensor.dtype}',
                "give data of the model's shape and type",
            )
    return counts.pop()


def random_inputs(graph: Graph, samples: int, seed: int = 0) -> list[Values]:
    """Uniformly random quantized inputs over the whole range of each dtype (floats: -1 to 1), seeded.

    Real inputs that affine operators bring to integers of their own: what these integers' whole range is made of.
    Raises UnsupportedError for a graph that is not computed at all, such as one with inputs of gigabytes.
    """
    check_computable(graph)
    generator = np.random.default_rng(seed)
    fronts = {front.position: front for front in find_fronts(graph)}
    return [
        _random_front(generator, graph, fronts[position], samples)
        if position in fronts
        else _random(generator, graph.tensors[t].dtype, (samples, *graph.tensors[t].shape))
        for position, t in enumerate(graph.inputs)
    ]


def _random_front(generator: np.random.Generator, graph: Graph, front: Front, samples: int) -> Values:
    """Reals of every integer, between two of them, and a little beyond the first and the last."""
    output = graph.tensors[front.output]
    limits = np.iinfo(np.dtype(output.dtype))
    beyond = limits.max / 64
    levels = generator.uniform(limits.min - beyond, limits.max + beyond, (samples, output.size))
    return real_inputs(front, output, levels).reshape(samples, *graph.tensors[front.input].shape)


def _random(generator: np.random.Generator, dtype: str, shape: tuple[int, ...]) -> Values:
    if dtype == "bool":
        return generator.integers(0, 2, shape).astype(bool)
    if dtype.startswith("float"):
        return generator.uniform(-1, 1, shape).astype(dtype)
    limits = np.iinfo(np.dtype(dtype))
    values: Values = generator.integers(limits.min, limits.max, shape, np.dtype(dtype).type, endpoint=True)
    return values

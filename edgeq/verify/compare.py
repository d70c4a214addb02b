"""What a target computed against what the simulator says, byte for byte."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edgeq.dead_channels import LivePart
from edgeq.errors import EdgeqError
from edgeq.graph import DTYPES, Graph, Tensor
from edgeq.opkit.floats import with_one_nan
from edgeq.opkit.input_affine import without_input_affines
from edgeq.opkit.node import Values
from edgeq.plan import Program
from edgeq.plan.program import CHANNELS
from edgeq.verify.result import Difference


@dataclass(frozen=True)
class Written:
    """A tensor at the moment when a layer has written it; layer None: an input as its helper has
    made it of real values, or an output as the application reads it.
    """

    layer: int | None
    tensor: int


@dataclass(frozen=True)
class Comparison:
    """Bytes compared so far; `+` joins that of later samples."""

    samples: int = 0
    bytes_compared: int = 0
    bytes_different: int = 0
    first: Difference | None = None

    def __add__(self, later: Comparison) -> Comparison:
        return Comparison(
            self.samples + later.samples,
            self.bytes_compared + later.bytes_compared,
            self.bytes_different + later.bytes_different,
            self.first or later.first,
        )


def written_tensors(program: Program) -> tuple[Written, ...]:
    """Every tensor in the order in which targets report them: inputs made of real values, all
    layers, the outputs.
    """
    made = (Written(None, input_affine.output) for input_affine in program.input_affines)
    steps = [Written(k, t) for k, step in enumerate(program.steps) for t in step.writes]
    return (*made, *steps, *(Written(None, t) for t in program.graph.outputs))


def check_same_tensors(graph: Graph, program: Program, live: LivePart) -> None:
    """Raises EdgeqError unless tensor indices mean the same in the graph and in the program lowered
    from its live part, and of each tensor that is computed in blocks these are all its channels, or of
    the results of stripes all its columns.
    """
    lowered = program.graph
    inputs = without_input_affines(graph, program.input_affines).inputs
    fed = () if program.fed_input is None else (program.fed_input,)
    same = inputs == (*fed, *lowered.inputs) and graph.outputs == lowered.outputs
    found = {written.tensor for written in written_tensors(program)}
    for t in found - program.blocks.keys():
        a, b = graph.tensors[t], lowered.tensors[t]
        same = same and (a.name, live.shape(t, a.shape), a.dtype) == (b.name, b.shape, b.dtype)
    for whole in {block.tensor for block in program.blocks.values()}:
        same = same and _blocks_make(graph.tensors[whole], whole, program, live)
    if not same:
        raise EdgeqError(
            "the program's tensors are not the model's",
            "lowering renumbered them",
            "report this as a bug of edgeq",
        )


def _blocks_make(tensor: Tensor, t: int, program: Program, live: LivePart) -> bool:
    """Whether the blocks of a tensor of the graph are places of it, and computed; and whether blocks of
    channels, and columns that are joined, are all that there are, each once.
    """
    blocks = sorted((block, part) for part, block in program.blocks.items() if block.tensor == t)
    shape, tensors = live.shape(t, tensor.shape), program.graph.tensors
    written = {written.tensor for written in written_tensors(program)}
    for block, part in blocks:
        cut = list(shape)
        cut[block.axis] = block.end - block.first
        inside = 0 <= block.first < block.end <= shape[block.axis]
        same = (tensors[part].dtype, tensors[part].shape) == (tensor.dtype, tuple(cut))
        if not inside or not same or part not in written:
            return False
    once = [block for block, part in blocks if block.axis == CHANNELS or part in program.joined]
    starts, ends = ([block[k] for block in once] for k in (1, 2))
    return not once or [*starts, shape[once[0].axis]] == [0, *ends]


def sample_bytes(program: Program) -> int:
    """Bytes that a target reports for one sample."""
    return sum(program.graph.tensors[w.tensor].nbytes for w in written_tensors(program))


def split_bytes(program: Program, data: bytes, samples: int) -> list[Values]:
    """The reports of `samples` samples as one array [samples, *shape] for each of
    `written_tensors`.

    Raises EdgeqError unless the number of bytes is right.
    """
    size = sample_bytes(program)
    if len(data) != samples * size:
        raise EdgeqError(
            f"{len(data)} bytes came back",
            f"{samples * size} were expected",
            "report this as a bug",
        )
    table, values, at = np.frombuffer(data, np.uint8).reshape(samples, size), list[Values](), 0
    for written in written_tensors(program):
        tensor = program.graph.tensors[written.tensor]
        part = np.ascontiguousarray(table[:, at : at + tensor.nbytes]).view(DTYPES[tensor.dtype])
        values.append(part.reshape(samples, *tensor.shape))
        at += tensor.nbytes
    return values


def compare(
    program: Program, expected: Mapping[int, Values], got: Sequence[Values], start: int = 0
) -> Comparison:
    """Compares every reported tensor with the simulator's.

    expected: tensor index -> [samples, *shape]. got: as `split_bytes` gives it. start: number of
    the first sample.
    """
    kinds = [step.node.kind for step in program.steps]
    return _compare(program.graph, written_tensors(program), kinds, expected, got, start)


def compare_outputs(
    graph: Graph, expected: Mapping[int, Values], got: Sequence[Values], start: int = 0
) -> Comparison:
    """Compares a model's outputs with the simulator's.

    expected: tensor index -> [samples, *shape]. got: of each output [samples, *shape]. start: number
    of the first sample.
    """
    outputs = tuple(Written(None, t) for t in graph.outputs)
    return _compare(graph, outputs, (), expected, got, start)


def compare_layer(
    program: Program,
    layer: int,
    expected: Mapping[int, Values],
    got: Sequence[Values],
    start: int = 0,
) -> Comparison:
    """Compares the outputs of one layer with the simulator's.

    layer: its place in the program. expected: tensor index -> [samples, *shape]. got: of each tensor
    that it writes [samples, *shape]. start: number of the first sample.
    """
    outputs = [Written(layer, t) for t in program.steps[layer].writes]
    kinds = [step.node.kind for step in program.steps]
    return _compare(program.graph, outputs, kinds, expected, got, start)


def _compare(
    graph: Graph,
    order: Sequence[Written],
    kinds: Sequence[str],
    expected: Mapping[int, Values],
    got: Sequence[Values],
    start: int,
) -> Comparison:
    """kinds: of the layers' operators."""
    compared, different, found = 0, 0, list[tuple[int, int]]()
    for position, (written, values) in enumerate(zip(order, got, strict=True)):
        unequal = _unequal(values, expected[written.tensor])
        compared, different = compared + unequal.size, different + int(np.count_nonzero(unequal))
        samples = np.flatnonzero(unequal.any(axis=1))
        if samples.size:
            found.append((int(samples[0]), position))
    first = None
    if found:
        sample, position = min(found)
        written = order[position]
        kind = None if written.layer is None else kinds[written.layer]
        first = _difference(
            graph, written, kind, expected[written.tensor], got[position], sample, start
        )
    return Comparison(len(got[0]) if got else 0, compared, different, first)


def _unequal(got: Values, expected: Values) -> Values:
    """Which bytes differ, [samples, bytes]; those of a NaN differ from no other NaN."""
    unequal: Values = _bytes(got) != _bytes(expected)
    return unequal


def _bytes(values: Values) -> Values:
    plain = np.ascontiguousarray(with_one_nan(values))
    flat = plain.reshape(len(values), math.prod(values.shape[1:]))
    return flat.view(np.uint8)


def _difference(
    graph: Graph,
    written: Written,
    kind: str | None,
    expected: Values,
    got: Values,
    sample: int,
    start: int,
) -> Difference:
    row = _unequal(got[sample : sample + 1], expected[sample : sample + 1])[0]
    element = int(np.flatnonzero(row)[0]) // got.dtype.itemsize
    index = tuple(int(i) for i in np.unravel_index(element, got.shape[1:]))
    return Difference(
        written.layer,
        kind,
        graph.tensors[written.tensor].name,
        start + sample,
        index,
        got[sample][index].item(),
        expected[sample][index].item(),
    )

"""The simulator held against an oracle: every byte of every tensor that the oracle lets us read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import Any

import numpy as np

from edgeq.errors import EdgeqError
from edgeq.graph import Model
from edgeq.opkit.contract import Values
from edgeq.ops import bind
from edgeq.simulate.execute import chunk_samples, execute_chunk
from edgeq.simulate.oracles import Oracle, ReadTensor, with_int8_weights

Progress = Callable[[int], None]
AS_INT8 = "it refuses this model's int4 weights, so it got the same integers as int8"


@dataclass(frozen=True)
class Difference:
    """Where two computers first part: in the order of samples, then layers, then elements."""

    sample: int
    layer: int
    tensor: str
    element: int
    expected: int | float
    got: int | float


@dataclass(frozen=True)
class Comparison:
    """What an oracle said. status: ok (it ran) or unavailable, with the reason. note: what it needed to run."""

    status: str
    tensors: int = 0
    bytes_compared: int = 0
    bytes_different: int = 0
    first_difference: Difference | None = None
    reason: str | None = None
    note: str | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def compare_with(oracle: Oracle, model: Model, inputs: Sequence[Values], outputs_only: bool = False,
                 progress: Progress | None = None) -> Comparison:  # fmt: skip
    """Runs the oracle sample by sample beside the simulator; unavailable where the oracle refuses the model.

    One that refuses int4 weights gets the same integers as int8, and the note says so.
    """
    refused = ""
    for given, note in ((model, None), (with_int8_weights(model), AS_INT8)):
        if given is not None:
            try:
                return replace(_compare(oracle(given, inputs), model, inputs, outputs_only, progress), note=note)
            except EdgeqError as error:
                refused = refused or str(error)
    return Comparison("unavailable", reason=refused)


def _compare(readings: Iterator[ReadTensor], model: Model, inputs: Sequence[Values], outputs_only: bool,
             progress: Progress | None) -> Comparison:  # fmt: skip
    graph, nodes, chunk = model.main, bind(model.main), chunk_samples(model.main)
    writer = {t: node.index for node in nodes for t in graph.ops[node.index].outputs}
    kept = sorted(set(graph.outputs) if outputs_only else writer, key=lambda t: writer.get(t, -1))
    compared, different, first, seen = 0, 0, None, set[int]()
    for start in range(0, len(inputs[0]), chunk):
        expected = execute_chunk(graph, nodes, [x[start : start + chunk] for x in inputs], kept)
        size = len(inputs[0][start : start + chunk])
        for offset, read in enumerate(islice(readings, size)):
            for t in kept:
                got = read(t)
                if got is None:
                    continue
                seen.add(t)
                want = expected[t][offset]
                compared += want.nbytes
                wrong = differing_bytes(want, got)
                different += wrong
                if wrong and first is None:
                    first = _locate(start + offset, writer.get(t, -1), graph.tensors[t].name, want, got)
            if progress is not None:
                progress(1)
    return Comparison("ok", len(seen), compared, different, first)


def differing_bytes(a: Values, b: Values) -> int:
    """How many bytes of two equally large arrays differ."""
    left, right = np.ascontiguousarray(a).reshape(-1), np.ascontiguousarray(b).reshape(-1)
    if left.dtype == right.dtype and left.dtype.itemsize == 1:
        return int(np.count_nonzero(left != right))
    return int(np.count_nonzero(left.view(np.uint8) != right.astype(left.dtype).view(np.uint8)))


def _locate(sample: int, layer: int, name: str, want: Values, got: Values) -> Difference:
    a, b = want.reshape(-1), got.reshape(-1)
    at = int(np.flatnonzero(a != b)[0]) if np.any(a != b) else 0
    return Difference(sample, layer, name, at, a[at].item(), b[at].item())

"""The simulator held against an oracle: every byte of every tensor that the oracle lets us read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from typing import Any

import numpy as np

from edgeq.errors import EdgeqError
from edgeq.graph import Model
from edgeq.opkit.contract import Values
from edgeq.ops import bind
from edgeq.simulate.causes import Cause, Known, differing_bytes, gathered, known_causes
from edgeq.simulate.execute import chunk_samples, execute_chunk
from edgeq.simulate.known import Disagreement
from edgeq.simulate.oracles import Interpreter, Oracle, ReadTensor, with_int8_weights
from edgeq.simulate.process import OracleFailedError

Progress = Callable[[int], None]
AS_INT8 = "it refuses this model's int4 weights, so it got the same integers as int8"
UNNAMED = Interpreter("", "")


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
    """What an oracle said.

    status: ok (it ran), unavailable (it is not there or refuses the model) or failed (it crashed, failed or did not
    end), these two with the reason. note: what it needed to run. interpreter: the package and version that ran.
    bytes_known: how many of the different ones have a known reason; known: these reasons, and who is right.
    """

    status: str
    tensors: int = 0
    bytes_compared: int = 0
    bytes_different: int = 0
    first_difference: Difference | None = None
    reason: str | None = None
    note: str | None = None
    interpreter: str | None = None
    bytes_known: int = 0
    known: tuple[Known, ...] = ()

    @property
    def explained(self) -> bool:
        """Whether every byte that differs has a known reason."""
        return self.bytes_known == self.bytes_different

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def compare_with(oracle: Oracle, model: Model, inputs: Sequence[Values], outputs_only: bool = False,
                 progress: Progress | None = None, by: Interpreter = UNNAMED) -> Comparison:  # fmt: skip
    """Runs the oracle sample by sample beside the simulator; unavailable where the oracle refuses the model.

    One that refuses int4 weights gets the same integers as int8, and the note says so. by: what the oracle runs on,
    for what that is known to compute otherwise.
    """
    found: list[Comparison] = []
    for given, note in ((model, None), (with_int8_weights(model), AS_INT8)):
        if given is not None:
            try:
                compared = _compare(oracle(given, inputs), model, inputs, outputs_only, progress, by)
                return replace(compared, note=note, interpreter=str(by) or None)
            except OracleFailedError as error:
                found.append(Comparison("failed", reason=error.why, interpreter=str(by) or None))
            except EdgeqError as error:
                found.append(Comparison("unavailable", reason=str(error), interpreter=str(by) or None))
    return found[0]


@dataclass
class _Tally:
    """What was counted so far."""

    seen: set[int] = field(default_factory=set)
    compared: int = 0
    different: int = 0
    known: int = 0
    met: dict[Disagreement, list[tuple[Cause, int]]] = field(default_factory=dict)
    first: Difference | None = None


def _compare(readings: Iterator[ReadTensor], model: Model, inputs: Sequence[Values], outputs_only: bool,
             progress: Progress | None, by: Interpreter) -> Comparison:  # fmt: skip
    graph, nodes, chunk = model.main, bind(model.main), chunk_samples(model.main)
    writer = {t: node.index for node in nodes for t in graph.ops[node.index].outputs}
    kept = sorted(set(graph.outputs) if outputs_only else writer, key=lambda t: writer.get(t, -1))
    tally = _Tally()
    for start in range(0, samples_in(inputs), chunk):
        expected = execute_chunk(graph, nodes, [x[start : start + chunk] for x in inputs], kept)
        size = min(chunk, samples_in(inputs) - start)
        for offset, read in enumerate(islice(readings, size)):
            want = {t: expected[t][offset] for t in kept}
            got = {t: value for t in kept if (value := read(t)) is not None}
            wrong = _count(tally, want, got)
            if wrong and tally.first is None:
                t = next(iter(wrong))
                tally.first = _locate(start + offset, writer.get(t, -1), graph.tensors[t].name, want[t], got[t])
            if wrong:
                _explain(tally, known_causes(graph, nodes, by, [x[start + offset] for x in inputs], want, got), wrong)
            if progress is not None:
                progress(1)
    return Comparison("ok", len(tally.seen), tally.compared, tally.different, tally.first, bytes_known=tally.known,
                      known=gathered(tally.met, nodes))  # fmt: skip


def samples_in(inputs: Sequence[Values]) -> int:
    """How many samples the inputs hold; a model without inputs is computed once."""
    return len(inputs[0]) if inputs else 1


def _count(tally: _Tally, want: Mapping[int, Values], got: Mapping[int, Values]) -> dict[int, int]:
    """Counts one sample; gives the tensors that differ, with the number of bytes, in the order of `want`."""
    wrong = {}
    for t, value in got.items():
        tally.seen.add(t)
        tally.compared += want[t].nbytes
        different = differing_bytes(want[t], value)
        tally.different += different
        if different:
            wrong[t] = different
    return wrong


def _explain(tally: _Tally, causes: Iterator[Cause], wrong: Mapping[int, int]) -> None:
    for cause in causes:
        tally.known += wrong[cause.tensor]
        if cause.reason is not None:
            tally.met.setdefault(cause.reason, []).append((cause, wrong[cause.tensor]))


def _locate(sample: int, layer: int, name: str, want: Values, got: Values) -> Difference:
    a, b = want.reshape(-1), got.reshape(-1)
    at = int(np.flatnonzero(a != b)[0]) if np.any(a != b) else 0
    return Difference(sample, layer, name, at, a[at].item(), b[at].item())

"""Comparison of the simulator with an oracle, byte for byte, on every tensor that the oracle
exposes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from typing import Any

import numpy as np

from edgeq.cleanup import CleanModel, as_given
from edgeq.errors import EdgeqError, UnsupportedError, shown
from edgeq.graph import Graph, Model
from edgeq.opkit.node import Values
from edgeq.ops import bind
from edgeq.simulate.difference_causes import (
    Cause,
    ExplainedDifference,
    differing_bytes,
    known_causes,
    summarized,
)
from edgeq.simulate.execute import chunk_samples, execute_chunk, initial_state
from edgeq.simulate.interpreter import Interpreter
from edgeq.simulate.known_differences import KnownDifference
from edgeq.simulate.oracle_process import OracleFailedError
from edgeq.simulate.oracles import Oracle, ReadTensor, with_int8_weights

Progress = Callable[[int], None]
AS_INT8 = "it refuses this model's int4 weights, so it got the same integers as int8"
AS_CLEAN = "it refuses the file as it is, so it got the model after clean-up"
UNNAMED = Interpreter("", "")


@dataclass(frozen=True)
class Difference:
    """The first difference from an oracle, in the order of samples, layers, elements."""

    sample: int
    layer: int
    tensor: str
    element: int
    expected: int | float
    got: int | float


@dataclass(frozen=True)
class Comparison:
    """The result of a comparison with an oracle.

    status: "ok" (it ran), "unavailable" (not installed, or it refuses the model) or "failed" (it
        crashed, failed or timed out).
    reason: why it did not run.
    note: what had to be changed for it to run.
    interpreter: package and version that ran.
    bytes_known: number of different bytes with a known reason.
    known: these reasons.
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
    known: tuple[ExplainedDifference, ...] = ()

    @property
    def explained(self) -> bool:
        """Whether every different byte has a known reason."""
        return self.bytes_known == self.bytes_different

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def compare_with(
    oracle: Oracle,
    model: Model | CleanModel,
    inputs: Sequence[Values],
    outputs_only: bool = False,
    progress: Progress | None = None,
    by: Interpreter = UNNAMED,
) -> Comparison:
    """Runs the oracle and the simulator sample by sample.

    An oracle that refuses the model gets one of `_variants`, which the note states.

    model: after a clean-up the oracle runs the model as it was given, and the tensors that are left
        are compared, constants that were computed before among them.
    inputs: quantized, [samples, *shape] each.
    outputs_only: compare only the model's outputs.
    by: the interpreter that the oracle runs on, for its known differences.
    """
    found: list[Comparison] = []
    whole = model if isinstance(model, CleanModel) else as_given(model)
    for clean, notes in _variants(whole):
        try:
            readings = oracle(clean.given, inputs)
            compared = _compare(readings, clean, inputs, outputs_only, progress, by)
            return replace(compared, note="; ".join(notes) or None, interpreter=str(by) or None)
        except OracleFailedError as error:
            found.append(Comparison("failed", reason=error.why, interpreter=str(by) or None))
        except EdgeqError as error:
            found.append(Comparison("unavailable", reason=str(error), interpreter=str(by) or None))
    return found[0]


def _variants(clean: CleanModel) -> Iterator[tuple[CleanModel, tuple[str, ...]]]:
    """The model, then what an oracle may take in its place, with notes of what was changed: int4
    weights as int8, the model after clean-up, both.
    """
    changed = [] if clean.model is clean.given else [(as_given(clean.model), (AS_CLEAN,))]
    for variant, notes in [(clean, ()), *changed]:
        yield variant, notes
        if (int8 := with_int8_weights(variant.given)) is not None:
            yield replace(variant, given=int8), (*notes, AS_INT8)


@dataclass
class _Tally:
    """Running counts of a comparison."""

    seen: set[int] = field(default_factory=set)
    compared: int = 0
    different: int = 0
    known: int = 0
    met: dict[KnownDifference, list[tuple[Cause, int]]] = field(default_factory=dict)
    first: Difference | None = None


def _compare(
    readings: Iterator[ReadTensor],
    clean: CleanModel,
    inputs: Sequence[Values],
    outputs_only: bool,
    progress: Progress | None,
    by: Interpreter,
) -> Comparison:
    graph, origins = clean.model.main, clean.origins[0]
    nodes, chunk = bind(graph), chunk_samples(graph)
    writer = {t: node.index for node in nodes for t in graph.ops[node.index].outputs}
    written = {t for op in clean.given.main.ops for t in op.outputs}
    compared = [t for t, origin in enumerate(origins) if origin in written]
    kept = sorted(set(graph.outputs) if outputs_only else compared, key=lambda t: writer.get(t, -1))
    tally, state, moved = _Tally(), initial_state(graph), set[int]()
    for start in range(0, samples_in(inputs), chunk):
        expected = execute_chunk(
            graph, nodes, [x[start : start + chunk] for x in inputs], kept, state
        )
        size = min(chunk, samples_in(inputs) - start)
        for offset, read in enumerate(islice(readings, size)):
            want = {t: expected[t][offset] for t in kept}
            got = {t: value for t in kept if (value := read(origins[t])) is not None}
            _require_shapes(graph, got)
            wrong = _count(tally, want, got)
            if wrong and tally.first is None:
                t = next(iter(wrong))
                tally.first = _locate(
                    start + offset, writer.get(t, -1), graph.tensors[t].name, want[t], got[t]
                )
            if wrong:
                _explain(
                    tally,
                    known_causes(
                        graph, nodes, by, [x[start + offset] for x in inputs], want, got, moved
                    ),
                    wrong,
                )
            if progress is not None:
                progress(1)
    return Comparison(
        "ok",
        len(tally.seen),
        tally.compared,
        tally.different,
        tally.first,
        bytes_known=tally.known,
        known=summarized(tally.met, nodes),
    )


def _require_shapes(graph: Graph, got: Mapping[int, Values]) -> None:
    """Raises UnsupportedError for an oracle with another number of elements: one that takes the
    sizes that a file leaves open from the file.
    """
    for t, value in got.items():
        if value.size != graph.tensors[t].size:
            raise UnsupportedError(
                f'tensor "{shown(graph.tensors[t].name)}"',
                f"the oracle takes it to have {value.size} elements, the operators give {graph.tensors[t].size}",
                "use another oracle",
            )


def samples_in(inputs: Sequence[Values]) -> int:
    """Number of samples in the inputs; 1 for a model without inputs."""
    return len(inputs[0]) if inputs else 1


def _count(tally: _Tally, want: Mapping[int, Values], got: Mapping[int, Values]) -> dict[int, int]:
    """Adds one sample to the counts; tensor -> different bytes, in the order of `want`, for those
    that differ.
    """
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

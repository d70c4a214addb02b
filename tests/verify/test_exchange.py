"""Data sets on a board over the wire, which a twin in Python plays."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
from codegen.small_models import classifier, two_inputs
from ops.streaming import ring_buffer
from wire.boards import faulty
from wire.twin import Twin

from edgeq.codegen.model_hash import model_hash
from edgeq.codegen.native import NativeOptions
from edgeq.data import Samples, dequantize
from edgeq.graph import DTYPES, Model
from edgeq.opkit.node import Values
from edgeq.simulate.execute import execute, random_inputs
from edgeq.verify.exchange import exchange
from edgeq.verify.feed import Feed
from edgeq.verify.result import TargetResult
from edgeq.wire import Link

COUNT = 6


def computing(model: Model) -> Callable[[list[bytes]], bytes]:
    """What the simulator says of one inference; each goes on where the one before it ended."""
    graph, past = model.main, list[list[Values]]()

    def infer(inputs: list[bytes]) -> bytes:
        tensors = [graph.tensors[t] for t in graph.inputs]
        past.append(
            [
                np.frombuffer(data, DTYPES[t.dtype]).reshape(1, *t.shape)
                for data, t in zip(inputs, tensors, strict=True)
            ]
        )
        steps = past if graph.states else past[-1:]
        values = execute(graph, [np.concatenate(parts) for parts in zip(*steps, strict=True)])
        return b"".join(values[t][-1].tobytes() for t in graph.outputs)

    return infer


def board(model: Model) -> Twin:
    graph = model.main
    inputs, outputs = (
        [graph.tensors[t].nbytes for t in ports] for ports in (graph.inputs, graph.outputs)
    )
    return Twin(model_hash(model), inputs, outputs, computing(model), state=bool(graph.states))


def fed(twin: Twin, model: Model, samples: Samples | None = None) -> TargetResult:
    inputs = random_inputs(model.main, COUNT, seed=1)
    return exchange(Link(twin, 8, twin.now), "port", Feed(model, inputs, samples))


@pytest.mark.parametrize("make", [classifier, two_inputs, ring_buffer])
def test_every_byte_of_every_sample_is_compared(make: Callable[[], Model]) -> None:
    model = make()
    twin = board(model)
    result = fed(twin, model)
    size = sum(model.main.tensors[t].nbytes for t in model.main.outputs)
    assert (result.status, result.reason, result.samples) == ("ok", None, COUNT)
    assert (result.bytes_compared, result.bytes_different) == (COUNT * size, 0)
    assert result.microseconds_per_inference == 1500
    assert twin.executed.count(0x25) == twin.state  # a sequence begins with a reset


def test_one_wrong_byte_is_found() -> None:
    model = classifier()
    twin, right = board(model), computing(model)
    done = list[bytes]()

    def wrong(inputs: list[bytes]) -> bytes:
        done.append(right(inputs))
        return bytes([done[-1][0], done[-1][1] ^ 1, done[-1][2]]) if len(done) == 4 else done[-1]

    twin.infer = wrong
    result = fed(twin, model)
    assert (result.status, result.samples, result.bytes_different) == ("different", COUNT, 1)
    first = result.first_difference
    assert first is not None
    assert (first.sample, first.index, first.tensor, first.layer) == (3, (0, 1), "scores", None)


def test_labels_of_the_data_score_the_boards_own_outputs() -> None:
    model = classifier()
    graph = model.main
    (x,) = random_inputs(graph, COUNT, seed=1)
    answers = execute(graph, [x])[graph.outputs[0]].reshape(COUNT, -1).argmax(axis=1)
    labels = answers.astype(np.int64)
    labels[0] = (labels[0] + 1) % 3
    real = dequantize(x, graph.tensors[graph.inputs[0]])
    result = fed(board(model), model, Samples((real,), labels))
    assert result.score == {"metric": "accuracy", "value": pytest.approx(5 / 6)}


def test_a_line_with_faults_changes_nothing() -> None:
    model = classifier()
    twin = board(model)
    twin.to, twin.fro = faulty(1, 300), faulty(2, 100)
    result = fed(twin, model)
    assert (result.status, result.samples, result.bytes_different) == ("ok", COUNT, 0)


def other_model(twin: Twin) -> None:
    twin.model = "0" * 16


def other_sizes(twin: Twin) -> None:
    twin.inputs = [64, 1]


def dies(twin: Twin) -> None:
    right = twin.infer

    def infer(inputs: list[bytes]) -> bytes:
        if twin.executed.count(0x22) == 3:
            twin.write = lambda data: None  # type: ignore[method-assign]
        return right(inputs)

    twin.infer = infer


def forgets(twin: Twin) -> None:
    """It restarts behind every inference."""
    execute_one = twin.execute

    def execute(kind: int, fields: bytes) -> bytes:
        answer = execute_one(kind, fields)
        if kind == 0x22:
            twin.token = None
        return answer

    twin.execute = execute  # type: ignore[method-assign]


BAD: dict[str, tuple[Callable[[Twin], None], int, str]] = {
    "another model": (other_model, 0, "its hash is 0000000000000000, this one's"),
    "other sizes": (other_sizes, 0, r"it has \(64, 1\) and \(3,\), the model \(64,\) and \(3,\)"),
    "dies": (dies, 3, "no answer within 8 s"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_board_fails_with_what_was_compared(case: str) -> None:
    spoil, compared, why = BAD[case]
    model = classifier()
    twin = board(model)
    spoil(twin)
    result = fed(twin, model)
    assert (result.status, result.samples) == ("failed", compared)
    assert result.reason is not None
    assert re.search(why, result.reason)
    assert twin.time < 60


def test_a_board_that_restarts_is_greeted_again_a_few_times() -> None:
    model = classifier()
    twin = board(model)
    forgets(twin)
    result = fed(twin, model)
    assert (result.status, result.samples) == ("failed", 4)
    assert "forgot the session" in str(result.reason)


def test_a_sequence_does_not_go_on_behind_a_restart() -> None:
    model = ring_buffer()
    twin = board(model)
    forgets(twin)
    result = fed(twin, model)
    assert (result.status, result.samples) == ("failed", 1)


def test_layers_need_firmware_that_traces_them() -> None:
    model = classifier()
    twin = board(model)
    feed = Feed(model, random_inputs(model.main, 1), layers=NativeOptions())
    result = exchange(Link(twin, 8, twin.now), "port", feed)
    assert (result.status, "traces no layers" in str(result.reason)) == ("failed", True)

"""Every tensor of a board, which a twin in Python plays, on good and bad lines."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

import numpy as np
import pytest
from codegen.small_models import classifier, two_inputs
from ops.streaming import ring_buffer
from wire.boards import faulty
from wire.twin import Twin

from edgeq.codegen.model_hash import model_hash
from edgeq.codegen.native import NativeOptions, render_native
from edgeq.codegen.wire import program_digest
from edgeq.graph import DTYPES, Model
from edgeq.opkit.node import Values
from edgeq.simulate.execute import random_inputs
from edgeq.verify.exchange import exchange
from edgeq.verify.feed import Feed
from edgeq.verify.job import Job
from edgeq.verify.result import TargetResult
from edgeq.wire import FrameReader, Link

COUNT = 5
PART, RUN, RESET = 0x12, 0x22, 0x25


def board(model: Model) -> Twin:
    """A board whose layers and outputs are the simulator's, and which sends 16 bytes at once."""
    graph, engine, past = model.main, render_native(model, "model"), list[list[bytes]]()
    shapes = [(DTYPES[t.dtype], t.shape) for t in (graph.tensors[i] for i in graph.inputs)]

    def values(inputs: list[bytes]) -> dict[int, Values]:
        steps = [*past, inputs] if graph.states else [inputs]
        given = [
            np.stack([np.frombuffer(step[i], dtype).reshape(shape) for step in steps])
            for i, (dtype, shape) in enumerate(shapes)
        ]
        return Job(model, engine, tuple(given)).expected(slice(0, len(steps)))

    def layers(inputs: list[bytes]) -> list[bytes]:
        computed = values(inputs)
        return [
            b"".join(computed[t][-1].tobytes() for t in step.writes)
            for step in engine.program.steps
        ]

    def infer(inputs: list[bytes]) -> bytes:
        computed = values(inputs)
        past.append(inputs)
        return b"".join(computed[t][-1].tobytes() for t in graph.outputs)

    sizes = [[graph.tensors[t].nbytes for t in ports] for ports in (graph.inputs, graph.outputs)]
    twin = Twin(model_hash(model), *sizes, infer, bool(graph.states), layers)
    twin.layer_count = len(engine.program.steps)
    twin.program, twin.part_bytes = program_digest(engine.context["layers"]), 16
    twin.restart = past.clear
    return twin


def fetched(twin: Twin, model: Model) -> TargetResult:
    inputs = random_inputs(model.main, COUNT, seed=1)
    feed = Feed(model, inputs, layers=NativeOptions(), tensors=True)
    return exchange(Link(twin, 8, twin.now), "port", feed)


def all_bytes(model: Model) -> list[int]:
    """What each layer writes in COUNT samples."""
    layers = render_native(model, "model").context["layers"]
    return [COUNT * layer.written_bytes for layer in layers]


@pytest.mark.parametrize("make", [classifier, two_inputs, ring_buffer])
def test_every_byte_of_every_layer_is_compared(make: Callable[[], Model]) -> None:
    model = make()
    twin = board(model)
    result = fetched(twin, model)
    assert (result.status, result.reason, result.samples) == ("ok", None, COUNT)
    assert [layer.bytes_compared for layer in result.layers] == all_bytes(model)
    assert {layer.bytes_different for layer in result.layers} == {0}
    outputs = COUNT * sum(twin.outputs)
    assert (result.bytes_compared, result.bytes_different) == (sum(all_bytes(model)) + outputs, 0)
    assert [layer.microseconds for layer in result.layers] == [
        100 + k for k in range(len(result.layers))
    ]
    assert twin.executed.count(RUN) == COUNT


@pytest.mark.parametrize("make", [classifier, ring_buffer])
def test_what_a_line_loses_comes_from_a_further_run(make: Callable[[], Model]) -> None:
    model = make()
    twin = board(model)
    twin.to, twin.fro = faulty(1, 400), faulty(2, 200)
    result = fetched(twin, model)
    assert (result.status, result.reason, result.samples) == ("ok", None, COUNT)
    assert [layer.bytes_compared for layer in result.layers] == all_bytes(model)
    assert result.bytes_different == 0
    assert twin.executed.count(RUN) > COUNT
    assert (twin.executed.count(RESET) > 1) == twin.state  # each further run needs those before


def test_only_what_is_missing_is_sent_again() -> None:
    model = classifier()
    twin, parts = board(model), list[tuple[int, int]]()

    def line(data: bytes) -> bytes:
        """Loses bytes 16 to 48 of layer 0 the first time."""
        if data[3] == PART:
            parts.append(struct.unpack_from("<HI", FrameReader().take(data)[0].payload, 4))
        return b"" if len(parts) in (2, 3) else data

    twin.fro = line
    assert fetched(twin, model).status == "ok"
    first = [(0, 0), (0, 16), (0, 32), (0, 48), (1, 0), (1, 16), (1, 32), (1, 48), (2, 0)]
    assert parts == [*first, (0, 16), (0, 32), *(COUNT - 1) * first]


def test_a_wrong_byte_is_told_by_its_layer_and_element() -> None:
    model = classifier()
    twin = board(model)
    right, runs = twin.layers, list[bytes]()
    assert right is not None

    def wrong(inputs: list[bytes]) -> list[bytes]:
        layers = right(inputs)
        runs.append(layers[0])
        if len(runs) == 3:
            layers[0] = layers[0][:21] + bytes([layers[0][21] ^ 1]) + layers[0][22:]
        return layers

    twin.layers = wrong
    result = fetched(twin, model)
    assert (result.status, result.reason, result.bytes_different) == ("different", None, 1)
    first = result.first_difference
    assert first is not None
    assert (first.sample, first.layer, first.op, first.index) == (2, 0, "CONV_2D", (0, 1, 1, 1))
    assert (first.tensor, abs(first.got - first.expected)) == ("conv/Relu", 1)
    assert [layer.bytes_different for layer in result.layers] == [1, 0, 0]


def altered(change: Callable[[int, int, bytes], tuple[int, int, bytes]]) -> Callable[[Twin], None]:
    """A board that sends something else of its layers than what they wrote."""

    def spoil(twin: Twin) -> None:
        right = twin._chosen
        twin._chosen = lambda: (change(*part) for part in right())  # type: ignore[method-assign]

    return spoil


def old(twin: Twin) -> None:
    execute = twin.execute

    def without(kind: int, fields: bytes) -> bytes:
        said = execute(kind, fields)
        return said[:8] + bytes([said[8] & 3]) + said[9:] if kind == 0x20 else said

    twin.execute = without  # type: ignore[method-assign]


def moody(twin: Twin) -> None:
    """It computes something else each time, and half of its bytes are lost."""
    right, chosen, times = twin.layers, twin._chosen, [0]
    assert right is not None

    def other(inputs: list[bytes]) -> list[bytes]:
        times[0] += 1
        return [bytes((byte + times[0]) % 256 for byte in data) for data in right(inputs)]

    twin.layers = other
    twin._chosen = lambda: list(chosen())[times[0] % 2 :]


BAD: dict[str, tuple[Callable[[Twin], None], str]] = {
    "next layer": (
        altered(lambda k, at, data: (k + 1, at, data)),
        "sends what no layer writes — 16 bytes came of layer 2, from byte 0 on",
    ),
    "other bytes": (
        altered(lambda k, at, data: (k, at, data[::-1])),
        "sent other bytes of layer 0",
    ),
    "nothing comes": (lambda twin: setattr(twin, "_chosen", tuple), "after 30 runs, the first of"),
    "moody": (moody, "sent other bytes of layer"),
    "old": (old, "the board sends no tensors — its firmware is of an older edgeq"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_board_fails_in_time(case: str) -> None:
    spoil, why = BAD[case]
    model = classifier()
    twin = board(model)
    spoil(twin)
    result = fetched(twin, model)
    assert (result.status, result.samples) == ("failed", 0)
    assert re.search(why, str(result.reason)), result.reason
    assert twin.time < 20


def test_parts_of_an_earlier_run_are_not_taken() -> None:
    """The line brings the parts of the first sample again, before those of every other."""
    model = classifier()
    twin, late = board(model), list[bytes]()

    def line(data: bytes) -> bytes:
        if data[3] == PART:
            late.append(data)
        return b"".join(late[:4]) + data if len(late) > 8 else data

    twin.fro = line
    result = fetched(twin, model)
    assert late
    assert (result.status, result.bytes_different) == ("ok", 0)
    assert twin.executed.count(RUN) == COUNT

"""A board that is fed over the wire: every output byte against the simulator, its time, its score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from edgeq.codegen.model_hash import model_hash
from edgeq.data import dequantize
from edgeq.graph import DTYPES, Graph
from edgeq.opkit.node import Values
from edgeq.simulate.execute import execute
from edgeq.simulate.simulate import score_outputs
from edgeq.verify.compare import Comparison, compare_outputs
from edgeq.verify.feed import Feed
from edgeq.verify.result import TargetResult
from edgeq.verify.tensor_runs import run_for_tensors
from edgeq.verify.traced_layers import TracedLayers, traced_layers
from edgeq.wire import (
    BoardError,
    Hello,
    Inference,
    LayerTrace,
    Link,
    LostSessionError,
    infer,
    layer_traces,
    reset,
    say_hello,
)

CHUNK_BYTES = 32 << 20  # of expected outputs held at a time
MOST_LOST = 3  # sessions that a board may forget before the exchange ends
AGAIN = "generate from this file with --wire, flash, and verify again"


def exchange(link: Link, name: str, feed: Feed) -> TargetResult:
    """Runs all samples on the board at the other end of a link.

    name: of the port, for the result. A board that falls silent, or does not behave as firmware of
    edgeq does, is `failed`, with what was compared until then. Raises EdgeqError where labels do not
    fit the model.
    """
    run = _Run(feed, link)
    reason = None
    try:
        run.all_samples()
    except BoardError as error:
        reason = str(error)
    return _result(name, feed, run, reason)


class _Run:
    """The exchange as far as it has come. got: of each output, one array a sample."""

    def __init__(self, feed: Feed, link: Link) -> None:
        self._feed, self._link, self._lost = feed, link, 0
        self._graph: Graph = feed.model.main
        self.total = Comparison()
        self.microseconds: list[int] = []
        self.got: list[list[Values]] = []
        self.layers: TracedLayers | None = None

    def all_samples(self) -> None:
        """Feeds every sample, and compares those of a part once they are done."""
        hello = self._greet()
        if self._feed.layers is not None:
            feed = self._feed
            self.layers = traced_layers(feed.model, self._feed.layers, hello, feed.tensors)
        if hello.state:
            reset(self._link)
        more = 0 if self.layers is None else self.layers.sample_bytes
        for part in _parts(self._graph, self._feed.inputs, more):
            try:
                for sample in range(part.start, part.stop):
                    self._sample(hello, sample)
            finally:
                self._compare([x[part] for x in self._feed.inputs], part.start)

    def _sample(self, hello: Hello, sample: int) -> None:
        done, traces = self._inference(hello, sample)
        self.got.append(_as_tensors(self._graph, done.outputs))
        if done.microseconds is not None:
            self.microseconds.append(done.microseconds)
        if self.layers is not None:
            self.layers.take(traces)
        if self._feed.progress is not None:
            self._feed.progress(1)

    def _inputs(self, sample: int) -> list[bytes]:
        return [_little_endian(x[sample]) for x in self._feed.inputs]

    def _once(self, hello: Hello, sample: int) -> tuple[Inference, list[LayerTrace]]:
        """One inference, and what was measured of its layers."""
        if self.layers is not None and self.layers.tensors is not None:
            came = self.layers.tensors.came
            return run_for_tensors(self._link, hello, came, self._inputs, sample)
        done = infer(self._link, hello, self._inputs(sample))
        return done, [] if self.layers is None else layer_traces(self._link, hello)

    def _inference(self, hello: Hello, sample: int) -> tuple[Inference, list[LayerTrace]]:
        """One inference, begun anew where the board forgot the session; not of a model with state,
        which is lost then.
        """
        while True:
            try:
                return self._once(hello, sample)
            except LostSessionError:
                self._lost += 1
                if self._graph.states or self._lost > MOST_LOST:
                    raise
                self._greet()

    def _greet(self) -> Hello:
        """Begins a session with a board that has the model. Raises BoardError for any other."""
        hello = say_hello(self._link, trace=self._feed.layers is not None)
        wanted = model_hash(self._feed.model)
        if hello.model != wanted:
            why = f"its hash is {hello.model}, this one's {wanted}"
            raise BoardError("the board runs another model", why, AGAIN)
        tensors = self._graph.tensors
        sizes = [
            tuple(tensors[t].nbytes for t in ports)
            for ports in (self._graph.inputs, self._graph.outputs)
        ]
        if [hello.inputs, hello.outputs] != sizes:
            why = f"it has {hello.inputs} and {hello.outputs}, the model {sizes[0]} and {sizes[1]}"
            raise BoardError("the board's inputs and outputs have other bytes", why, AGAIN)
        return hello

    def _compare(self, given: Sequence[Values], start: int) -> None:
        """Compares what came back since sample `start` with the simulator's outputs."""
        count = len(self.got) - start
        if count == 0:
            return
        inputs = [x[:count] for x in given]
        expected = execute(self._graph, inputs, self._graph.outputs)
        self.total += compare_outputs(self._graph, expected, self.outputs(start), start)
        if self.layers is not None:
            self.layers.compare(inputs, start)

    def outputs(self, start: int = 0) -> list[Values]:
        """Of each output [samples, *shape], from sample `start` on."""
        return [np.stack(arrays) for arrays in zip(*self.got[start:], strict=True)]


def _result(name: str, feed: Feed, run: _Run, failure: str | None) -> TargetResult:
    layers, times = run.layers, run.microseconds
    other = layers is not None and layers.first is not None
    total = run.total
    if layers is not None and layers.tensors is not None:
        total = layers.tensors.with_outputs(total)
    result = TargetResult(
        name,
        "failed" if failure else "different" if total.bytes_different or other else "ok",
        failure or (layers.first if layers is not None else None),
        samples=total.samples,
        bytes_compared=total.bytes_compared,
        bytes_different=total.bytes_different,
        first_difference=total.first,
        toolchain="fed over the wire",
        layers=layers.results() if layers is not None else (),
        microseconds_per_inference=round(np.mean(times)) if times else None,
    )
    if failure or feed.samples is None:
        return result
    graph = feed.model.main
    real = dequantize(run.outputs()[0], graph.tensors[graph.outputs[0]])
    score, notes = score_outputs(feed.samples, real.reshape(total.samples, -1), None)
    return replace(result, score=score, notes=tuple(notes))


def _parts(graph: Graph, inputs: Sequence[Values], more: int) -> list[slice]:
    """All samples, in pieces whose outputs, and `more` bytes of each sample, fit into CHUNK_BYTES; of a
    model with state, whose samples are the steps of one sequence, in one.
    """
    samples = len(inputs[0]) if inputs else 1
    size = max(1, CHUNK_BYTES // max(1, more + sum(graph.tensors[t].nbytes for t in graph.outputs)))
    size = samples if graph.states else size
    return [slice(at, min(at + size, samples)) for at in range(0, samples, size)]


def _little_endian(values: Values) -> bytes:
    return np.ascontiguousarray(values, values.dtype.newbyteorder("<")).tobytes()


def _as_tensors(graph: Graph, data: bytes) -> list[Values]:
    """The outputs that lie one behind the other in the data."""
    arrays, at = list[Values](), 0
    for tensor in (graph.tensors[t] for t in graph.outputs):
        part = np.frombuffer(data, np.uint8, tensor.nbytes, at)
        arrays.append(part.view(DTYPES[tensor.dtype]).reshape(tensor.shape))
        at += tensor.nbytes
    return arrays

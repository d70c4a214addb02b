"""A sample that a board runs until every byte that its layers write has come."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from edgeq.wire import (
    NOTHING,
    BoardError,
    Hello,
    Inference,
    LayerBytes,
    LayerTrace,
    Link,
    Place,
    Stretch,
    ask_for_tensors,
    infer,
    layer_traces,
    reset,
)

MOST_RUNS = 30  # of one sample; a line that loses half of all parts needs about ten

InputsOf = Callable[[int], Sequence[bytes]]
"""Number of a sample -> the bytes of each input."""


def run_for_tensors(
    link: Link, hello: Hello, came: LayerBytes, inputs: InputsOf, sample: int
) -> tuple[Inference, list[LayerTrace]]:
    """Runs a sample, and runs it again for what was lost on the way, which `came` then holds whole.

    A model with state is first brought to where it was: it is reset, and takes all samples before.
    Raises BoardError where bytes are still missing in the end, or where those of a layer do not have
    the CRC-32 that the board says of them; and as `Link.ask`.
    """
    came.clear()
    wanted = Stretch(Place(0, 0), Place(hello.layers, 0))
    for run in range(MOST_RUNS):
        if run and hello.state:
            _lead_up(link, hello, inputs, sample)
        ask_for_tensors(link, wanted)
        done = infer(link, hello, inputs(sample), came.take)
        if not came.left:
            traces = layer_traces(link, hello)
            came.check([trace.crc for trace in traces])
            return done, traces
        wanted = came.missing()
    why = f"{came.left} bytes are missing after {MOST_RUNS} runs, the first of layer {wanted.first.layer}"
    raise BoardError("not all tensors came", why, "shorten the cable, lower the baud rate")


def _lead_up(link: Link, hello: Hello, inputs: InputsOf, sample: int) -> None:
    """Gives a model the state that it has before a sample."""
    ask_for_tensors(link, NOTHING)
    reset(link)
    for past in range(sample):
        infer(link, hello, inputs(past))

"""Data with channels first for a model that takes them last."""

from __future__ import annotations

from edgeq.data.samples import InputSpec


def channels_last(shape: tuple[int, ...], spec: InputSpec) -> str:
    """How data of a shape becomes data of the input by moving its channels behind the other axes,
    for a message; empty where that does not help.

    >>> channels_last((200, 3, 32, 48), InputSpec("image", (1, 32, 48, 3)))
    ': these have channels first, transpose(0, 2, 3, 1) puts them last'
    """
    rank = len(spec.sample_shape)
    before = shape[: len(shape) - rank]
    if rank < 2 or len(before) > 1 or shape[len(before) :] != _first(spec.sample_shape):
        return ""
    start = len(before)
    axes = (*range(start), *range(start + 1, start + rank), start)
    return f": these have channels first, transpose{axes} puts them last"


def _first(sample: tuple[int, ...]) -> tuple[int, ...]:
    return (sample[-1], *sample[:-1])

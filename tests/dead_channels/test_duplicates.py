"""Equal channels are read as one, where weights can be added."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from dead_channels.planted import dense, mean
from dead_channels.small import CHANNELS, Small, kept_of, small


def repeated(net: Small, axis: int, first: int, again: int) -> None:
    """Makes a filter of the last layer the same as another."""
    w, b = net.ops[-1].inputs[1:3]
    for t, along in ((w, axis), (b, 0)):
        values = net.tensors[t].array.copy()
        np.moveaxis(values, along, 0)[again] = np.moveaxis(values, along, 0)[first]
        net.tensors[t] = replace(net.tensors[t], buffer=values.tobytes())
    scales = list(net.tensors[w].quantization.scale)  # type: ignore[union-attr]
    scales[again] = scales[first]
    q = replace(net.tensors[w].quantization, scale=tuple(scales))  # type: ignore[type-var]
    net.tensors[w] = replace(net.tensors[w], quantization=q)


def halved(net: Small) -> None:
    """Halves the weights of the last layer, so that two of them add up to one."""
    w = net.ops[-1].inputs[1]
    values = (net.tensors[w].array // 2).astype(np.int8)
    net.tensors[w] = replace(net.tensors[w], buffer=values.tobytes())


@pytest.mark.parametrize("flattened", [False, True])
def test_equal_channels_are_read_as_one(flattened: bool) -> None:
    """Equal filters, then equal planes of them, then a layer whose weights can be added."""
    net = small()
    y = net.filter(net.input(5, 6, 3), CHANNELS, (3, 3))
    repeated(net, 0, 1, 4)
    z = net.filter(y, 0, (3, 3))
    repeated(net, 3, 1, 4)
    last = dense(net, mean(net, z), 3) if flattened else net.filter(z, 5, (2, 2))
    halved(net)
    assert kept_of(net.model(last), y) == (0, 1, 2, 3, 5)


def test_equal_channels_stay_where_weights_are_too_large() -> None:
    net = small()
    y = net.filter(net.input(5, 6, 3), CHANNELS, (3, 3))
    repeated(net, 0, 1, 4)
    z = net.filter(y, 5, (1, 1))
    w = net.ops[-1].inputs[1]
    large = np.full(net.tensors[w].shape, 100, np.int8)
    net.tensors[w] = replace(net.tensors[w], buffer=large.tobytes())
    assert kept_of(net.model(z), y) == tuple(range(CHANNELS))


@pytest.mark.parametrize("differs", ["weights", "bias", "scale", "planes"])
def test_channels_that_are_nearly_equal_stay(differs: str) -> None:
    net = small()
    y = net.filter(net.input(5, 6, 3), CHANNELS, (3, 3))
    repeated(net, 0, 1, 4)
    w, b = net.ops[-1].inputs[1:3]
    if differs == "scale":
        q = net.tensors[w].quantization
        assert q is not None
        scales = (*q.scale[:4], q.scale[4] * 1.5, q.scale[5])
        net.tensors[w] = replace(net.tensors[w], quantization=replace(q, scale=scales))
    elif differs != "planes":
        t = w if differs == "weights" else b
        values = net.tensors[t].array.copy()
        values.reshape(CHANNELS, -1)[4, 0] ^= 64
        net.tensors[t] = replace(net.tensors[t], buffer=values.tobytes())
    if differs == "planes":
        y = net.filter(y, 0, (3, 3))
    z = net.filter(y, 5, (1, 1))
    halved(net)
    assert kept_of(net.model(z), y) == tuple(range(CHANNELS))

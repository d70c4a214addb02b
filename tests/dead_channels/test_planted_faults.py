"""Faults of the analysis, planted one by one, change bytes, which the comparison finds."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
from dead_channels.planted import with_zeros
from dead_channels.small import CHANNELS, DEAD, DISTANT, LIVE, kept_of, small
from dead_channels.test_live_part import assert_same_bytes

from edgeq.dead_channels import leave_out
from edgeq.dead_channels import liveness as liveness_module
from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Model
from edgeq.opkit.channels import Channels, channelwise
from edgeq.opkit.node import Node

LEAVE_OUT = import_module("edgeq.dead_channels.live_part")


def _wrong(graph: Graph) -> bool:
    """Whether the comparison of all bytes finds a fault, or the graph does not fit together."""
    leave_out.cache_clear()
    try:
        assert_same_bytes(graph, leave_out(graph))
    except (AssertionError, EdgeqError):
        return True
    finally:
        leave_out.cache_clear()
    return False


def test_ignored_borders_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    net = small()
    model = net.model(net.filter(net.first(DISTANT), 4, (3, 3)))
    assert not _wrong(model.main)
    real = liveness_module.constant_offsets
    monkeypatch.setattr(
        liveness_module,
        "constant_offsets",
        lambda node, sums, x: real(node, replace(sums, borders=False), x),
    )
    monkeypatch.setattr(LEAVE_OUT, "constant_offsets", liveness_module.constant_offsets)
    assert _wrong(model.main)


def test_a_wrong_sign_of_the_bias_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    net = small()
    model = net.model(net.filter(net.first(DISTANT), 4, (1, 1)))
    real = liveness_module.constant_offsets

    def negated(*given: object) -> object:
        offsets, constant = real(*given)  # type: ignore[arg-type]
        return -offsets, constant

    monkeypatch.setattr(LEAVE_OUT, "constant_offsets", negated)
    assert _wrong(model.main)


def unread_sum() -> Model:
    """A sum of two maps, two of whose channels the last layer multiplies by zeros."""
    net = small()
    z = net.join(net.filter(net.input(5, 6, 3), CHANNELS, (3, 3)), net.filter(0, CHANNELS, (1, 1)))
    y = net.filter(z, 4, (1, 1))
    w = net.ops[-1].inputs[1]
    net.tensors[w] = with_zeros(net.tensors[w], 3, np.isin(np.arange(CHANNELS), DEAD))
    model = net.model(y)
    assert kept_of(model, z) == LIVE
    return model


def test_a_forgotten_operand_of_a_sum_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    model = unread_sum()

    def first_alone(node: Node, rising: bool) -> Channels | None:
        return channelwise(node, (0,), rising)

    monkeypatch.setattr("edgeq.ops.add.channelwise", first_alone)
    assert _wrong(model.main)


def test_operands_of_a_sum_that_are_out_of_step_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    model = unread_sum()

    def shifted(node: Node, rising: bool) -> Channels | None:
        found = channelwise(node, rising=rising)
        assert found is not None
        a, b = found.links
        late = b.a._replace(places=np.roll(b.a.places, 1))
        return replace(found, links=(a, b._replace(a=late)))

    monkeypatch.setattr("edgeq.ops.add.channelwise", shifted)
    assert _wrong(model.main)

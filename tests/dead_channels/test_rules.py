"""Each rule by itself, on the smallest network that shows it, and faults that the comparison finds."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
from dead_channels.planted import dense, flat, mean, with_zeros
from dead_channels.test_live_part import assert_same_bytes
from ops.harness import constant, quantized
from ops.packed import int4, with_codebook
from plan.networks import Network

from edgeq.dead_channels import leave_out, left_out
from edgeq.dead_channels import liveness as liveness_module
from edgeq.errors import EdgeqError
from edgeq.graph import Codebook, Graph, Model, Op, pack_int4
from edgeq.opkit.channels import Channels, channelwise
from edgeq.opkit.node import Node
from edgeq.verify import verify

LEAVE_OUT = import_module("edgeq.dead_channels.live_part")
CHANNELS, DEAD = 6, (1, 4)
LIVE = tuple(k for k in range(CHANNELS) if k not in DEAD)
DISTANT = 20  # of constants from the zero point


class Small(Network):
    """A network whose first filters have two constant channels."""

    def first(self, distance: int = 0, padding: str = "SAME", dtype: str = "int8") -> int:
        """Six filters; two channels are constant, `distance` from the zero point."""
        y = self.filter(self.input(5, 6, 3), CHANNELS, (3, 3), padding=padding)
        w, b = self.ops[-1].inputs[1:]
        self.tensors[w] = with_zeros(self.tensors[w], 0, np.isin(np.arange(CHANNELS), DEAD))
        bias = self.tensors[b].array.copy()
        scale = 0.05 * np.array(self.tensors[w].quantization.scale)  # type: ignore[union-attr]
        bias[list(DEAD)] = np.round(distance * 0.05 / scale[list(DEAD)])
        self.tensors[b] = replace(self.tensors[b], buffer=bias.tobytes())
        return y


def small(seed: int = 0) -> Small:
    return Small(np.random.default_rng(seed))


def kept_of(model: Model, t: int) -> tuple[int, ...]:
    """The channels of a tensor that stay, after all bytes were compared."""
    live = leave_out(model.main)
    assert_same_bytes(model.main, live)
    return live.kept.get(t, tuple(range(model.main.tensors[t].shape[-1])))


def test_the_zero_point_is_left_out_before_a_border() -> None:
    net = small()
    y = net.first()
    assert kept_of(net.model(net.filter(y, 4, (3, 3))), y) == LIVE


def test_another_constant_stays_before_a_border() -> None:
    net = small()
    y = net.first(DISTANT)
    assert kept_of(net.model(net.filter(y, 4, (3, 3))), y) == tuple(range(CHANNELS))


@pytest.mark.parametrize("size", [(1, 1), (3, 2)])
def test_another_constant_becomes_part_of_the_bias(size: tuple[int, int]) -> None:
    net = small()
    y = net.first(DISTANT)
    model = net.model(net.filter(y, 4, size, padding="VALID"))
    assert kept_of(model, y) == LIVE
    before, after = (
        g.tensors[g.ops[1].inputs[2]] for g in (model.main, leave_out(model.main).graph)
    )
    assert not np.array_equal(before.array, after.array)


def test_a_layer_without_bias_gets_one() -> None:
    net = small()
    y = net.first(DISTANT)
    last = net.filter(y, 4, (1, 1))
    net.ops[-1] = replace(net.ops[-1], inputs=net.ops[-1].inputs[:2])
    model = net.model(last)
    assert kept_of(model, y) == LIVE
    assert len(leave_out(model.main).graph.ops[1].inputs) == 3


def test_a_bias_that_would_leave_its_type_keeps_the_constant() -> None:
    net = small()
    y = net.first(DISTANT)
    last = net.filter(y, 4, (1, 1))
    b = net.ops[-1].inputs[2]
    net.tensors[b] = constant("b", np.full(4, 2**31 - 100, np.int32), 0.001)
    assert kept_of(net.model(last), y) == tuple(range(CHANNELS))


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_constants_through_planes(padding: str) -> None:
    """A constant that is not the zero point is constant behind a depthwise filter only without a
    border.
    """
    net = small()
    y = net.first(DISTANT)
    z = net.filter(y, 0, (3, 3), padding=padding)
    expected = LIVE if padding == "VALID" else tuple(range(CHANNELS))
    assert kept_of(net.model(net.filter(z, 4, (1, 1))), y) == expected


def test_a_channel_of_a_sum_stays_with_its_live_side() -> None:
    net = small()
    y = net.first(DISTANT)
    other = net.filter(0, CHANNELS, (3, 3))
    z = net.join(y, other)
    assert kept_of(net.model(net.filter(z, 4, (1, 1))), y) == tuple(range(CHANNELS))


def test_a_channel_of_a_sum_goes_with_both_sides() -> None:
    net = small()
    y = net.first(DISTANT)
    z = net.join(y, net.filter(y, 0, (3, 3), padding="SAME"))
    w = net.ops[-2].inputs[1]
    net.tensors[w] = with_zeros(net.tensors[w], 3, np.isin(np.arange(CHANNELS), DEAD))
    assert kept_of(net.model(net.filter(z, 4, (1, 1))), y) == LIVE


def test_what_nothing_reads_is_left_out_with_all_that_only_it_reads() -> None:
    net = small()
    x = net.filter(net.input(5, 6, 3), CHANNELS, (1, 1))
    y = net.filter(x, 5, (3, 3))
    w = net.ops[-1].inputs[1]
    values = net.tensors[w].array.copy()
    values[:3, ..., 2], values[3:, ..., 2] = 0, 5  # only the two that are not read below read it
    net.tensors[w] = replace(net.tensors[w], buffer=values.tobytes())
    z = net.filter(y, 4, (1, 1))
    w = net.ops[-1].inputs[1]
    net.tensors[w] = with_zeros(net.tensors[w], 3, np.arange(5) > 2)
    model = net.model(z)
    assert kept_of(model, y) == (0, 1, 2)
    assert kept_of(model, x) == (0, 1, 3, 4, 5)


def test_saturated_channels_are_constants() -> None:
    net = small()
    y = net.filter(net.input(5, 6, 3), CHANNELS, (3, 3))
    b = net.ops[-1].inputs[2]
    bias = net.tensors[b].array.copy()
    bias[list(DEAD)] = 1 << 20, -1 << 20
    net.tensors[b] = replace(net.tensors[b], buffer=bias.tobytes())
    assert kept_of(net.model(net.filter(y, 4, (1, 1))), y) == LIVE


def test_each_pixel_of_a_flattened_channel_goes() -> None:
    net = small()
    y = net.first(DISTANT)
    row = flat(net, y)
    model = net.model(dense(net, row, 3))
    pixels = model.main.tensors[row].shape[1] // CHANNELS
    assert kept_of(model, row) == tuple(p * CHANNELS + k for p in range(pixels) for k in LIVE)
    graph = leave_out(model.main).graph
    assert graph.ops[1].attributes == (("new_shape", (1, pixels * len(LIVE))),)


def test_means_of_constants_are_constants() -> None:
    net = small()
    y = mean(net, net.first(DISTANT))
    assert kept_of(net.model(dense(net, y, 3)), y) == LIVE


def test_inputs_outputs_and_wholly_dead_tensors() -> None:
    net = small()
    y = net.first()
    kept = kept_of(net.model(y), y)
    assert kept == tuple(range(CHANNELS))  # y is an output of the graph
    z = net.filter(y, 4, (1, 1))
    w = net.ops[-1].inputs[1]
    net.tensors[w] = with_zeros(net.tensors[w], 0, np.ones(4, bool))
    model = net.model(z)
    assert len(kept_of(model, y)) == 1
    assert kept_of(model, 0) == (0, 1, 2)


def test_groups_of_filters_stay() -> None:
    net = small()
    y = net.first()
    z = net.filter(y, 4, (1, 1))
    w = net.ops[-1].inputs[1]
    half = net.tensors[w].array[..., : CHANNELS // 2]
    net.tensors[w] = replace(net.tensors[w], shape=half.shape, buffer=half.tobytes())
    assert kept_of(net.model(z), y) == tuple(range(CHANNELS))


def test_an_operator_that_declares_nothing_keeps_what_it_reads() -> None:
    net = small()
    y = net.first()
    z = net.add(quantized("z", net.tensors[y].shape, 1 / 256, -128))
    net.ops.append(Op("SOFTMAX", (y,), (z,), (("beta", 1.0),), 2, options_type="SoftmaxOptions"))
    assert kept_of(net.model(z), y) == tuple(range(CHANNELS))


def constant_branch(kind: str) -> Model:
    """A residual branch whose last filters are zeros."""
    net = small()
    x = net.filter(net.input(5, 6, 3), CHANNELS, (3, 3))
    branch = net.filter(net.filter(x, 8, (3, 3)), CHANNELS, (1, 1))
    w = net.ops[-1].inputs[1]
    net.tensors[w] = with_zeros(net.tensors[w], 0, np.ones(CHANNELS, bool))
    return net.model(net.filter(net.join(x, branch, kind), 4, (1, 1)))


@pytest.mark.slow
def test_c_of_a_sum_with_a_constant_branch() -> None:
    assert verify(constant_branch("ADD"), samples=2).ok


@pytest.mark.parametrize("kind", ["ADD", "SUB", "MUL"])
def test_a_constant_branch_goes_as_a_whole(kind: str) -> None:
    model = constant_branch(kind)
    live = leave_out(model.main)
    assert [op.kind for op in live.graph.ops] == ["CONV_2D", kind, "CONV_2D"]
    assert_same_bytes(model.main, live)
    found = left_out(model.main, live)
    assert found is not None
    assert [layer.channels for layer in found.layers][:2] == [8, CHANNELS]


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


def test_int4_weights() -> None:
    net = small()
    y = net.first(DISTANT)
    model = int4(net.model(net.filter(y, 4, (1, 1))))
    tensors, w = list(model.main.tensors), model.main.ops[1].inputs[1]
    values = np.where(np.isin(np.arange(CHANNELS), DEAD), 0, tensors[w].array)
    tensors[w] = replace(tensors[w], buffer=pack_int4(values))
    assert kept_of(Model((replace(model.main, tensors=tuple(tensors)),)), y) == LIVE


@pytest.mark.parametrize(("tables", "left"), [(1, 1), (2, 2), (4, 2)])
def test_codebooks_keep_the_tables_of_what_stays(tables: int, left: int) -> None:
    """Four filters, two of which nothing reads, with a table for all, for two, or for each."""
    net = small()
    y = net.filter(net.input(5, 6, 3), 4, (3, 3))
    w = net.ops[0].inputs[1]
    book = Codebook(2, tuple((k, 1, -9, 30) for k in range(tables)), 0)
    net.tensors[w] = with_codebook(net.tensors[w], book, net.rng)
    z = net.filter(y, 4, (1, 1))
    last = net.ops[1].inputs[1]
    net.tensors[last] = with_zeros(net.tensors[last], 3, np.array([False, True, False, True]))
    model = net.model(z)
    assert kept_of(model, y) == (0, 2)
    graph = leave_out(model.main).graph
    found = graph.tensors[graph.ops[0].inputs[1]].codebook
    assert (0 if found is None else len(found.tables)) == left


def test_int16_activations() -> None:
    net = small()
    x = net.add(quantized("x", (1, 4, 4, 3), 0.001, 0, "int16"))

    def layer(x: int, filters: int) -> int:
        shape, depth = net.tensors[x].shape, net.tensors[x].shape[3]
        scales = np.full(filters, 0.01, np.float32)
        w = net.add(
            constant("w", net.rng.integers(-127, 128, (filters, 1, 1, depth), np.int8), scales)
        )
        b = net.add(constant("b", net.rng.integers(-9000, 9000, filters, np.int64), scales * 0.001))
        y = net.add(quantized("y", (*shape[:3], filters), 0.002, 0, "int16"))
        options = {
            "padding": "SAME",
            "stride_h": 1,
            "stride_w": 1,
            "dilation_h_factor": 1,
            "dilation_w_factor": 1,
            "fused_activation_function": "NONE",
        }
        given = tuple(sorted(options.items()))
        net.ops.append(Op("CONV_2D", (x, w, b), (y,), given, 3, options_type="Conv2DOptions"))
        return y

    y = layer(x, CHANNELS)
    w = net.ops[0].inputs[1]
    net.tensors[w] = with_zeros(net.tensors[w], 0, np.isin(np.arange(CHANNELS), DEAD))
    assert kept_of(net.model(layer(y, 4)), y) == LIVE


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

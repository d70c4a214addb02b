"""Each rule by itself, on the smallest network that shows it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from dead_channels.planted import dense, flat, mean, with_zeros
from dead_channels.small import CHANNELS, DEAD, DISTANT, LIVE, kept_of, small
from dead_channels.test_live_part import assert_same_bytes
from ops.harness import constant, quantized
from ops.packed import int4, with_codebook

from edgeq.dead_channels import leave_out, left_out
from edgeq.graph import Codebook, Model, Op, pack_int4
from edgeq.verify import verify


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

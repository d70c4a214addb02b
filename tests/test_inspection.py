"""`inspect` says of each layer which C function computes it."""

from __future__ import annotations

from pathlib import Path

import pytest
from dead_channels.planted import network
from ops.test_conv_2d import convolution
from ops.test_fully_connected import layer
from plan.test_feed import by_hand
from verify.graphs import dense_model

from edgeq.cli.inspect import inspect as command
from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Model, Op, Tensor, write_tflite
from edgeq.inspection import inspect


def kernels(model: Model) -> list[str]:
    return [found.kernel for found in inspect(model).layers]


def test_a_layer_has_the_kernel_of_its_variant() -> None:
    assert kernels(layer((1, 40), 7)) == ["edgeq_fully_connected_neurons_s8"]
    assert kernels(layer((1, 39), 7)) == ["edgeq_fully_connected_s8"]
    assert kernels(convolution((1, 4, 4, 8), (4, 3, 3, 8))) == ["edgeq_conv_2d_im2col_s8"]


def test_a_view_has_no_kernel() -> None:
    tensors = (
        Tensor("x", (1, 4), "float32"),
        Tensor("shape", (2,), "int32", buffer=b"\x02\0\0\0\x02\0\0\0"),
        Tensor("y", (2, 2), "float32"),
    )
    graph = Graph(tensors, (Op("RESHAPE", (0, 1), (2,)),), (0,), (2,))
    assert kernels(Model((graph,))) == [""]


def test_an_unsupported_model_has_no_kernels() -> None:
    graph = Graph(
        (Tensor("x", (1, 4), "float32"), Tensor("y", (1, 4), "float32")),
        (Op("ERF", (0,), (1,)),),
        (0,),
        (1,),
    )
    assert kernels(Model((graph,))) == [""]


def test_it_says_what_the_native_engine_leaves_out() -> None:
    model = network(0)
    found, every = inspect(model), inspect(model, keep_dead_channels=True)
    assert every.left_out is None
    assert found.left_out is not None
    assert found.macs == every.macs
    assert found.left_out.macs == sum(layer.macs for layer in found.left_out.layers) > 0
    assert 0 < found.left_out.bytes < found.weights_bytes
    assert found.arena is not None
    assert every.arena is not None
    assert found.arena["planned_bytes"] <= every.arena["planned_bytes"]


def test_the_command_says_it_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "m.tflite").write_bytes(write_tflite(network(0)))
    command(tmp_path / "m.tflite")
    assert "the native engine leaves out" in capsys.readouterr().out
    command(tmp_path / "m.tflite", keep_dead_channels=True)
    assert "leaves out" not in capsys.readouterr().out


def test_what_feeding_by_rows_spares_is_told_where_it_spares_anything() -> None:
    whole, fed = inspect(by_hand()), inspect(by_hand(), feed_rows=True)
    assert whole.arena is not None
    assert fed.arena is not None
    assert fed.arena["planned_bytes"] == whole.feed_rows_bytes == fed.feed_rows_bytes
    assert fed.arena["planned_bytes"] < whole.arena["planned_bytes"]
    assert fed.row_by_row[0][0] == 0  # the layers that read it, not the input
    assert inspect(dense_model((8, 4))).feed_rows_bytes is None
    with pytest.raises(EdgeqError, match="cannot be fed by rows"):
        inspect(dense_model((8, 4)), feed_rows=True)

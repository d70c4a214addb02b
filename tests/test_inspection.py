"""`inspect` says of each layer which C function computes it."""

from __future__ import annotations

from ops.test_conv_2d import convolution
from ops.test_fully_connected import layer

from edgeq.graph import Graph, Model, Op, Tensor
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

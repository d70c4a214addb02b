"""Float pooling and MEAN against tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from ops.cases import assert_cases_agree
from ops.harness import constant, single_op

from edgeq.graph import Model, Tensor
from edgeq.opkit.windows import window


def pool(
    kind: str,
    x: tuple[int, ...],
    size: tuple[int, int],
    stride: tuple[int, int],
    padding: str = "SAME",
    activation: str = "NONE",
) -> Model:
    rows, columns = (window(padding, x[1 + a], size[a], stride[a]) for a in (0, 1))
    y = Tensor("y", (x[0], rows.output, columns.output, x[3]), "float32")
    return single_op(
        kind,
        [Tensor("x", x, "float32")],
        y,
        "Pool2DOptions",
        padding=padding,
        stride_h=stride[0],
        stride_w=stride[1],
        filter_height=size[0],
        filter_width=size[1],
        fused_activation_function=activation,
    )


def mean(x: tuple[int, ...], axes: tuple[int, ...], keep: bool = False) -> Model:
    named = {a % len(x) for a in axes}
    shape = tuple(1 if a in named else n for a, n in enumerate(x) if keep or a not in named)
    inputs = [Tensor("x", x, "float32"), constant("axes", np.array(axes, np.int32))]
    return single_op(
        "MEAN", inputs, Tensor("y", shape, "float32"), "ReducerOptions", keep_dims=keep
    )


def pools(kind: str) -> dict[str, Model]:
    cases = {
        "whole image": pool(kind, (1, 7, 5, 6), (7, 5), (7, 5), "VALID"),
        "2x2": pool(kind, (1, 6, 8, 3), (2, 2), (2, 2)),
        "3x3, overlapping, padded": pool(kind, (1, 5, 6, 2), (3, 3), (1, 1)),
        "relu": pool(kind, (1, 4, 4, 2), (3, 2), (2, 1), activation="RELU"),
        "relu6, batch of 2": pool(kind, (2, 4, 4, 2), (2, 3), (1, 2), "VALID", "RELU6"),
    }
    return {f"{kind}, {name}": model for name, model in cases.items()}


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_pools_give_the_bytes_of_both_references(compiler: str) -> None:
    assert_cases_agree(pools("AVERAGE_POOL_2D") | pools("MAX_POOL_2D"), compiler=compiler)


def test_means_give_tflites_bytes() -> None:
    cases = {
        "image": mean((1, 7, 5, 6), (1, 2)),
        "kept": mean((1, 7, 5, 6), (2, 1), keep=True),
        "last axis": mean((2, 3, 40), (-1,)),
        "first and last": mean((4, 3, 5), (0, 2)),
        "all": mean((3, 4), (0, 1)),
    }
    assert_cases_agree(cases)

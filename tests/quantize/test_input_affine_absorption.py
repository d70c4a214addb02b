"""A difference and a product inserted at a model's input, undone by the weights that read it."""

from __future__ import annotations

import numpy as np
import pytest
from quantize.leading_affine import DEVIATION, MEAN, chain, raw
from quantize.models import FloatModel, outputs

from edgeq.data import Samples
from edgeq.graph import Model
from edgeq.quantize.batch_norm_folding import fold_batch_norm
from edgeq.quantize.input_affine_absorption import absorb_input_affine, reading_layers


def test_weights_undo_what_is_put_before_them() -> None:
    model = fold_batch_norm(chain())
    start = absorb_input_affine(
        model, 0, MEAN.astype(np.float32), (1 / DEVIATION).astype(np.float32)
    )
    assert start is not None
    x = Samples((raw(3),))
    np.testing.assert_allclose(
        outputs(start.model, x)[0], outputs(model, x)[0], rtol=1e-4, atol=1e-3
    )
    assert [op.kind for op in start.model.main.ops] == ["SUB", "MUL", "RESHAPE", "FULLY_CONNECTED"]


def convolved(padding: str) -> Model:
    m = FloatModel()
    x = m.input(1, 6, 5, 3)
    weights, bias = m.normal(4, 3, 3, 3), m.normal(4)
    shape = (1, 4, 3, 4) if padding == "VALID" else (1, 6, 5, 4)
    options = {
        "padding": padding,
        "stride_h": 1,
        "stride_w": 1,
        "dilation_h_factor": 1,
        "dilation_w_factor": 1,
    }
    return fold_batch_norm(
        m.model(m.op("CONV_2D", (x, weights, bias), shape, "Conv2DOptions", **options))
    )  # type: ignore[arg-type]


def test_filters_undo_it_for_each_channel_but_no_shift_where_they_pad_with_zeros() -> None:
    shift, factor = MEAN.astype(np.float32), (1 / DEVIATION).astype(np.float32)
    x = Samples((raw(6, 5, 3),))
    start = absorb_input_affine(convolved("VALID"), 0, shift, factor)
    assert start is not None
    np.testing.assert_allclose(
        outputs(start.model, x)[0], outputs(convolved("VALID"), x)[0], rtol=1e-3, atol=1e-2
    )
    assert absorb_input_affine(convolved("SAME"), 0, shift, factor) is None
    start = absorb_input_affine(convolved("SAME"), 0, np.zeros(3, np.float32), factor)
    assert start is not None
    np.testing.assert_allclose(
        outputs(start.model, x)[0], outputs(convolved("SAME"), x)[0], rtol=1e-3, atol=1e-2
    )


@pytest.mark.parametrize("features", [1, 3])
def test_layers_behind_a_view_read_whole_sets_of_features(features: int) -> None:
    graph = chain(shape=(1, 9, features)).main
    assert [graph.ops[layer.index].kind for layer in reading_layers(graph, graph.inputs[0])] == [
        "FULLY_CONNECTED"
    ]

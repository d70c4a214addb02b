"""Activation equalization: the float function is unchanged, weak channels are scaled up, tensors of
a residual connection get equal factors.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from quantize.models import FloatModel, outputs, residual, samples, uneven

from edgeq.graph import read_tflite, write_tflite
from edgeq.graph.model import CHANNEL_FACTORS
from edgeq.quantize.activation_equalization import (
    apply_channel_factors,
    equalization_groups,
    equalize_activations,
)
from edgeq.quantize.batch_norm_folding import fold_batch_norm
from edgeq.quantize.observe import activations


def test_the_function_stays_and_channels_fill_the_range() -> None:
    model = fold_batch_norm(uneven())
    data = samples(model, 64)
    moved = equalize_activations(model, data)
    np.testing.assert_allclose(
        outputs(moved, data)[0], outputs(model, data)[0], rtol=1e-4, atol=1e-5
    )
    t = model.main.ops[0].outputs[0]
    before, after = (
        next(activations(m, data, [t]))[t].reshape(-1, 4).max(axis=0) for m in (model, moved)
    )
    assert before.max() / before.min() > 10
    assert after.max() / after.min() < 1.2


def test_a_residual_stream_moves_together() -> None:
    model = fold_batch_norm(residual())
    (joined,) = [s for s in equalization_groups(model.main) if len(s.tensors) > 1]
    kinds = [model.main.ops[layer.index].kind for layer in (*joined.writers, *joined.readers)]
    assert kinds == ["CONV_2D", "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"]
    data = samples(model, 64)
    np.testing.assert_allclose(
        outputs(equalize_activations(model, data), data)[0], outputs(model, data)[0], atol=1e-5
    )


def test_inputs_outputs_and_other_operators_end_a_stream() -> None:
    m = FloatModel()
    y = m.conv(m.input(1, 4, 4, 2), 2)
    model = m.model(m.op("LOGISTIC", (y,), (1, 4, 4, 2)), m.conv(y, 2))
    assert not list(equalization_groups(fold_batch_norm(model).main))


def test_a_file_tells_what_was_moved() -> None:
    model = fold_batch_norm(uneven())
    moved = equalize_activations(model, samples(model, 64))
    entry = [e for e in read_tflite(write_tflite(moved)).metadata if e[0] == CHANNEL_FACTORS]
    again = apply_channel_factors(replace(model, metadata=tuple(entry)))
    np.testing.assert_array_equal(
        outputs(again, samples(model))[0], outputs(moved, samples(model))[0]
    )
    assert len(entry[0][1]) == 8  # a byte for each channel of two streams of four


def test_broken_metadata_move_nothing() -> None:
    model = fold_batch_norm(uneven())
    for content in (b"", b"\x10" * 7, b"\x10" * 9):
        assert (
            apply_channel_factors(replace(model, metadata=((CHANNEL_FACTORS, content),))).main
            == model.main
        )

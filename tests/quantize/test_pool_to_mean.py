"""Pooling replaced by MEAN: equal float function, own scale, and equal bytes in simulator, oracles
and C.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ops.harness import assert_all_agree
from quantize.models import FloatModel, calibrated, outputs, residual, samples

from edgeq.graph import Graph, Model, read_tflite, write_tflite
from edgeq.quantize.activation_equalization import equalization_groups
from edgeq.quantize.assemble import assemble
from edgeq.quantize.batch_norm_folding import fold_batch_norm
from edgeq.quantize.model_pair import pair_models, state_from_pair
from edgeq.quantize.options import Options
from edgeq.quantize.pool_to_mean import global_pools, narrowing_pools, pools_to_means, tiled_pools
from edgeq.quantize.quantize import prepared, quantize
from edgeq.simulate.simulate import simulate


def pooled(
    shape: tuple[int, int],
    window: tuple[int, int],
    stride: tuple[int, int],
    padding: str = "VALID",
    activation: str = "NONE",
) -> Model:
    """A convolution of 3 channels followed by an average pooling."""
    m = FloatModel()
    x = m.conv(m.input(1, *shape, 3), 3)
    sizes = [
        -(-n // s) if padding == "SAME" else (n - w) // s + 1
        for n, w, s in zip(shape, window, stride, strict=True)
    ]
    y = m.op(
        "AVERAGE_POOL_2D",
        (x,),
        (1, *sizes, 3),
        "Pool2DOptions",
        padding=padding,
        stride_h=stride[0],
        stride_w=stride[1],
        filter_height=window[0],
        filter_width=window[1],
        fused_activation_function=activation,
    )
    return m.model(m.conv(y, 2, 1))


PARTED = [
    ((4, 6), (4, 6), (4, 6), "VALID"),
    ((4, 6), (4, 6), (1, 1), "VALID"),
    ((4, 6), (9, 9), (8, 8), "SAME"),
    ((4, 6), (2, 3), (2, 3), "VALID"),
    ((4, 6), (2, 2), (2, 2), "SAME"),
    ((1, 12), (1, 4), (1, 4), "VALID"),
    ((4, 6), (4, 1), (1, 1), "VALID"),
]
OTHERS = [
    ((4, 6), (2, 2), (1, 1), "VALID"),
    ((5, 6), (2, 2), (2, 2), "SAME"),
    ((5, 6), (2, 2), (2, 2), "VALID"),
    ((4, 6), (3, 3), (2, 2), "SAME"),
]


@pytest.mark.parametrize("case", PARTED, ids=str)
def test_means_of_windows_side_by_side_are_what_pooling_computes(
    case: tuple[tuple[int, int], ...],
) -> None:
    model = fold_batch_norm(pooled(*case))
    made = pools_to_means(model, {b.index for b in tiled_pools(model.main)})
    assert "AVERAGE_POOL_2D" not in {op.kind for op in made.main.ops}
    data = samples(model)
    np.testing.assert_allclose(
        outputs(made, data)[0], outputs(model, data)[0], rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("case", OTHERS, ids=str)
def test_other_windows_stay(case: tuple[tuple[int, int], ...]) -> None:
    assert not list(tiled_pools(pooled(*case).main))


def test_a_fused_activation_stays() -> None:
    assert not list(tiled_pools(pooled((4, 6), (4, 6), (4, 6), "VALID", "RELU").main))


@pytest.mark.slow
@pytest.mark.parametrize("case", PARTED, ids=str)
def test_integer_means_are_the_same_everywhere(case: tuple[tuple[int, int], ...]) -> None:
    model = fold_batch_norm(pooled(*case))
    whole = assemble(calibrated(pools_to_means(model, {b.index for b in tiled_pools(model.main)})))
    graph = whole.main
    at = next(k for k, op in enumerate(graph.ops) if op.kind == "MEAN")
    op = graph.ops[at]
    used = [graph.tensors[t] for t in (*op.inputs, *op.outputs)]
    alone = Graph(tuple(used), (replace(op, inputs=(0, 1), outputs=(2,)),), (0,), (2,))
    assert_all_agree(Model((alone,)))


def test_a_global_mean_has_the_scale_of_its_own_range() -> None:
    model, data = residual(), samples(residual(), 64)
    graph = read_tflite(
        quantize(
            write_tflite(model), data, Options(calibrator="min-max", rounding="nearest")
        ).content
    ).main
    (mean,) = [op for op in graph.ops if op.kind == "MEAN"]
    assert graph.tensors[mean.outputs[0]].scale < 0.8 * graph.tensors[mean.inputs[0]].scale


def test_the_finer_scale_brings_outputs_nearer() -> None:
    """Two quantizations that differ only in whether pooling is replaced by MEAN."""
    model, unseen = fold_batch_norm(residual()), samples(residual(), 256, seed=9)
    exact = outputs(model, unseen)[0]
    errors = []
    for made in (pools_to_means(model, global_pools(model.main)), model):
        found = simulate(assemble(calibrated(made, samples(model, 64))), unseen).outputs
        errors.append(np.abs(found - exact.reshape(found.shape)).mean())
    assert errors[0] < 0.95 * errors[1]


def test_only_pools_whose_means_have_half_the_range_are_replaced() -> None:
    """Alternating signs cancel within a window, equal signs add up."""
    model = fold_batch_norm(pooled((8, 8), (4, 4), (4, 4)))
    (pool,) = tiled_pools(model.main)
    x, y = (model.main.ops[pool.index].inputs[0], model.main.ops[pool.index].outputs[0])
    data = samples(model, 64)
    alone = replace(model, graphs=(replace(model.main, outputs=(x, y)),))
    before, after = (float(np.ptp(values)) for values in outputs(alone, data))
    assert (after <= 0.5 * before) == (narrowing_pools(model, data) == {pool.index})
    flat = replace(data, inputs=(np.ones_like(data.x),))
    assert not narrowing_pools(model, flat)


def test_int16_activations_keep_pooling() -> None:
    """int16 activations need no finer scale; a wider range protects them from unseen values."""
    data = samples(residual())
    kinds = {
        op.kind for op in prepared(write_tflite(residual()), data, Options("int16x8")).main.ops
    }
    assert "AVERAGE_POOL_2D" in kinds


def test_channels_are_still_filled_through_means() -> None:
    model = fold_batch_norm(residual())
    with_means = pools_to_means(model, global_pools(model.main))
    assert [len(s.readers) for s in equalization_groups(with_means.main)] == [
        len(s.readers) for s in equalization_groups(model.main)
    ]


def test_a_mean_over_channels_ends_a_stream() -> None:
    m = FloatModel()
    x = m.conv(m.input(1, 4, 4, 2), 4)
    axes = m.constant([0.0])
    m.tensors[axes] = replace(m.tensors[axes], dtype="int32", buffer=np.array([3], "<i4").tobytes())
    y = m.op("MEAN", (x, axes), (1, 4, 4), "ReducerOptions", keep_dims=False)
    assert not list(equalization_groups(fold_batch_norm(m.model(m.dense(y, 2))).main))


@pytest.mark.parametrize(("scheme", "kind"), [("int8", "MEAN"), ("int16x8", "AVERAGE_POOL_2D")])
def test_explain_follows_the_file(scheme: str, kind: str) -> None:
    model, data = residual(), samples(residual())
    options = Options(scheme, "min-max", rounding="nearest", correct_bias=False)
    made = read_tflite(quantize(write_tflite(model), data, options).content)
    state = state_from_pair(pair_models(model, made))
    assert state is not None
    np.testing.assert_array_equal(
        simulate(assemble(state), data).outputs, simulate(made, data).outputs
    )
    assert kind in {op.kind for op in state.graph.ops}

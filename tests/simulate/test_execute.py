"""Batch execution: independent of the batch size, wrong inputs refused with both shapes."""

from pathlib import Path

import numpy as np
import pytest
from cleanup.graphs import flatten, random_model
from ops.harness import constant, quantized, single_op

from edgeq.errors import EdgeqError, UnsupportedError
from edgeq.graph import Graph, Model, Op, read_tflite
from edgeq.ops import bind
from edgeq.simulate import execute as executor
from edgeq.simulate.execute import execute, random_inputs


def pointwise(channels: int = 4) -> Model:
    weights = constant(
        "w", np.eye(channels, dtype=np.int8).reshape(channels, 1, 1, channels) * 64, 0.01
    )
    return single_op(
        "CONV_2D",
        [quantized("x", (1, 3, 3, channels)), weights, None],
        quantized("y", (1, 3, 3, channels)),
        "Conv2DOptions",
        padding="SAME",
        stride_h=1,
        stride_w=1,
        dilation_h_factor=1,
        dilation_w_factor=1,
        fused_activation_function="NONE",
    )


def test_chunks_give_what_one_batch_gives(
    shared_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = read_tflite(shared_models / "kws_ref_model.tflite").main
    inputs = random_inputs(graph, 7, seed=3)
    whole = execute(graph, inputs)[graph.outputs[0]]
    monkeypatch.setattr(executor, "CHUNK_BYTES", 1)
    np.testing.assert_array_equal(execute(graph, inputs)[graph.outputs[0]], whole)


def test_every_tensor_can_be_kept(shared_models: Path) -> None:
    graph = read_tflite(shared_models / "kws_ref_model.tflite").main
    written = [t for op in graph.ops for t in op.outputs]
    kept = execute(graph, random_inputs(graph, 2), written)
    assert {t: v.shape for t, v in kept.items()} == {
        t: (2, *graph.tensors[t].shape) for t in written
    }


def test_progress_counts_every_sample_once(shared_models: Path) -> None:
    graph = read_tflite(shared_models / "ad01_int8.tflite").main
    done: list[int] = []
    execute(graph, random_inputs(graph, 300), progress=done.append)
    assert sum(done) == 300
    assert len(done) > 1


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (np.zeros((2, 1, 3, 3, 5), np.int8), "[1, 3, 3, 5] int8"),
        (np.zeros((2, 1, 3, 3, 4), np.float32), "[1, 3, 3, 4] float32"),
    ],
)
def test_inputs_that_do_not_match_are_refused_with_both_shapes(x: np.ndarray, said: str) -> None:
    with pytest.raises(EdgeqError) as refused:
        execute(pointwise().main, [x])
    assert said in str(refused.value)
    assert "[1, 3, 3, 4] int8" in str(refused.value)


def test_an_unknown_operator_is_named_with_its_layer_before_any_work() -> None:
    x, y = quantized("x", (1, 4)), quantized("spectrum/Out", (1, 4))
    graph = Graph((x, y), (Op("RFFT2D", (0,), (1,)),), (0,), (1,))
    with pytest.raises(UnsupportedError, match=r"RFFT2D \(layer 'spectrum/Out'\)"):
        execute(graph, random_inputs(graph, 1))


def test_random_inputs_are_seeded_and_cover_the_range() -> None:
    graph = pointwise().main
    a, b, c = (random_inputs(graph, 400, seed=s)[0] for s in (1, 1, 2))
    np.testing.assert_array_equal(a, b)
    assert (a != c).any()
    assert (a.min(), a.max()) == (-128, 127)


def test_random_inputs_of_a_model_whose_shapes_are_computed() -> None:
    graph = random_model(0, (flatten,), 1).main
    with pytest.raises(UnsupportedError, match="computed"):
        bind(graph)
    (x,) = random_inputs(graph, 3)
    assert x.shape == (3, 1, 4, 6, 2)

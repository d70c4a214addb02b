"""The stand-ins of the published models: the same operators and shapes, alive in every layer, the
same every time.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stand_ins.architectures import FLOAT_FILES, INTEGER_FILES
from stand_ins.floats import keras_model
from stand_ins.integers import integer_model

from edgeq.graph import Model, read_tflite, write_tflite
from edgeq.simulate.execute import execute, random_inputs


def operators(model: Model) -> list[tuple[object, ...]]:
    """Each operator with its options, and with the shape, type and number of scales of each of its
    tensors.
    """
    tensors = model.main.tensors
    return [
        (op.kind, op.version, op.attributes, [_kind(tensors[t]) for t in (*op.inputs, *op.outputs)])
        for op in model.main.ops
    ]


def _kind(tensor: Any) -> tuple[object, ...]:
    return tensor.shape, tensor.dtype, len(tensor.quantization.scale) if tensor.quantization else 0


@pytest.mark.published
@pytest.mark.parametrize("name", INTEGER_FILES)
def test_they_have_the_operators_of_the_published_files(published_models: Path, name: str) -> None:
    stand_in = read_tflite(write_tflite(integer_model(INTEGER_FILES[name], 1)))
    assert operators(stand_in) == operators(read_tflite(published_models / f"{name}.tflite"))


@pytest.mark.parametrize("name", INTEGER_FILES)
def test_every_layer_hangs_on_the_input_and_saturates_seldom(name: str) -> None:
    graph = integer_model(INTEGER_FILES[name], 1).main
    outputs = [op.outputs[0] for op in graph.ops]
    for t, values in execute(graph, random_inputs(graph, 8), keep=outputs).items():
        assert np.ptp(values, axis=0).max() > 0, graph.tensors[t].name
        assert np.mean(values == 127) < 0.1, graph.tensors[t].name


def test_a_seed_gives_one_model() -> None:
    first, again, other = (
        write_tflite(integer_model(INTEGER_FILES["kws_ref_model"], seed)) for seed in (1, 1, 2)
    )
    assert first == again != other


@pytest.mark.slow
@pytest.mark.published
@pytest.mark.parametrize("name", [name for name in FLOAT_FILES if name.endswith(".keras")])
def test_the_float_ones_have_the_weights_shapes_of_the_published_ones(
    published_models: Path, name: str
) -> None:
    import keras

    published = keras.models.load_model(published_models / name, compile=False)
    assert shapes(keras_model(keras, FLOAT_FILES[name], 1)) == shapes(published)


def shapes(model: Any) -> list[tuple[int, ...]]:
    """The shapes of all weights, in an order that does not hang on that of the layers."""
    return sorted(tuple(w.shape) for w in model.weights)

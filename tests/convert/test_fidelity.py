"""The float .tflite is held against what Keras computes, and the first layer that differs is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from edgeq.convert import convert
from edgeq.convert.backend import imported
from edgeq.convert.fidelity import (
    BOUND,
    check_fidelity,
    relative_differences,
    scale_of,
    warnings_of,
)
from edgeq.convert.to_float import load_float
from edgeq.data import Samples
from edgeq.errors import EdgeqError, UnsupportedError
from edgeq.graph import read_tflite, write_tflite
from edgeq.runtime import float_interpreter, run_samples

RANDOM = np.random.default_rng(0)


def normal(*shape: int) -> npt.NDArray[np.float32]:
    return RANDOM.standard_normal(shape).astype(np.float32)


def test_rounding_of_float32_is_far_below_the_bound() -> None:
    truth = normal(20, 100)
    rounded = truth * np.float32(1 + 2e-7)
    assert relative_differences(truth, rounded).max() < BOUND / 1000
    assert relative_differences(truth, truth + 0.01).min() > BOUND


def test_large_values_that_hardly_change_may_round() -> None:
    truth = 1000 + 1e-3 * normal(20, 100)
    assert scale_of(truth) == pytest.approx(10, rel=0.01)
    assert relative_differences(truth, np.nextafter(truth, np.float32(2000))).max() < BOUND


def test_one_wrong_pixel_of_an_image_is_seen() -> None:
    truth = normal(4, 48, 48, 1)
    found = truth.copy()
    found[2, -1, -1] = 0
    assert (relative_differences(truth, found) > BOUND).tolist() == [False, False, True, False]


@pytest.mark.parametrize(
    ("truth", "found", "expected"),
    [
        ([[0.0]], [[0.0]], 0.0),
        ([[0.0]], [[1.0]], np.inf),
        ([[1.0]], [[np.nan]], np.inf),
        ([[np.nan]], [[np.nan]], 0.0),
        ([[np.inf, 1]], [[np.inf, 1]], 0.0),
        ([[1.0]], [[np.inf]], np.inf),
    ],
)
def test_values_that_are_not_finite(
    truth: list[list[float]], found: list[list[float]], expected: float
) -> None:
    assert relative_differences(np.array(truth), np.array(found)).tolist() == [expected]


@pytest.fixture
def convolutions(keras: Any) -> Any:
    """Two convolutions, the second of a stride beyond its kernel, on 12 x 12 values."""
    keras.utils.set_random_seed(1)
    x = inputs = keras.Input((14, 14, 2))
    x = keras.layers.Conv2D(4, 3, activation="relu", name="first")(x)
    x = keras.layers.Conv2D(3, 2, strides=3, padding="same", name="beyond")(x)
    return keras.Model(inputs, keras.layers.Dense(2, name="score")(keras.layers.Flatten()(x)))


def zeros_beyond(content: bytes) -> Any:
    """An interpreter that computes zeros for the 2 x 2 convolution, whose stride is beyond its
    kernel, as XNNPACK did in TensorFlow up to 2.19.
    """
    model = read_tflite(content)
    kernels = {op.inputs[1] for op in model.main.ops if op.kind == "CONV_2D"}
    tensors = tuple(
        replace(t, buffer=bytes(len(t.buffer or b"")))
        if index in kernels and t.shape[1:3] == (2, 2)
        else t
        for index, t in enumerate(model.main.tensors)
    )
    return float_interpreter(
        write_tflite(replace(model, graphs=(replace(model.main, tensors=tensors),)))
    )


@pytest.mark.slow
def test_zeros_of_an_interpreter_are_refused_and_their_layer_is_named(convolutions: Any) -> None:
    loaded, samples = load_float(convolutions), Samples((normal(40, 14, 14, 2),))
    found = loaded.check(samples)
    assert found is not None
    assert (found.against, found.samples, found.output, found.beyond) == ("Keras", 32, "score", 0)
    assert found.relative < 1e-5
    with pytest.raises(UnsupportedError) as error:
        check_fidelity(loaded.source, loaded.content, samples, "m.keras", zeros_beyond)  # type: ignore[arg-type]
    assert "model m.keras — TFLite does not compute it as Keras does: on 32 of 32 samples" in str(
        error.value
    )
    assert "differ by more than 0.001 of the output's spread" in str(error.value)
    assert "first at layer 'beyond', node " in str(error.value)


def weights_changed(content: bytes, share: float) -> bytes:
    """The .tflite with every float constant larger by a share."""
    model = read_tflite(content)
    tensors = tuple(
        replace(
            t, buffer=(t.array.astype(np.float32) * np.float32(1 + share)).astype("<f4").tobytes()
        )
        if t.constant and t.dtype == "float32"
        else t
        for t in model.main.tensors
    )
    return write_tflite(replace(model, graphs=(replace(model.main, tensors=tensors),)))


@pytest.mark.slow
def test_a_file_of_other_weights_is_refused_at_the_output(convolutions: Any) -> None:
    loaded, samples = load_float(convolutions), Samples((normal(16, 14, 14, 2),))
    check_fidelity(loaded.source, weights_changed(loaded.content, 1e-6), samples)  # type: ignore[arg-type]
    with pytest.raises(
        UnsupportedError, match="at output 'score', though at no layer that is read out"
    ):
        check_fidelity(loaded.source, weights_changed(loaded.content, 0.01), samples)  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize(
    "layer",
    [
        lambda k: k.layers.Conv2D(4, 3, strides=4, padding="same"),
        lambda k: k.layers.Conv2D(4, 2, strides=3, padding="same"),
        lambda k: k.layers.DepthwiseConv2D(3, strides=4, padding="same"),
        lambda k: k.layers.DepthwiseConv2D(2, strides=5, padding="same", depth_multiplier=2),
        lambda k: k.layers.SeparableConv2D(4, 3, strides=4, padding="same"),
        lambda k: k.layers.AveragePooling2D(2, strides=3, padding="same"),
        lambda k: k.layers.MaxPooling2D(2, strides=5, padding="same"),
        lambda k: k.Sequential(
            [k.layers.Reshape((64, 4)), k.layers.Conv1D(4, 3, strides=4, padding="same")]
        ),
    ],
)
def test_strides_beyond_the_kernel_convert_as_keras_computes_them(
    keras: Any, layer: Callable[[Any], Any]
) -> None:
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((16, 16, 1)), layer(keras), keras.layers.Flatten()])
    x = normal(60, 16, 16, 1)
    result = convert(
        model, Samples((x[:40],)), evaluation=Samples((x[40:],), model.predict(x[40:], verbose=0))
    )
    assert result.fidelity is not None
    assert result.fidelity.relative < 1e-5
    assert result.accuracy is not None
    assert result.accuracy.float < 1e-6
    assert result.accuracy.int8 < 0.05
    assert result.to_json()["fidelity"]["bound"] == BOUND  # type: ignore[index]


@pytest.mark.slow
def test_a_model_with_active_randomness_is_refused_as_that(keras: Any) -> None:
    tf = imported("tensorflow")

    class Noise(keras.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return x + tf.random.normal((1, 4))

    model = keras.Sequential([keras.Input((4,)), Noise(), keras.layers.Dense(2)])
    with pytest.raises(EdgeqError, match="other outputs each time for the same samples"):
        load_float(model).check(Samples((normal(20, 4),)))
    quiet = keras.Sequential(
        [keras.Input((4,)), keras.layers.GaussianNoise(1.0), keras.layers.Dropout(0.5)]
    )
    found = load_float(quiet).check(Samples((normal(20, 4),)))
    assert found is not None
    assert found.relative == 0


@pytest.mark.slow
def test_rounding_inside_a_model_that_tips_over_in_few_samples_warns(keras: Any) -> None:
    tf = imported("tensorflow")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    loaded, samples = load_float(model), Samples((normal(32, 4),))
    source = loaded.source
    assert source is not None

    def tips_over(x: Any) -> list[Any]:
        return [source.function(x)[0] + tf.cast(x[0, 0] > np.sort(samples.x[:, 0])[-3], tf.float32)]

    function = tf.function(tips_over).get_concrete_function(tf.TensorSpec((1, 4)))
    found = check_fidelity(replace(source, function=function), loaded.content, samples)
    assert found.beyond == 2
    (warning,) = warnings_of(found)
    assert warning.startswith("on 2 of 32 samples the float .tflite differs from Keras")


@pytest.mark.slow
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_named(keras: Any, tmp_path: Path, value: float) -> None:
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(2, name="bad")]
    )
    content = weights_changed(load_float(model).content, np.float32(value))
    kernel = np.ones((3, 2), np.float32)
    kernel[1, 1] = value
    model.get_layer("bad").set_weights([kernel, np.zeros(2, np.float32)])
    with pytest.raises(
        EdgeqError,
        match=r"1 of 6 values of its weight '.*bad/kernel' are NaN or infinite — train it",
    ):
        load_float(model)
    (tmp_path / "m.tflite").write_bytes(content)
    with pytest.raises(EdgeqError, match=r"values of its weight '.*' are NaN or infinite"):
        load_float(tmp_path / "m.tflite")


@pytest.mark.slow
def test_deep_networks_are_not_refused(keras: Any) -> None:
    keras.utils.set_random_seed(1)
    deep = [keras.layers.Dense(24, activation="relu") for _ in range(60)]
    plain = keras.Sequential(
        [keras.Input((24,)), *deep, keras.layers.Dense(3, activation="softmax")]
    )
    recurrent = keras.Sequential(
        [keras.Input((20, 6)), keras.layers.LSTM(12, unroll=True), keras.layers.Dense(3)]
    )
    for model, shape in ((plain, (24,)), (recurrent, (20, 6))):
        found = load_float(model).check(Samples((100 * normal(16, *shape),)))
        assert found is not None
        assert found.relative < BOUND / 10


@pytest.mark.slow
@pytest.mark.parametrize("activation", ["relu", "swish"])
@pytest.mark.parametrize("kind", ["list", "dictionary"])
def test_outputs_keep_the_models_order_and_names(keras: Any, kind: str, activation: str) -> None:
    """Twelve of them: TFLite's converter scrambles them, and "output_10" sorts before "output_2".

    Of a swish, which has a gradient of its own, the converter gives no names.
    """
    keras.utils.set_random_seed(1)
    x, y = keras.Input((4,), name="x"), keras.Input((3,), name="a")
    joined = keras.layers.Dense(5, activation)(keras.layers.Concatenate()([x, y]))
    heads = [keras.layers.Dense(2, name="cls")(joined)] + [
        keras.layers.Dense(2)(joined) for _ in range(11)
    ]
    outputs = heads if kind == "list" else {f"head {k}": head for k, head in enumerate(heads)}
    model = keras.Model([x, y], outputs)
    loaded, samples = load_float(model), Samples((normal(5, 4), normal(5, 3)))
    loaded.check(samples)
    found = run_samples(float_interpreter(loaded.content), samples.inputs)
    expected = keras.tree.flatten(model(list(samples.inputs)))
    assert all(np.allclose(a, b, atol=1e-5) for a, b in zip(found, expected, strict=True))
    names = [name for name, _ in read_tflite(loaded.content).signatures[0].outputs]
    assert names[0] == ("cls" if kind == "list" else "head 0")
    assert names == (
        ["cls", *(f"output_{k}" for k in range(1, 12))] if kind == "list" else sorted(outputs)
    )
    assert np.allclose(loaded.outputs(samples), expected[0], atol=1e-5)

"""`edgeq.quantize_aware`: layer names, bit widths, saved files, and error messages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from quantize.test_kept_states import streaming

import edgeq
from edgeq.convert.backend import imported
from edgeq.errors import EdgeqError, UnsupportedError
from edgeq.graph import read_tflite, write_tflite
from edgeq.qat.initialize import QatOptions, prepare_float_model

X = np.random.default_rng(0).normal(0, 1, (16, 8, 8, 3)).astype(np.float32)


def integers(operator: Any) -> tuple[Any, Any]:
    """The weight scales and the integer weights of an operator's layer."""
    found: tuple[Any, Any] = operator.weight_scales.integers(operator.real_weights)
    return found


@pytest.fixture(scope="module")
def keras() -> Any:
    return imported("keras")


@pytest.fixture(scope="module")
def sequential(keras: Any) -> Any:
    """A classifier with named layers, one of them frozen."""
    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3), name="image"),
            layers.SeparableConv2D(4, 3, activation="relu", name="first", trainable=False),
            layers.Conv2D(6, 3, use_bias=False, name="second"),
            layers.BatchNormalization(name="norm"),
            layers.ReLU(),
            layers.Flatten(),
            layers.Dense(5, activation="softmax", name="last"),
        ]
    )
    model.get_layer("norm").set_weights(
        [
            np.array(v)
            for v in (
                [-1, 1, 2, 0.5, 1, 1],
                [0, 1, 0, 1, 0, 1],
                [0.1, 0, 0, 0, 0, 0],
                [1, 2, 1, 1, 1, 0.5],
            )
        ]
    )
    return model


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"weight_bits": 1}, "weight_bits=1 — weights have 2 to 8 bits"),
        ({"weight_bits": True}, "weight_bits=True — weights have 2 to 8 bits"),
        ({"activation_bits": 4}, "activation_bits=4 — activations are int8 or int16"),
        ({"layers": {"last": 9}}, "layers['last']=9 — weights have 2 to 8 bits"),
    ],
)
def test_widths_are_checked_first(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(EdgeqError) as caught:
        edgeq.quantize_aware(Path("absent.keras"), **arguments)
    assert str(caught.value).startswith(message)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"layers": {"frist": 4}},
            "no layer with weights has this name — choose from first, first_1, last",
        ),
        (
            {"learned_steps": True},
            "learned_steps — scales are learned from where calibration starts them",
        ),
        ({"calibration": X[:, :4]}, "calibration arrays [[16, 4, 8, 3]] — a sample is [[8, 8, 3]]"),
        ({"calibration": np.full_like(X, np.nan)}, "gets NaN or infinite values"),
        (
            {"calibration": X, "calibrator": "magic"},
            "calibrator 'magic' — it is not known — choose min-max",
        ),
    ],
)
def test_what_does_not_fit_is_one_line(
    sequential: Any, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(EdgeqError) as caught:
        edgeq.quantize_aware(sequential, **arguments)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_layers_keep_their_names_widths_and_freezing(sequential: Any) -> None:
    model = edgeq.quantize_aware(
        sequential, weight_bits=4, layers={"first": 8, "last": 2}, calibration=X
    )
    weighted = {layer.name: layer for layer in model.layers if getattr(layer, "settings", None)}
    widths = {name: layer.settings["bits"] for name, layer in weighted.items()}
    assert widths == {"first": 8, "first_1": 8, "second": 4, "last": 2}
    assert [x.name for x in model.inputs] == ["image"]
    assert {name for name, layer in weighted.items() if not layer.trainable} == {"first", "first_1"}
    assert np.unique(integers(weighted["last"])[1]).tolist() == [-1, 0, 1]


@pytest.mark.slow
def test_a_saved_model_converts_as_it_was_trained(
    keras: Any, sequential: Any, tmp_path: Path
) -> None:
    """Scales and weights are those of the Keras model, without calibration, and the float model is
    the trained one.
    """
    model = edgeq.quantize_aware(sequential, weight_bits=4, learned_steps=True, calibration=X)
    model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy")
    model.fit(X, np.arange(16) % 5, epochs=3, verbose=0)
    model.save(tmp_path / "trained.keras")
    loaded = keras.models.load_model(tmp_path / "trained.keras")
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), model.predict(X, verbose=0))
    result = edgeq.convert(tmp_path / "trained.keras", output=tmp_path / "trained.tflite")
    assert (result.scheme, result.calibrator, result.calibration_samples) == ("int4", "training", 0)
    assert result.model == edgeq.convert(model).model == (tmp_path / "trained.tflite").read_bytes()
    graph = read_tflite(result.model).main
    by_size = {t.size: t for t in graph.tensors if t.dtype == "int4"}
    scale, values = integers(model.get_layer("second"))
    stored = by_size[np.size(values)]
    np.testing.assert_array_equal(stored.quantization.scale if stored.quantization else (), scale)
    assert graph.tensors[graph.inputs[0]].scale == float(
        model.get_layer("quantize_0").quantization()[0]
    )


@pytest.mark.slow
def test_options_of_quantization_do_not_apply_afterwards(sequential: Any) -> None:
    model = edgeq.quantize_aware(sequential, calibration=X)
    for arguments in ({"scheme": "int16x8"}, {"quantizer": "tensorflow"}):
        with pytest.raises(EdgeqError, match="leave the options of quantization out"):
            edgeq.convert(model, **arguments)


@pytest.mark.slow
@pytest.mark.parametrize("body", ["LSTM", "subclass"])
def test_models_without_integers_are_refused_before_training(keras: Any, body: str) -> None:
    class Subclass(keras.Model):  # type: ignore[misc, name-defined]
        def call(self, x: Any) -> Any:
            return x

    model = (
        Subclass()
        if body == "subclass"
        else keras.Sequential([keras.Input((7, 3)), keras.layers.LSTM(4)])
    )
    with pytest.raises(EdgeqError) as caught:
        edgeq.quantize_aware(model)
    assert "\n" not in str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ic_resnet8", "ad_autoencoder"])
def test_published_models_are_byte_exact(
    shared_float_models: Path, name: str, samples_of: Callable[..., Any]
) -> None:
    """With 4-bit weights, the Keras model's output bytes equal the simulator's."""
    from edgeq.qat.qat import trained_model
    from edgeq.simulate.simulate import simulate

    samples = samples_of(shared_float_models / f"{name}.keras", 24)
    model = edgeq.quantize_aware(
        shared_float_models / f"{name}.keras", weight_bits=4, calibration=samples
    )
    found = model.predict(samples.x, verbose=0).reshape(24, -1)
    np.testing.assert_allclose(
        found, simulate(trained_model(model), samples).outputs, rtol=1e-5, atol=1e-5
    )


def test_a_model_with_state_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedError) as caught:
        prepare_float_model(write_tflite(streaming()), QatOptions())
    assert str(caught.value).startswith("quantization-aware training of a model with state — ")
    assert 'its variable "state"' in caught.value.why

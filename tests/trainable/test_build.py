"""In inference a fake-quantized Keras model computes the bytes of its integer model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import edgeq
from edgeq.errors import EdgeqError

pytestmark = pytest.mark.slow  # TensorFlow converts each model


def conv_pool_softmax(layers: Any) -> Callable[[Any], Any]:
    def body(x: Any) -> Any:
        x = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(8, 3, use_bias=False)(x)))
        return layers.Dense(10, activation="softmax")(layers.GlobalAveragePooling2D()(x))

    return body


def separable_leaky(layers: Any) -> Callable[[Any], Any]:
    return lambda x: layers.LeakyReLU(0.3)(
        layers.BatchNormalization()(layers.SeparableConv2D(8, 3)(x))
    )


def residual(layers: Any) -> Callable[[Any], Any]:
    def body(x: Any) -> Any:
        x = layers.Conv2D(4, 3, padding="same", activation="relu")(x)
        y = layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same")(x))
        return layers.ReLU()(layers.Add()([x, y]))

    return body


def concatenated(layers: Any) -> Callable[[Any], Any]:
    """Two tensors with fixed or calibrated scales, concatenated to a third scale."""

    def body(x: Any) -> Any:
        parts = [layers.Conv2D(4, 3, activation=a)(x) for a in ("sigmoid", "relu6")]
        return layers.Concatenate()([*parts, layers.MaxPooling2D(3, 1)(x)])

    return body


def products(layers: Any) -> Callable[[Any], Any]:
    def body(x: Any) -> Any:
        a, b, c = (layers.Conv2D(4, 3)(x) for _ in range(3))
        return layers.Multiply()([a, layers.Subtract()([b, c])])

    return body


def constants_and_padding(layers: Any) -> Callable[[Any], Any]:
    def body(x: Any) -> Any:
        x = layers.ZeroPadding2D(1)(layers.Rescaling(1 / 3.0, -0.1)(x))
        return layers.Dense(2)(layers.Dropout(0.5)(layers.Flatten()(layers.AveragePooling2D(2)(x))))

    return body


def swish_and_prelu(layers: Any) -> Callable[[Any], Any]:
    return lambda x: layers.PReLU(alpha_initializer="uniform", shared_axes=[1, 2])(
        layers.Conv2D(4, 3, activation="swish")(x)
    )


def grouped(layers: Any) -> Callable[[Any], Any]:
    return lambda x: layers.Conv2D(8, 3, groups=2, dilation_rate=2)(layers.Conv2D(4, 1)(x))


def uneven_strides(layers: Any) -> Callable[[Any], Any]:
    return lambda x: layers.Permute((2, 1, 3))(
        layers.Conv2D(4, 3, strides=(2, 1), activation="tanh")(x)
    )


BODIES = (
    conv_pool_softmax,
    separable_leaky,
    residual,
    concatenated,
    products,
    constants_and_padding,
    swish_and_prelu,
    grouped,
    uneven_strides,
)


@pytest.mark.parametrize("body", BODIES)
def test_inference_is_that_of_the_integer_model(
    body: Any, keras: Any, functional: Any, samples: Any, tflite_outputs: Any
) -> None:
    x = samples()
    model = edgeq.quantize_aware(functional(body(keras.layers)), calibration=x)
    np.testing.assert_allclose(model.predict(x, verbose=0), tflite_outputs(model, x), atol=1e-5)


def test_it_stays_so_in_training(
    keras: Any, functional: Any, samples: Any, tflite_outputs: Any
) -> None:
    """The model stays byte-exact while it is trained, with moving ranges and with learned scales."""
    x, y = samples(), np.random.default_rng(1).integers(0, 10, 32)
    for learned in (False, True):
        model = edgeq.quantize_aware(
            functional(conv_pool_softmax(keras.layers)), calibration=x, learned_steps=learned
        )
        before = model.predict(x, verbose=0)
        model.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy")
        model.optimizer.build(model.trainable_variables)  # else the first step is traced twice
        losses = model.fit(x * 2, y, epochs=8, batch_size=8, verbose=0).history["loss"]
        after = model.predict(x, verbose=0)
        assert losses[-1] < losses[0]
        assert np.abs(after - before).max() > 0.05
        np.testing.assert_allclose(after, tflite_outputs(model, x), atol=1e-6)


def test_16_bit_activations_are_within_two_steps(
    keras: Any, functional: Any, samples: Any, tflite_outputs: Any
) -> None:
    """TFLite requantizes 16x8 accumulators with 16-bit multipliers, which the Keras model does not
    reproduce.
    """
    x = samples()
    model = edgeq.quantize_aware(
        functional(residual(keras.layers)), calibration=x, activation_bits=16
    )
    expected = tflite_outputs(model, x)
    step = np.abs(expected).max() / 32767
    np.testing.assert_allclose(model.predict(x, verbose=0), expected, atol=2.01 * step)


def test_ranges_come_from_the_first_batch_without_calibration(
    keras: Any, functional: Any, samples: Any, tflite_outputs: Any
) -> None:
    from edgeq.trainable.restore import restore

    x, y = samples(), np.zeros(32)
    model = edgeq.quantize_aware(functional(conv_pool_softmax(keras.layers)))
    with pytest.raises(EdgeqError, match=r"was never set .* calibration data"):
        restore(model)
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(x, y, batch_size=16, epochs=1, verbose=0, shuffle=False)
    fed = model.get_layer("quantize_0")
    assert float(fed.low[0]) == pytest.approx((x[:16].min() + x[16:].min()) / 2)
    assert float(fed.high[0]) == pytest.approx((x[:16].max() + x[16:].max()) / 2)
    np.testing.assert_allclose(model.predict(x, verbose=0), tflite_outputs(model, x), atol=1e-6)


def test_ranges_follow_the_batches(keras: Any, functional: Any, samples: Any) -> None:
    """Moving average with momentum 0.99 from a calibrated start (Jacob et al. 2018, section 3.1)."""
    x = samples()
    model = edgeq.quantize_aware(
        functional(lambda x: keras.layers.Dense(2)(x), (6,)), calibration=x[:, 0, :2].reshape(-1, 6)
    )
    fed = model.get_layer("quantize_0")
    low, high, scale = float(fed.low[0]), float(fed.high[0]), float(fed.quantization()[0])
    model(np.full((2, 6), 10.0, np.float32), training=False)
    assert float(fed.quantization()[0]) == scale == pytest.approx((high - low) / 255)
    model(np.full((2, 6), 10.0, np.float32), training=True)
    moved = (high + (10 - high) / 100, low * 0.99)
    assert float(fed.quantization()[0]) == pytest.approx((moved[0] - moved[1]) / 255)


def test_a_range_holds_the_constants_of_its_group(
    keras: Any, functional: Any, samples: Any
) -> None:
    """The range of a concatenation with a constant never becomes smaller than the constant."""

    class Beside(keras.layers.Layer):  # type: ignore[misc, name-defined]
        def call(self, x: Any) -> Any:
            return keras.ops.concatenate([x, keras.ops.zeros_like(x) + 50.0], axis=-1)

    x = samples((4, 4, 2))
    model = edgeq.quantize_aware(functional(Beside(), (4, 4, 2)), calibration=x)
    model(x / 100, training=True)
    np.testing.assert_allclose(model.predict(x, verbose=0)[..., 2:], 50, atol=0.3)


def test_a_probability_of_zero_keeps_a_gradient(keras: Any, functional: Any, samples: Any) -> None:
    """Cross-entropy uses the logits, as after Keras's own softmax: the gradient is p - y though p
    is quantized to 0.
    """
    import tensorflow as tf

    model = edgeq.quantize_aware(
        functional(lambda x: keras.layers.Softmax()(keras.layers.Dense(3, name="dense")(x)), (2,)),
        calibration=np.array([[30.0, -30.0], [-30.0, 30.0]], np.float32),
    )
    dense = model.get_layer("dense")
    dense.constants.fill(str(dense.settings["weights"]), np.array([[1.0, 0], [0, 1], [0, 0]]))
    dense.constants.fill(str(dense.settings["bias"]), np.zeros(3))
    with tf.GradientTape() as tape:
        p = model(np.array([[20.0, -20.0]], np.float32), training=True)
        loss = tf.reduce_sum(keras.losses.sparse_categorical_crossentropy(np.array([1]), p))
    assert float(p[0, 1]) == 0
    bias = dense.constants.values[str(dense.settings["bias"])]
    np.testing.assert_allclose(tape.gradient(loss, bias.value), [1, -1, 0], atol=1e-2)


def test_layers_of_other_makers_are_not_exported(keras: Any, functional: Any, samples: Any) -> None:
    from edgeq.trainable.restore import restore

    model = edgeq.quantize_aware(
        functional(lambda x: keras.layers.Dense(2)(x), (4,)), calibration=samples((4,))
    )
    longer = keras.Model(model.inputs, keras.layers.Dense(1, name="added")(model.outputs[0]))
    with pytest.raises(EdgeqError, match=r"'added' .* was added after"):
        restore(longer)

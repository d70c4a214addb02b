"""Whole networks of the kinds that people put on microcontrollers, small, trained for seconds on
synthetic data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]
CLASSES, TRAINED, CALIBRATED, TESTED = 4, 256, 64, 64


@dataclass(frozen=True)
class Network:
    """A trained Keras model, samples for calibration, and others for measurement."""

    model: Any
    calibration: Values
    test: Values


def stripes(count: int, size: int, channels: int, seed: int) -> tuple[Values, Labels]:
    """Noisy stripes from 0 to 1 whose angle tells the class: [count, size, size, channels]."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, CLASSES, count)
    y, x = np.mgrid[0:size, 0:size] / size
    angle, phase = (
        v[:, None, None] for v in (np.pi * labels / CLASSES, 6.3 * random.random(count))
    )
    wave = np.sin(2 * np.pi * 4 * (np.cos(angle) * x + np.sin(angle) * y) + phase)[..., None]
    noise = 0.1 * random.standard_normal((count, size, size, channels))
    return np.clip(0.5 + 0.3 * wave + noise, 0, 1).astype(np.float32), labels


def waves(count: int, steps: int, channels: int, seed: int) -> tuple[Values, Labels]:
    """Noisy sine waves whose frequency tells the class: [count, steps, channels]."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, CLASSES, count)
    time = np.arange(steps)[None, :, None] / steps
    frequency = 1.5 + 1.5 * labels[:, None, None] + 0.2 * np.arange(channels)[None, None]
    wave = np.sin(2 * np.pi * (frequency * time + random.random((count, 1, channels))))
    return (wave + 0.2 * random.standard_normal(wave.shape)).astype(np.float32), labels


Data = Callable[[int, int], tuple[Values, Labels]]  # count, seed -> samples, labels


def classifier(
    keras: Any, body: Callable[[Any], Any], shape: tuple[int, ...], epochs: int
) -> Network:
    """A softmax of `CLASSES` behind a body that gives one vector."""
    data: Data = (
        (lambda n, s: waves(n, *shape, s))
        if len(shape) == 2
        else (lambda n, s: stripes(n, shape[0], shape[2], s))
    )
    x = keras.Input(shape)
    y = keras.layers.Dense(CLASSES, activation="softmax")(body(x))
    return trained(keras, keras.Model(x, y), data, "sparse_categorical_crossentropy", epochs)


def trained(
    keras: Any,
    model: Any,
    data: Data,
    loss: str,
    epochs: int,
    goal: Callable[[Values, Labels], Any] | None = None,
) -> Network:
    """goal: what the model is to give of samples and labels; None for the labels."""
    x, labels = data(TRAINED, 0)
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.7
    model.compile(keras.optimizers.Adam(2e-3), loss)
    model.optimizer.build(model.trainable_variables)  # else Keras traces the first step twice
    model.fit(
        x, labels if goal is None else goal(x, labels), epochs=epochs, batch_size=32, verbose=0
    )
    return Network(model, x[:CALIBRATED], data(TESTED, 9)[0])


def ds_cnn(keras: Any) -> Network:
    layers = keras.layers

    def body(x: Any) -> Any:
        x = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(16, (5, 3), (2, 2), "same")(x)))
        for _ in range(3):
            x = layers.ReLU()(
                layers.BatchNormalization()(layers.DepthwiseConv2D(3, padding="same")(x))
            )
            x = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(16, 1)(x)))
        return layers.GlobalAveragePooling2D()(x)

    return classifier(keras, body, (24, 24, 1), 4)


def backbone(name: str, **options: Any) -> Callable[[Any], Network]:
    """A network of keras.applications on images of 48 x 48, with random weights to begin with."""

    def make(keras: Any) -> Network:
        def body(x: Any) -> Any:
            base = getattr(keras.applications, name)
            base = base(input_shape=(48, 48, 3), include_top=False, weights=None, **options)
            return keras.layers.GlobalAveragePooling2D()(base(keras.layers.Rescaling(2.0, -1.0)(x)))

        return classifier(keras, body, (48, 48, 3), 6)

    return make


def efficientnet_lite(keras: Any) -> Network:
    """Inverted residuals with ReLU6 and without squeeze and excitation, as EfficientNet-lite has."""
    layers = keras.layers

    def block(x: Any, filters: int, stride: int) -> Any:
        y = layers.ReLU(6.0)(layers.BatchNormalization()(layers.Conv2D(4 * x.shape[-1], 1)(x)))
        y = layers.DepthwiseConv2D(3, stride, "same", use_bias=False)(y)
        y = layers.ReLU(6.0)(layers.BatchNormalization()(y))
        y = layers.BatchNormalization()(layers.Conv2D(filters, 1, use_bias=False)(y))
        return layers.Add()([x, y]) if stride == 1 and filters == x.shape[-1] else y

    def body(x: Any) -> Any:
        x = layers.ReLU(6.0)(layers.BatchNormalization()(layers.Conv2D(8, 3, 2, "same")(x)))
        for filters, stride in ((8, 1), (12, 2), (12, 1), (16, 2), (16, 1)):
            x = block(x, filters, stride)
        return layers.GlobalAveragePooling2D()(x)

    return classifier(keras, body, (48, 48, 3), 6)


def u_net(keras: Any) -> Network:
    layers = keras.layers

    def conv(x: Any, filters: int) -> Any:
        return layers.Conv2D(filters, 3, padding="same", activation="relu")(x)

    def up(x: Any, filters: int) -> Any:
        return layers.Conv2DTranspose(filters, 2, 2, "same")(x)

    x = keras.Input((32, 32, 1))
    a = conv(x, 6)
    b = conv(layers.MaxPooling2D(2)(a), 12)
    c = conv(layers.MaxPooling2D(2)(b), 16)
    d = conv(layers.Concatenate()([up(c, 12), b]), 12)
    e = conv(layers.Concatenate()([up(d, 6), a]), 6)
    model = keras.Model(x, layers.Conv2D(1, 1, activation="sigmoid")(e))
    goal = lambda x, _: (x > 0.6).astype(np.float32)  # noqa: E731
    return trained(keras, model, lambda n, s: stripes(n, 32, 1, s), "binary_crossentropy", 4, goal)


def autoencoder(keras: Any) -> Network:
    """Transposed convolutions behind a narrow code."""
    layers = keras.layers
    x = keras.Input((24, 24, 1))
    y = layers.Conv2D(8, 3, 2, "same", activation="relu")(x)
    y = layers.Conv2D(8, 3, 2, "same", activation="relu")(y)
    y = layers.Reshape((6, 6, 8))(
        layers.Dense(288, activation="relu")(layers.Dense(24)(layers.Flatten()(y)))
    )
    y = layers.Conv2DTranspose(8, 3, 2, "same", activation="relu")(y)
    model = keras.Model(x, layers.Conv2DTranspose(1, 3, 2, "same", activation="sigmoid")(y))
    return trained(keras, model, lambda n, s: stripes(n, 24, 1, s), "mse", 6, lambda x, _: x)


def tcn(keras: Any) -> Network:
    """Dilated causal convolutions with residuals."""
    layers = keras.layers

    def body(x: Any) -> Any:
        x = layers.Conv1D(12, 1)(x)
        for dilation in (1, 2, 4):
            y = layers.Conv1D(12, 3, padding="causal", dilation_rate=dilation, activation="relu")(x)
            x = layers.Add()([x, layers.Conv1D(12, 1)(y)])
        return layers.GlobalAveragePooling1D()(layers.ReLU()(x))

    return classifier(keras, body, (48, 3), 6)


def transformer(keras: Any) -> Network:
    """One block of attention and a feed-forward part, with layer normalization."""
    layers = keras.layers

    def body(x: Any) -> Any:
        x = layers.Conv1D(16, 4, 4)(x)
        x = layers.Add()([x, layers.MultiHeadAttention(2, 8)(x, x)])
        x = layers.LayerNormalization()(x)
        x = layers.Add()([x, layers.Dense(16)(layers.Dense(32, activation="relu")(x))])
        return layers.GlobalAveragePooling1D()(layers.LayerNormalization()(x))

    return classifier(keras, body, (48, 3), 8)


def detector(keras: Any) -> Network:
    """A backbone, a neck that joins an enlarged coarse map with a finer one, and a head of boxes and
    scores from 0 to 1 for each cell, as YOLO has.
    """
    layers = keras.layers

    def conv(x: Any, filters: int, size: int = 3, stride: int = 1) -> Any:
        y = layers.Conv2D(filters, size, stride, "same", use_bias=False)(x)
        return layers.Activation("silu")(layers.BatchNormalization()(y))

    x = keras.Input((48, 48, 3))
    fine = conv(conv(conv(x, 8, 3, 2), 12, 3, 2), 16)
    coarse = conv(fine, 24, 3, 2)
    joined = layers.Concatenate()([layers.UpSampling2D()(conv(coarse, 16, 1)), fine])
    head = layers.Conv2D(5, 1, activation="sigmoid")(conv(joined, 16))
    model = keras.Model(x, layers.Reshape((-1, 5))(head))

    def goal(x: Values, _: Labels) -> Values:
        cells = x.reshape(len(x), 12, 4, 12, 4, 3).mean((2, 4, 5)).reshape(len(x), -1, 1)
        return np.concatenate([cells, 1 - cells, cells**2, cells > 0.55, cells > 0.45], -1)

    return trained(keras, model, lambda n, s: stripes(n, 48, 3, s), "mse", 6, goal)


def eegnet(keras: Any) -> Network:
    """Convolutions over time, then over electrodes, then separable ones, with ELU."""
    layers = keras.layers

    def body(x: Any) -> Any:
        x = layers.Reshape((48, 6, 1))(x)
        x = layers.BatchNormalization()(
            layers.Conv2D(6, (12, 1), padding="same", use_bias=False)(x)
        )
        x = layers.DepthwiseConv2D((1, 6), depth_multiplier=2, use_bias=False)(x)
        x = layers.AveragePooling2D((4, 1))(layers.ELU()(layers.BatchNormalization()(x)))
        x = layers.SeparableConv2D(12, (6, 1), padding="same", use_bias=False)(x)
        x = layers.AveragePooling2D((3, 1))(layers.ELU()(layers.BatchNormalization()(x)))
        return layers.Flatten()(layers.Dropout(0.25)(x))

    return classifier(keras, body, (48, 6), 8)


def recurrent(layer: str) -> Callable[[Any], Network]:
    """One recurrent layer of Keras over a sequence, its last output classified."""

    def make(keras: Any) -> Network:
        return classifier(keras, getattr(keras.layers, layer)(20), (32, 6), 8)

    return make


SMALL: Mapping[str, Callable[[Any], Network]] = {
    "DS-CNN": ds_cnn,
    "EfficientNet-lite-like": efficientnet_lite,
    "U-Net": u_net,
    "autoencoder": autoencoder,
    "TCN": tcn,
    "transformer": transformer,
    "YOLO-like detector": detector,
    "EEGNet": eegnet,
    "LSTM classifier": recurrent("LSTM"),
    "GRU classifier": recurrent("GRU"),
}
"""Networks that are made and trained within seconds."""

PLAIN = {"include_preprocessing": False}  # images are from 0 to 1 already

NETWORKS: Mapping[str, Callable[[Any], Network]] = {
    **SMALL,
    "MobileNet 0.25": backbone("MobileNet", alpha=0.25),
    "MobileNetV2 0.35": backbone("MobileNetV2", alpha=0.35),
    "NASNetMobile": backbone("NASNetMobile"),
    "MobileNetV3Small, minimalistic": backbone("MobileNetV3Small", alpha=0.75, minimalistic=True, **PLAIN),
    "MobileNetV3Small": backbone("MobileNetV3Small", alpha=0.75, **PLAIN),
}  # fmt: skip
"""Those, and backbones of keras.applications, which take minutes."""

"""Keras models of an architecture with seeded random weights, written in the format that a file's
name asks for.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from stand_ins.architectures import Add, Architecture, Conv, Dense, Depthwise, Layer, Pool


def write_float_model(architecture: Architecture, path: Path, seed: int) -> None:
    """Writes a .keras file (Keras 3), a .h5 file (Keras 2), or a SavedModel where the name has no
    ending.
    """
    if path.suffix == ".h5":
        import tf_keras as keras
    else:
        import keras
    model = keras_model(keras, architecture, seed)
    if path.suffix:
        model.save(path)
    else:
        model.export(path, verbose=False)


def keras_model(keras: Any, architecture: Architecture, seed: int) -> Any:
    """The model, with batch norm behind convolutions and the autoencoder's dense layers as in the
    published ones.
    """
    keras.utils.set_random_seed(seed)
    path = [keras.Input(architecture.shape)]
    autoencoder = len(architecture.shape) == 1
    for layer in architecture.layers:
        path.append(_append(keras, path, layer, autoencoder))
    model = keras.Model(path[0], path[-1])
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights(
                [
                    _statistics(rng, name, w)
                    for name, w in zip(NORM, layer.get_weights(), strict=True)
                ]
            )
    return model


NORM = ("gamma", "beta", "mean", "variance")


def _statistics(rng: np.random.Generator, name: str, like: np.ndarray) -> np.ndarray:
    """A batch norm's parameter as training might leave it."""
    low, high = {
        "gamma": (0.5, 1.5),
        "beta": (-0.5, 0.5),
        "mean": (-0.2, 0.2),
        "variance": (0.5, 1.5),
    }[name]
    return rng.uniform(low, high, like.shape).astype(np.float32)


def _append(keras: Any, path: list[Any], layer: Layer, autoencoder: bool) -> Any:
    layers, x = keras.layers, path[-1]
    match layer:
        case Conv():
            convolution = layers.Conv2D(
                layer.filters, layer.kernel, strides=layer.stride, padding="same"
            )
            y = convolution(path[-layer.back])
            if layer.back == 1:  # the shortcuts of ResNet8 are convolutions alone
                y = layers.BatchNormalization()(y)
            return layers.ReLU()(y) if layer.activation == "RELU" else y
        case Depthwise():
            y = layers.DepthwiseConv2D((3, 3), strides=layer.stride, padding="same")(x)
            return layers.ReLU()(layers.BatchNormalization()(y))
        case Dense():
            y = layers.Dense(layer.units)(x)
            if autoencoder and layer.activation == "RELU":
                y = layers.BatchNormalization()(y)
            return layers.ReLU()(y) if layer.activation == "RELU" else y
        case Add():
            return layers.ReLU()(layers.Add()([x, path[-layer.back]]))
        case Pool():
            pool = layers.AveragePooling2D((int(x.shape[1]), int(x.shape[2])))
            return layers.Flatten()(pool(x))
        case _:
            return layers.Softmax()(x)

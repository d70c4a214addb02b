"""Trains the demo's digit classifier on scikit-learn's 8x8 digits (UCI, CC BY 4.0) and writes model
and data beside it.

python examples/digits/train.py
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from edgeq.convert.to_float import to_float_tflite

HERE = Path(__file__).resolve().parent


def build() -> keras.Model:
    """8x8x1 pixels of 0 to 1 -> 10 probabilities; 1,962 parameters."""
    layers = keras.layers
    x = inputs = keras.Input((8, 8, 1), name="image")
    x = layers.Conv2D(16, 3, padding="same", use_bias=False, name="stem")(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    for number, channels, stride in ((1, 24, 2), (2, 32, 2)):
        x = layers.DepthwiseConv2D(
            3, strides=stride, padding="same", use_bias=False, name=f"depthwise_{number}"
        )(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
        x = layers.Conv2D(channels, 1, use_bias=False, name=f"pointwise_{number}")(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    return keras.Model(
        inputs, layers.Dense(10, activation="softmax", name="digit")(x), name="digits"
    )


def main() -> None:
    keras.utils.set_random_seed(0)
    digits = load_digits()
    x, y = (digits.images / 16)[..., None].astype(np.float32), digits.target.astype(np.int64)
    train_x, test_x, train_y, test_y = train_test_split(
        x, y, test_size=0.3, random_state=0, stratify=y
    )
    model = build()
    model.compile(
        keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    model.fit(train_x, train_y, batch_size=32, epochs=60, verbose=0)
    print("test accuracy", model.evaluate(test_x, test_y, verbose=0)[1])
    model.save(HERE / "digits.keras")
    (HERE / "digits_float.tflite").write_bytes(to_float_tflite(HERE / "digits.keras"))
    as_pixels = lambda images: np.round(images * 16).astype(np.uint8)  # noqa: E731
    scale = np.float32(1 / 16)
    np.savez_compressed(
        HERE / "calibration.npz", x=as_pixels(train_x[:200]), y=train_y[:200], scale=scale
    )
    np.savez_compressed(HERE / "test.npz", x=as_pixels(test_x), y=test_y, scale=scale)


if __name__ == "__main__":
    main()

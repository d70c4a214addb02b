"""A float classifier of a few hundred weights, quantized in milliseconds, and its data."""

from __future__ import annotations

import numpy as np

from edgeq.data import Samples
from edgeq.graph import Graph, Model, Op, Tensor, write_tflite
from edgeq.runtime import reference_interpreter, run_samples

FEATURES, HIDDEN, CLASSES = 8, 16, 4


def float_tflite(classes: int = CLASSES, seed: int = 1) -> bytes:
    """float32 [1, 8] -> dense 16, RELU -> dense -> SOFTMAX; some weights are outliers."""
    rng = np.random.default_rng(seed)
    first = rng.normal(size=(HIDDEN, FEATURES)) * np.exp(rng.normal(size=(HIDDEN, 1)))
    second = rng.normal(size=(classes, HIDDEN)) / 2
    arrays = {
        "w1": first,
        "b1": rng.normal(size=HIDDEN),
        "w2": second,
        "b2": rng.normal(size=classes),
    }
    constants = [
        Tensor(name, a.shape, "float32", buffer=a.astype("<f4").tobytes())
        for name, a in arrays.items()
    ]
    shapes = {"x": (1, FEATURES), "hidden": (1, HIDDEN), "logits": (1, classes), "y": (1, classes)}
    computed = [Tensor(name, shape, "float32") for name, shape in shapes.items()]
    dense = "FullyConnectedOptions"
    ops = (
        Op(
            "FULLY_CONNECTED",
            (4, 0, 1),
            (5,),
            (("fused_activation_function", "RELU"),),
            options_type=dense,
        ),
        Op(
            "FULLY_CONNECTED",
            (5, 2, 3),
            (6,),
            (("fused_activation_function", "NONE"),),
            options_type=dense,
        ),
        Op("SOFTMAX", (6,), (7,), (("beta", 1.0),), options_type="SoftmaxOptions"),
    )
    return write_tflite(Model((Graph((*constants, *computed), ops, (4,), (7,)),)))


def samples(count: int, seed: int, labels_of: bytes | None = None) -> Samples:
    """Long-tailed inputs, with labels predicted by a float model if one is given, one in eight
    wrong.
    """
    rng = np.random.default_rng(seed)
    x = rng.standard_t(3, size=(count, FEATURES)).astype(np.float32)
    if labels_of is None:
        return Samples((x,))
    y = run_samples(reference_interpreter(labels_of), [x])[0].argmax(axis=1).astype(np.int64)
    y[::8] = (y[::8] + 1) % CLASSES
    return Samples((x,), y)

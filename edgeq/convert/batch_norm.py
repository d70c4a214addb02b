"""What batch normalization remembers of the training data, held against the calibration data."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from edgeq.convert.backend import imported, quietly
from edgeq.data import Samples
from edgeq.errors import EdgeqError

PROBED = 64  # samples
FACTOR = 10.0  # how many times wider or narrower than in training; 0.90 to 1.04 on the models that this was tuned on
Values = npt.NDArray[np.float64]


def check_batch_norm(model: Any, samples: Samples) -> list[str]:
    """A warning if the first batch normalization sees values of a spread far from the one it was
    trained with.

    model: a loaded Keras model of either package. The spread is the standard deviation of each
    channel, the ratio its median over channels; it tells a wrong range whatever the model's output
    means. Models without batch normalization, or whose statistics are as initialised, give no
    warning.
    """
    layer = next(
        (layer for layer in model.layers if type(layer).__name__ == "BatchNormalization"), None
    )
    if layer is None or not _trained(layer):
        return []
    try:
        seen = quietly("probing the model", "", lambda: _inputs(model, layer, samples))
    except EdgeqError as error:
        return [f"the range of the data was not checked at layer {layer.name!r}: {error.why}"]
    axis = layer.axis[0] if isinstance(layer.axis, (list, tuple)) else layer.axis
    spread = np.moveaxis(seen, axis, -1).reshape(-1, seen.shape[axis]).std(axis=0)
    ratio = float(
        np.median(spread / np.sqrt(np.asarray(layer.moving_variance, np.float64) + layer.epsilon))
    )
    if 1 / FACTOR <= ratio <= FACTOR:
        return []
    times = f"{ratio:.3g} times"
    return [
        f"layer {layer.name!r} sees values spread {times} as wide as in training; is the data in the model's range?"
    ]


def _trained(layer: Any) -> bool:
    mean, variance = np.asarray(layer.moving_mean), np.asarray(layer.moving_variance)
    return bool(mean.any() or (variance != 1).any())


def _inputs(model: Any, layer: Any, samples: Samples) -> Values:
    """The layer's input for up to `PROBED` samples spread over the set."""
    package = imported(type(model).__module__.split(".")[0])
    before = package.Model(model.inputs, layer.input)
    return np.asarray(before(list(samples.subsample(PROBED).inputs), training=False), np.float64)

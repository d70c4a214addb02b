"""`quantize_aware`: a float model in, a Keras model out whose training knows the integer model that it will become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from edgeq.convert.to_float import load_float
from edgeq.data import InputSpec, Samples, as_samples, input_specs
from edgeq.errors import EdgeqError
from edgeq.qat.start import Choices, prepared, start

Data = Samples | str | npt.NDArray[np.generic] | Sequence[npt.NDArray[np.generic]]


def quantize_aware(
    model: Any,
    *,
    weight_bits: int = 8,
    activation_bits: int = 8,
    per_channel: bool = True,
    learned_steps: bool = False,
    calibration: Data | None = None,
    calibrator: str = "min-max",
    track: bool = True,
    rounding: str = "second-order",
    layers: Mapping[str, int] | None = None,
    custom: Sequence[str] = (),
) -> Any:
    """A Keras 3 model of the same inputs and outputs, to be trained by `compile` and `fit`, saved and loaded as any.

    It computes what the integer model will: weights and activations are quantized and dequantized where the integer
    operators do it. In inference it rounds as TFLite's reference kernels do, so that its accuracy is the integer
    model's. Batch normalization is folded with its moving statistics, as the converter does, and the folded weights
    are trained; layers that act in training alone, such as Dropout, are gone.

    model: a Keras model, or the path of anything that `convert` reads. weight_bits: 2 to 8, symmetric, of all layers
    but those in `layers`, by Keras's name. per_channel: a scale for each output channel. activation_bits: 8 (affine)
    or 16. calibration: samples, a source that `load_samples` reads, or arrays, from which ranges start by
    `calibrator`, one of `quantize.ranges.calibrators`; without them by the first batch trained on. track: ranges
    follow the batches by moving average in training, else they stay. learned_steps: scales are trained instead
    (LSQ, Esser et al. 2020); this needs calibration. rounding: how the weights start, nearest, or second-order as
    `convert` rounds them, for which calibration is needed. custom: as in `convert`.

    Gradients pass roundings straight through, and are 0 where values saturate (Bengio et al. 2013). Layers that are
    frozen in the Keras model are frozen here. Raises EdgeqError and its children, in one line.
    """
    choices = Choices(
        weight_bits, activation_bits, per_channel, learned_steps, calibrator, track, rounding, layers or {}
    )
    if learned_steps and calibration is None:
        raise EdgeqError("learned_steps", "scales are learned from where calibration starts them", "give calibration")
    loaded = load_float(model, custom)
    float_model = prepared(loaded.content, choices)
    samples = None if calibration is None else _samples(calibration, input_specs(float_model))
    if samples is not None:
        loaded.check(samples)
    return start(loaded.keras, float_model, samples, choices).model


def _samples(data: Data, specs: Sequence[InputSpec]) -> Samples:
    if isinstance(data, (Samples, str)):
        return as_samples(data, specs)
    arrays = [data] if isinstance(data, np.ndarray) else list(data)
    if [a.shape[1:] for a in arrays] != [s.sample_shape for s in specs]:
        wanted, shapes = [list(s.sample_shape) for s in specs], [list(a.shape) for a in arrays]
        raise EdgeqError(f"calibration arrays {shapes}", f"a sample is {wanted}", "give [samples, *sample shape]")
    return Samples(tuple(a.astype(s.dtype) for a, s in zip(arrays, specs, strict=True)))

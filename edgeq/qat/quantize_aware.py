"""`quantize_aware`: makes a Keras model with fake quantization from a float model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from edgeq.convert.to_float import load_float
from edgeq.data import InputSpec, Samples, as_samples, input_specs
from edgeq.errors import EdgeqError
from edgeq.qat.initialize import QatOptions, build_trainable, prepare_float_model

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
    """A Keras 3 model with the inputs and outputs of `model` and fake quantization wherever the
    integer model quantizes; compile, fit, save and load it like any Keras model.

    In inference it rounds as TFLite's reference kernels do, so the accuracy that Keras reports is
    the integer model's. Batch normalization is folded with its moving statistics, and the folded
    weights are trained. Layers that act only in training, such as Dropout, are removed. Gradients
    pass roundings unchanged and are 0 where values saturate (straight-through estimator, Bengio et
    al. 2013). Layers that are not trainable in `model` are not trainable here.

    model: a Keras model, or the path of anything that `convert` reads.
    weight_bits: 2 to 8, symmetric.
    activation_bits: 8 (affine) or 16 (symmetric).
    per_channel: one weight scale per output channel, else one per layer.
    learned_steps: scales are trained (LSQ, Esser et al. 2020); needs calibration.
    calibration: samples, a source that `load_samples` reads, or arrays. Without it, the first
        training batch sets the ranges.
    calibrator: how ranges are calibrated, one of `quantize.calibrators.calibrators`.
    track: in training, ranges follow the batches by moving average; else they stay as calibrated.
    rounding: of the initial weights, nearest, or second-order as in `convert`, which needs
        calibration.
    layers: Keras layer name -> weight bits, where they differ from `weight_bits`.
    custom: modules with custom layers, as for `convert`.

    Raises EdgeqError and its subclasses.
    """
    choices = QatOptions(
        weight_bits,
        activation_bits,
        per_channel,
        learned_steps,
        calibrator,
        track,
        rounding,
        layers or {},
    )
    if learned_steps and calibration is None:
        raise EdgeqError(
            "learned_steps",
            "scales are learned from where calibration starts them",
            "give calibration",
        )
    loaded = load_float(model, custom)
    float_model = prepare_float_model(loaded.content, choices)
    samples = None if calibration is None else _samples(calibration, input_specs(float_model))
    if samples is not None:
        loaded.check(samples)
    return build_trainable(loaded.keras, float_model, samples, choices).model


def _samples(data: Data, specs: Sequence[InputSpec]) -> Samples:
    if isinstance(data, (Samples, str)):
        return as_samples(data, specs)
    arrays = [data] if isinstance(data, np.ndarray) else list(data)
    if [a.shape[1:] for a in arrays] != [s.sample_shape for s in specs]:
        wanted, shapes = [list(s.sample_shape) for s in specs], [list(a.shape) for a in arrays]
        raise EdgeqError(
            f"calibration arrays {shapes}", f"a sample is {wanted}", "give [samples, *sample shape]"
        )
    return Samples(tuple(a.astype(s.dtype) for a, s in zip(arrays, specs, strict=True)))

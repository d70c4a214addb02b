"""The options of the quantizer, all with defaults."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from edgeq.errors import EdgeqError
from edgeq.quantize.schemes import SCHEMES

CALIBRATORS = (
    "auto",
    "auto-per-tensor",
    "min-max",
    "moving-average",
    "percentile",
    "mse",
    "entropy",
)
ROUNDINGS = ("auto", "nearest", "adaround", "second-order")
IMPORTANCES = ("auto", "equal", "inputs")


@dataclass(frozen=True)
class Options:
    """The options of one quantization. Quantization is deterministic: equal samples give equal
    models.

    scheme: name of a scheme: int8 (weights and activations), int16x8 (int16 activations), int4
        (weights), codebook (weights as indices), dynamic (int8 weights, activations quantized
        during inference) or mixed (weight widths by layer, under a budget).
    calibrator: how activation ranges are found. auto takes the calibrator whose integer model is
        nearest to the float model, then for each tensor the range that changes the float outputs
        least; auto-per-tensor compares calibrators in the integer model instead, tensor by tensor.
    percentile: of the calibrator of that name.
    rounding: of weights; auto is second-order.
    equalize: cross-layer equalization of weights.
    fill_ranges: activation equalization.
    real_inputs: keep an input float32, with a scale per feature, if a single scale would lose
        features.
    correct_bias: bias correction.
    per_channel: one weight scale per output channel, else one per layer.
    codebook_bits: bits of a codebook index.
    codebook_importance: weight of each squared error when codebooks are fitted: equal, or inputs,
        the mean square of the input that a weight is multiplied by; auto is inputs if rounding is
        nearest, else equal, because indices are then chosen by the outputs' error.
    """

    scheme: str = "int8"
    calibrator: str = "auto"
    percentile: float = 99.99
    rounding: str = "auto"
    equalize: bool = False
    fill_ranges: bool = True
    real_inputs: bool = True
    correct_bias: bool = True
    per_channel: bool = True
    codebook_bits: int = 4
    codebook_importance: str = "auto"

    def __post_init__(self) -> None:
        check_known("scheme", self.scheme, SCHEMES)
        check_known("calibrator", self.calibrator, CALIBRATORS)
        check_known("rounding", self.rounding, ROUNDINGS)
        check_known("codebook importance", self.codebook_importance, IMPORTANCES)
        if not 50 < self.percentile <= 100:
            raise EdgeqError(
                f"percentile {self.percentile:g}",
                "it must lie between 50 and 100",
                "99.9 to 100 is usual",
            )
        if not 2 <= self.codebook_bits <= 8:
            raise EdgeqError(
                f"codebook of {self.codebook_bits} bits", "2 to 8 are known", "4 is usual"
            )


def check_known(what: str, value: str, known: Collection[str]) -> None:
    """Raises EdgeqError, listing the known values, for an unknown one."""
    if value not in known:
        raise EdgeqError(f"{what} {value!r}", "it is not known", f"choose {', '.join(known)}")

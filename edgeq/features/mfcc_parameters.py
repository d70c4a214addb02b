"""The parameters of MFCC, with the values that models for Speech Commands are trained with."""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.errors import EdgeqError
from edgeq.features.frame_parameters import FrameParameters


@dataclass(frozen=True)
class MfccParameters(FrameParameters):
    """Mel frequency cepstral coefficients by the definitions of `tf.signal`.

    mel_bins: bands, spread evenly on the mel scale from lower_hz to upper_hz. coefficients: of the
        cosine transform of their logarithms, the first of mel_bins.

    Raises EdgeqError for values outside of their bounds, for more coefficients than bands, and for
    bands beyond half of the sample rate.
    """

    kind = "mfcc"
    feature_scale = 1.0
    bounds = {  # noqa: RUF012 -- a class variable, as the base class says
        "sample_rate": (1000, 192_000),
        "window_ms": (1, 1000),
        "step_ms": (1, 1000),
        "mel_bins": (1, 512),
        "coefficients": (1, 512),
        "lower_hz": (0, 96_000),
        "upper_hz": (0, 96_000),
    }
    window_bounds = (4, 1 << 14)

    step_ms: int = 20
    mel_bins: int = 40
    coefficients: int = 10
    lower_hz: float = 20.0
    upper_hz: float = 4000.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.coefficients > self.mel_bins:
            why = f"it is {self.coefficients}, there are {self.mel_bins} mel_bins"
            raise EdgeqError("parameter coefficients", why, "choose as many or fewer")
        if not self.lower_hz < self.upper_hz <= self.sample_rate / 2:
            why = f"{self.lower_hz:g} to {self.upper_hz:g} Hz of {self.sample_rate:g} samples a second"
            raise EdgeqError(
                "parameters lower_hz and upper_hz", why, "choose lower < upper <= rate / 2"
            )

    @property
    def channels(self) -> int:
        """Features of a frame."""
        return self.coefficients

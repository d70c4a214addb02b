"""The parameters of TensorFlow's micro-frontend, with the values of `pymicro-features`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edgeq.errors import EdgeqError
from edgeq.features.frame_parameters import FrameParameters
from edgeq.opkit.pcan import SNR_BITS

_BOUNDS: Mapping[str, tuple[float, float]] = {
    "sample_rate": (1000, 192_000),
    "window_ms": (1, 1000),
    "step_ms": (1, 1000),
    "channels": (1, 512),
    "lower_hz": (0, 96_000),
    "upper_hz": (0, 96_000),
    "smoothing_bits": (0, 16),
    "even_smoothing": (0, 1),
    "odd_smoothing": (0, 1),
    "min_signal_remaining": (0, 1),
    "pcan_strength": (0, 10),
    "pcan_offset": (1e-3, 1e6),
    "pcan_gain_bits": (15, 31),
    "log_scale_shift": (0, 10),
}


@dataclass(frozen=True)
class MicroParameters(FrameParameters):
    """What the micro-frontend computes.

    channels: of a frame's features, spread evenly on the mel scale from lower_hz to upper_hz.
    smoothing_bits: fraction bits of the estimate of noise. even_smoothing, odd_smoothing: the part
        that a new frame has in it, of channels of even and of odd index.
    min_signal_remaining: the part of a channel that is left at least when noise is subtracted.
    pcan: whether channels are normalized by their noise, with gain (noise + pcan_offset) **
        -pcan_strength, in pcan_gain_bits fraction bits.
    log: whether features are logarithms, in units of 1 / 2^log_scale_shift.

    Raises EdgeqError for values that the integers of the micro-frontend cannot hold.
    """

    kind = "micro"
    feature_scale = 0.0390625  # what pymicro-features multiplies the integers by
    bounds = _BOUNDS
    window_bounds = (33, 1 << 14)  # shorter ones take a shift to the right

    channels: int = 40
    lower_hz: float = 125.0
    upper_hz: float = 7500.0
    smoothing_bits: int = 10
    even_smoothing: float = 0.025
    odd_smoothing: float = 0.06
    min_signal_remaining: float = 0.05
    pcan: bool = True
    pcan_strength: float = 0.95
    pcan_offset: float = 80.0
    pcan_gain_bits: int = 21
    log: bool = True
    log_scale_shift: int = 6

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.lower_hz < self.upper_hz < self.sample_rate / 2:
            why = f"{self.lower_hz:g} to {self.upper_hz:g} Hz of {self.sample_rate:g} samples a second"
            raise EdgeqError(
                "parameters lower_hz and upper_hz", why, "choose lower < upper < rate / 2"
            )
        if self.smoothing_bits < self.correction_bits:
            why = f"it is {self.smoothing_bits}, {self.correction_bits} bits are the spectrum's"
            raise EdgeqError("parameter smoothing_bits", why, "choose more bits")
        if self.pcan and self.snr_shift < 0:
            why = f"it is {self.pcan_gain_bits}, fewer than {self.pcan_gain_bits - self.snr_shift}"
            raise EdgeqError("parameter pcan_gain_bits", why, "choose more bits")

    @property
    def correction_bits(self) -> int:
        """By how many bits channels are shifted left to be those of the spectrum."""
        return self.transform.bit_length() - 1 - 6

    @property
    def snr_shift(self) -> int:
        """By how many bits products of channels and gains are shifted right, to 12 fraction bits."""
        return self.pcan_gain_bits - self.correction_bits - SNR_BITS

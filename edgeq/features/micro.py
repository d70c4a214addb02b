"""TensorFlow's micro-frontend (tensorflow/lite/experimental/microfrontend/lib): 16-bit samples to
integer features, byte for byte, with its state from chunk to chunk.

Frames are multiplied by a window, shifted left as far as they allow, and transformed. Channels are
the roots of weighted sums of the spectrum's energy, shifted back. An estimate of their noise is
subtracted, they are normalized by it (PCAN), and their logarithm is taken.
"""

from __future__ import annotations

import numpy as np

from edgeq.features.framing import Framing
from edgeq.features.parameters import MicroParameters
from edgeq.features.tables import bands, gains, smoothing, window_function
from edgeq.fixedpoint import rounded_square_root
from edgeq.opkit.log_scale import log_scale
from edgeq.opkit.node import Values
from edgeq.opkit.pcan import normalized
from edgeq.opkit.real_fourier import real_transform_of, spectrum_of
from edgeq.opkit.spectral_subtraction import Subtraction

_BLOCK = 2048  # frames that are transformed at once: some 10 MB
_WINDOW_BITS, _SMOOTHING_BITS = 12, 14


class MicroFrontend:
    """A stream of samples and the features of its frames.

    `push` may be given any number of samples at a time; features depend on all samples since the
    beginning or the last `reset`.
    """

    def __init__(self, parameters: MicroParameters | None = None) -> None:
        self.parameters = p = parameters or MicroParameters()
        transform = real_transform_of("int16", p.transform)
        assert transform is not None  # powers of two are transformed
        self._transform = transform
        self._window = window_function(p.window).astype(np.int32)
        self._matrix = bands(p).matrix(p.transform // 2 + 1, p.channels)
        self._gains = gains(p)
        even, odd, least = smoothing(p)
        new = np.resize(np.array([even, odd], np.uint64), p.channels)
        rest = np.uint64(1 << _SMOOTHING_BITS) - new
        self._subtraction = Subtraction(new, rest, least, p.smoothing_bits, _SMOOTHING_BITS)
        self._framing = Framing(p.window, p.step)
        self.reset()

    def reset(self) -> None:
        """Forgets all samples and the estimate of noise."""
        self._framing.reset()
        self._estimate = np.zeros(self.parameters.channels, np.uint32)

    def push(self, samples: Values) -> Values:
        """samples int16 [n] -> features uint16 [frames that these complete, channels]."""
        frames = self._framing.push(samples)
        features = np.zeros((len(frames), self.parameters.channels), np.uint16)
        for first in range(0, len(frames), _BLOCK):
            block = frames[first : first + _BLOCK]
            features[first : first + len(block)] = self._features(self._channels(block))
        return features

    def _channels(self, frames: Values) -> Values:
        """frames int16 [n, window] -> channels uint32 [n, channels]."""
        p = self.parameters
        windowed = (frames * self._window) >> _WINDOW_BITS
        # -32768 has no absolute value of 16 bits, and so counts as smaller than all others
        largest = np.where(windowed == -(1 << 15), 0, np.abs(windowed)).max(axis=1)
        shift = 15 - np.frexp(largest.astype(np.float64))[1]
        scaled = (windowed << shift[:, None]).astype(np.int16).astype(np.int64)
        behind = np.zeros((len(frames), p.transform - p.window), np.int64)
        spectrum = spectrum_of(self._transform, np.concatenate([scaled, behind], axis=1))
        energy = (spectrum * spectrum).sum(axis=2).astype(np.uint64)
        roots = rounded_square_root(energy @ self._matrix)
        return np.asarray(roots >> shift.astype(np.uint32)[:, None])

    def _features(self, channels: Values) -> Values:
        """channels uint32 [n, channels] of frames in their order -> features uint16 [n, channels]."""
        p, subtraction = self.parameters, self._subtraction
        estimates = np.empty_like(channels)
        for row, values in enumerate(channels):
            self._estimate = subtraction.next_estimate(values, self._estimate)
            estimates[row] = self._estimate
        x = subtraction.subtracted(channels, estimates)
        if p.pcan:
            x = normalized(x, estimates, self._gains, p.snr_shift)
        if p.log:
            x = log_scale(x, p.correction_bits, 1 << p.log_scale_shift, 0xFFFF)
        return np.minimum(x, 0xFFFF).astype(np.uint16)

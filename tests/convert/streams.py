"""Sequences for streaming models in tests: one step an inference."""

from __future__ import annotations

import numpy as np

from edgeq.convert.options import ConvertOptions

QUICK = ConvertOptions(calibrator="min-max", rounding="nearest", fill_ranges=False)
FEATURES = 4


def sequence(steps: int, seed: int = 0) -> np.ndarray:
    """[steps, 1, FEATURES]: sine waves of several speeds."""
    phase = 2 * np.pi * np.random.default_rng(seed).random(FEATURES)
    time = np.arange(steps)[:, None, None] / 7
    return np.sin(time * (1 + np.arange(FEATURES)) + phase).astype(np.float32)


CALIBRATION = np.concatenate([sequence(50, seed) for seed in range(10, 16)])

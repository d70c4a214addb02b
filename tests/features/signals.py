"""Sounds that features are compared on, 16 kHz, int16."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from edgeq.opkit.node import Values

RATE = 16_000


def _time(samples: int) -> Values:
    return np.arange(samples) / RATE


def _noise(samples: int) -> Values:
    return np.random.default_rng(1).normal(0, 3000, samples)


def _chirp(samples: int) -> Values:
    t = _time(samples)
    return 32767 * np.sin(2 * np.pi * (50 + 3950 * t / t[-1]) * t)


def _speech(samples: int) -> Values:
    """Voiced syllables: harmonics of a gliding pitch under two formants, with pauses and noise."""
    t, random = _time(samples), np.random.default_rng(2)
    phase = 2 * np.pi * np.cumsum(120 + 30 * np.sin(2 * np.pi * 0.7 * t)) / RATE
    formants = ((700.0, 130.0), (1800.0 + 0.0, 250.0))
    voice = sum(
        np.sin(k * phase) * sum(np.exp(-(((120 * k - f) / w) ** 2)) for f, w in formants)
        for k in range(1, 30)
    )
    syllables = np.clip(np.sin(2 * np.pi * 3 * t), 0, 1)
    return 6000 * voice * syllables + random.normal(0, 20, samples)


def _steps(samples: int) -> Values:
    """Noise whose loudness doubles 16 times a second."""
    loudness = 2.0 ** (16 * np.arange(samples) // RATE % 16)
    return np.random.default_rng(3).normal(0, 1, samples) * loudness


SOUNDS: Mapping[str, Callable[[int], Values]] = {
    "noise": _noise,
    "silence": np.zeros,
    "least": lambda samples: np.full(samples, -32768.0),
    "full scale": lambda samples: np.random.default_rng(4).choice([-32768.0, 32767.0], samples),
    "single samples of -32768": lambda samples: np.where(np.arange(samples) % 977, 0, -32768.0),
    "chirp": _chirp,
    "speech": _speech,
    "steps of loudness": _steps,
}


def sound(name: str, samples: int) -> Values:
    """So many samples of one of SOUNDS, int16."""
    return np.clip(np.round(SOUNDS[name](samples)), -32768, 32767).astype(np.int16)

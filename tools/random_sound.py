"""Sounds of random kind and loudness, 16 kHz, int16."""

from __future__ import annotations

import numpy as np

from edgeq.opkit.node import Values

RATE = 16_000


def minute(random: np.random.Generator) -> Values:
    """A minute of one-second pieces."""
    return np.concatenate([second(random)[1] for _ in range(60)])


def second(random: np.random.Generator) -> tuple[str, Values]:
    """A second of one kind, and what it is called."""
    t = np.arange(RATE) / RATE
    low, high = np.sort(random.uniform(20, 8000, 2))
    kinds = {
        "noise": random.normal(0, 1, RATE),
        "random signs": random.choice([-1.0, 1.0], RATE),
        "tone": np.sin(2 * np.pi * high * t),
        "sweep": np.sin(2 * np.pi * (low + (high - low) * t / 2) * t),
        "square wave": np.sign(np.sin(2 * np.pi * low * t)),
        "bursts of noise": random.normal(0, 1, RATE)
        * (np.sin(2 * np.pi * random.uniform(1, 20) * t) > 0),
        "silence": np.zeros(RATE),
        "clicks": np.where(random.random(RATE) < 1e-3, -1.0, 0.0),
    }
    loudness = 2.0 ** random.uniform(0, 16)
    name = list(kinds)[random.integers(len(kinds))]
    return name, np.clip(np.round(loudness * kinds[name]), -32768, 32767).astype(np.int16)

"""Compares audio features with pymicro-features on a long sound: python tools/compare_features.py
[--minutes 60] [--seed 0].

The sound is minutes of noise, tones, sweeps, bursts and silence of random loudness, given in chunks
of random length. Prints how many frames and features were compared and how many differ; exit status
1 where any does.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np
from pymicro_features import MicroFrontend as Reference
from random_sound import minute

from edgeq.features import MicroFrontend
from edgeq.opkit.node import Values

CHUNK, UNIT = 160, 0.0390625


def reference(frontend: Reference, samples: Values) -> Values:
    """The package's features of whole chunks, in its integers."""
    rows = [
        frontend.process_samples(samples[first : first + CHUNK].tobytes()).features
        for first in range(0, len(samples), CHUNK)
    ]
    return np.array([row for row in rows if row]).reshape(-1, 40) / UNIT


def main() -> int:
    """Compares minute by minute, with both states carried on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    random = np.random.default_rng(given.seed)
    own, other = MicroFrontend(), Reference()
    frames = different = 0
    began = time.monotonic()
    for _ in range(given.minutes):
        samples = minute(random)
        cuts = np.sort(random.integers(0, len(samples), 40))
        found = np.concatenate([own.push(part) for part in np.split(samples, cuts)])
        wanted = reference(other, samples)
        if found.shape != wanted.shape:
            print(f"{len(found)} frames, the reference has {len(wanted)}")
            return 1
        frames += len(found)
        different += int((found != wanted).sum())
    seconds = time.monotonic() - began
    print(
        f"{given.minutes} minutes, {frames:,} frames, {frames * 40:,} features: {different} differ"
    )
    print(f"{seconds:.0f} s")
    return int(different > 0)


if __name__ == "__main__":
    sys.exit(main())

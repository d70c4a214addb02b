"""Compares MFCC with tf.signal on random sounds: python tools/compare_mfcc.py [--minutes 10]
[--seed 0].

Prints for each kind of sound how far features are from those of tf.signal in float32, and how far
both are from those of tf.signal in float64.
"""

from __future__ import annotations

import argparse
from collections import defaultdict

import numpy as np
import tensorflow as tf
from random_sound import second

from edgeq.features import MfccFrontend, MfccParameters
from edgeq.opkit.node import Values


def reference(samples: Values, p: MfccParameters, dtype: tf.DType) -> Values:
    """tf.signal's coefficients [frames, coefficients], computed in that type."""
    spectrum = tf.signal.stft(tf.constant(samples / 32768, dtype), p.window, p.step)
    mel = tf.signal.linear_to_mel_weight_matrix(
        p.mel_bins, p.transform // 2 + 1, p.sample_rate, p.lower_hz, p.upper_hz, dtype
    )
    logs = tf.math.log(tf.tensordot(tf.abs(spectrum), mel, 1) + 1e-6)
    found = tf.signal.mfccs_from_log_mel_spectrograms(logs)[..., : p.coefficients]
    return np.asarray(found.numpy())


def main() -> None:
    """Prints a table of all sounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    random, p = np.random.default_rng(given.seed), MfccParameters()
    errors = defaultdict[str, list[Values]](list)
    for _ in range(60 * given.minutes):
        name, samples = second(random)
        found = MfccFrontend(p).push(samples)
        other, exact = (reference(samples, p, dtype) for dtype in (tf.float32, tf.float64))
        errors[name].append(np.stack([found - other, found - exact, other - exact]))
    print("sound            seconds  largest      RMS  from float64  tf.signal from float64")
    for name, parts in sorted(errors.items()):
        to_other, to_exact, of_other = np.concatenate(parts, axis=1)
        rms = np.sqrt(np.mean(to_other**2))
        most = [np.abs(each).max() for each in (to_other, to_exact, of_other)]
        print(f"{name:16} {len(parts):7} {most[0]:8.1e} {rms:8.1e} {most[1]:13.1e} {most[2]:23.1e}")


if __name__ == "__main__":
    main()

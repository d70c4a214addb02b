"""Training batches: samples as they are, and samples mixed by mixup and CutMix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Arrays = Sequence[npt.NDArray[Any]]
Floats = npt.NDArray[np.float32]
PLAIN, BLENDED, PATCHED = range(3)
LARGEST = 256  # samples that are computed at once where nothing is trained


def equal_batches(samples: int) -> int:
    """The size of batches in which so many samples are computed, at most `LARGEST`, without a smaller
    one at the end if that can be: Keras traces a model anew for each size, which takes a second.
    """
    sizes = range(min(samples, LARGEST), LARGEST // 8, -1)
    return next((size for size in sizes if samples % size == 0), min(samples, LARGEST))


def training_batches(arrays: Arrays, batch_size: int, mix: bool, seed: int) -> Iterator[Arrays]:
    """Endless batches of equal size from arrays [n, ...], reshuffled in each epoch.

    arrays: inputs, optionally followed by labels [n, classes].
    mix: a third of the samples are blended with another (mixup, Zhang et al. 2018) and a third get
        a box of another (CutMix, Yun et al. 2019), with shares drawn uniformly from 0 to 1. Labels
        are blended by the same share. Without effect if an array is not float32.
    """
    generator, count = np.random.default_rng(seed), len(arrays[0])
    size = min(batch_size, count)
    mixed = mix and count > 1 and all(x.dtype == np.float32 for x in arrays)
    while True:
        shuffled = generator.permutation(count)
        for start in range(0, count - size + 1, size):
            one, other = shuffled[start : start + size], generator.integers(count, size=size)
            kinds = generator.integers(3 if mixed else 1, size=size)
            share = np.where(kinds == PLAIN, 1.0, generator.uniform(size=size))
            yield [
                _mixed(generator, x[one], x[other], kinds, share) if mixed else x[one]
                for x in arrays
            ]


def _mixed(
    generator: np.random.Generator,
    x: Floats,
    other: Floats,
    kinds: npt.NDArray[np.int64],
    share: npt.NDArray[np.float64],
) -> Floats:
    """Samples [n, ...] made of `share` [n] of x and the rest of `other`: blended, or cut and
    pasted.
    """
    of_x = share.reshape(-1, *[1] * (x.ndim - 1))
    if x.ndim > 2:
        patched = (kinds == PATCHED).reshape(of_x.shape)
        of_x = np.where(patched, ~_boxes(generator, x.shape[1:-1], 1 - share)[..., None], of_x)
    return np.asarray(of_x * x + (1 - of_x) * other, np.float32)


def _boxes(
    generator: np.random.Generator, shape: Sequence[int], parts: npt.NDArray[np.float64]
) -> npt.NDArray[Any]:
    """Masks [n, *shape] that are true in a randomly placed box covering `parts` [n] of the area."""
    inside = np.ones((len(parts), *[1] * len(shape)), bool)
    for axis, size in enumerate(shape):
        side = np.rint(size * parts ** (1 / len(shape))).astype(int)
        first = generator.integers(size - side + 1)[:, None]
        within = (np.arange(size) >= first) & (np.arange(size) < first + side[:, None])
        inside = inside & within.reshape(
            len(parts), *(size if a == axis else 1 for a in range(len(shape)))
        )
    return inside

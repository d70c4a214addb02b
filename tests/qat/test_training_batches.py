"""Training batches: every sample once per epoch, unchanged, blended or patched."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from edgeq.qat.training_batches import LARGEST, equal_batches, training_batches

X = np.random.default_rng(0).normal(size=(400, 6, 5, 2)).astype(np.float32)
Y = np.eye(4, dtype=np.float32)[np.arange(400) % 4]


def test_an_epoch_shows_every_sample_once() -> None:
    numbers = np.arange(400)
    epochs = list(islice(training_batches([numbers, numbers], 50, True, 0), 16))
    assert {len(x) for x, _ in epochs} == {50}
    for epoch in (epochs[:8], epochs[8:]):
        shown = np.concatenate([x for x, _ in epoch])
        np.testing.assert_array_equal(np.sort(shown), numbers)
        np.testing.assert_array_equal(shown, np.concatenate([y for _, y in epoch]))
    assert (epochs[0][0] != epochs[8][0]).any()


def test_a_third_is_plain_a_third_blended_a_third_patched() -> None:
    """Told apart by how many values equal those of a single sample."""
    (x,) = next(training_batches([X], 400, True, 3))
    same = (x[:, None] == X[None]).all(axis=4).sum(axis=(2, 3))  # [shown, sample]: positions
    most, second = np.sort(same, axis=1)[:, -1], np.sort(same, axis=1)[:, -2]
    plain, patched, blended = most == 30, (most < 30) & (most + second == 30), most == 0
    assert (plain | patched | blended).all()
    for kind in (plain, patched, blended):
        assert 90 < kind.sum() < 180


def test_a_patch_is_a_box() -> None:
    (x,) = next(training_batches([X], 400, True, 3))
    for shown in x:
        same = (shown == X).all(axis=3)
        if 0 < np.sort(same.sum(axis=(1, 2)))[-2] < 30:
            first, second = same[np.argsort(same.sum(axis=(1, 2)))[-2:]]
            boxes = [np.argwhere(part) for part in (first, second)]
            assert any(np.prod(np.ptp(box, axis=0) + 1) == len(box) for box in boxes)


def test_labels_are_blended_by_the_same_share() -> None:
    flat = X.reshape(400, -1)
    x, y = next(training_batches([flat, Y], 400, True, 3))
    for n in np.flatnonzero(y.max(axis=1) < 1)[:20]:
        first, second = (
            np.flatnonzero(Y.argmax(axis=1) == label) for label in np.argsort(-y[n])[:2]
        )
        share = y[n].max()
        pairs = share * flat[first][:, None] + (1 - share) * flat[second][None]
        assert np.abs(pairs - x[n]).max(axis=2).min() < 1e-5


def test_the_seed_decides_what_is_shown() -> None:
    one, same, other = (next(training_batches([X], 64, True, seed))[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


@pytest.mark.parametrize(
    ("arrays", "mix"), [([X], False), ([X[:1]], True), ([X, np.arange(400)], True)]
)
def test_what_cannot_or_shall_not_be_mixed_is_shown_as_it_is(
    arrays: list[np.ndarray], mix: bool
) -> None:
    for shown in islice(training_batches(arrays, 64, mix, 0), 2):
        for x in shown[0]:
            assert (arrays[0] == x).reshape(len(arrays[0]), -1).all(axis=1).any()


@pytest.mark.parametrize(
    ("samples", "size"),
    [(1, 1), (180, 180), (256, 256), (297, 99), (1000, 250), (1009, 256), (1542, 256)],
)
def test_batches_are_of_equal_size_where_they_can_be(samples: int, size: int) -> None:
    """1009 is prime, and the divisors of 1542 are too small or too large."""
    assert equal_batches(samples) == size <= LARGEST

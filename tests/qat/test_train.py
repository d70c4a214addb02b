"""The length of training."""

from __future__ import annotations

import pytest

from edgeq.qat.train import Training


@pytest.mark.parametrize(
    ("samples", "batch_size", "steps"),
    [(64, 64, 2000), (640, 64, 2000), (6400, 64, 6000), (6463, 64, 6000), (10, 1, 2000)],
)
def test_60_epochs_or_2000_batches(samples: int, batch_size: int, steps: int) -> None:
    assert Training(batch_size=batch_size).steps(samples) == steps
    assert Training(epochs=7, batch_size=batch_size).steps(samples) == 7 * max(
        1, samples // batch_size
    )

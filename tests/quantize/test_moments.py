"""Second moments of a layer: the quadratic form against the error itself, and that every channel has one."""

from __future__ import annotations

import numpy as np
import pytest

from edgeq.quantize import moments as module
from edgeq.quantize.moments import Columns, moments
from edgeq.quantize.state import Floats


def taken(groups: int, positions: int, n: int, channels: int, shared: bool) -> Columns:
    random = np.random.default_rng(groups)
    share = random.choice([0.02, 1.0], (groups, positions, channels)) if shared else None
    return Columns(
        random.normal(1, 2, (groups, positions, n)).astype(np.float32), random.normal(size=(groups, channels, n)),
        random.normal(3, 1, (groups, positions, channels)), share, positions,
    )  # fmt: skip


def error(columns: Columns, channel: int, q: Floats) -> float:
    """By its definition: what is left of q x - z about its mean, outputs weighted by their share."""
    group, k = divmod(channel, columns.outputs.shape[2])
    left = columns.quantized[group] @ q - columns.outputs[group][:, k]
    share = np.ones(len(left)) if columns.share is None else columns.share[group][:, k]
    return float(np.average((left - np.average(left, weights=share)) ** 2, weights=share))


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("elements", [1, 40, 1 << 22])
def test_each_channel_has_one_form_which_is_its_error(shared: bool, elements: int,
                                                      monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """Whatever number of channels is computed at a time."""
    monkeypatch.setattr(module, "METRICS", elements)
    columns, seen = taken(3, 50, 4, 2, shared), list[int]()
    random = np.random.default_rng(1)
    for part, form in moments(columns):
        metric, pull = np.repeat(form.metric, form.pull.shape[1], axis=0), form.pull.reshape(-1, 4)
        for channel, m, p in zip(range(part.start, part.stop), metric, pull, strict=True):
            q, r = random.normal(size=(2, 4))
            by_form = [v @ m @ v - 2 * v @ p for v in (q, r)]
            difference = error(columns, channel, q) - error(columns, channel, r)
            assert by_form[0] - by_form[1] == pytest.approx(difference, rel=1e-4, abs=1e-4)
            seen.append(channel)
    assert seen == list(range(6))

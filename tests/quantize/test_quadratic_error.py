"""The quadratic form of a layer's output error equals the error itself, for every channel."""

from __future__ import annotations

import numpy as np
import pytest

from edgeq.quantize import quadratic_error as module
from edgeq.quantize.quadratic_error import ReconstructionProblem, quadratic_forms
from edgeq.quantize.quantization_state import Floats


def problem(
    groups: int, positions: int, n: int, channels: int, shared: bool
) -> ReconstructionProblem:
    random = np.random.default_rng(groups)
    share = random.choice([0.02, 1.0], (groups, positions, channels)) if shared else None
    return ReconstructionProblem(
        random.normal(1, 2, (groups, positions, n)).astype(np.float32),
        random.normal(size=(groups, channels, n)),
        random.normal(3, 1, (groups, positions, channels)),
        share,
        positions,
    )


def error(columns: ReconstructionProblem, channel: int, q: Floats) -> float:
    """The error by its definition: the variance of q x - z, outputs weighted by their share."""
    group, k = divmod(channel, columns.outputs.shape[2])
    left = columns.quantized[group] @ q - columns.outputs[group][:, k]
    share = np.ones(len(left)) if columns.share is None else columns.share[group][:, k]
    return float(np.average((left - np.average(left, weights=share)) ** 2, weights=share))


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("elements", [1, 40, 1 << 22])
def test_each_channel_has_one_form_which_is_its_error(
    shared: bool, elements: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For any number of channels computed at a time."""
    monkeypatch.setattr(module, "HESSIAN_ELEMENTS", elements)
    columns, seen = problem(3, 50, 4, 2, shared), list[int]()
    random = np.random.default_rng(1)
    for part, form in quadratic_forms(columns):
        hessian, cross = (
            np.repeat(form.hessian, form.cross.shape[1], axis=0),
            form.cross.reshape(-1, 4),
        )
        for channel, m, p in zip(range(part.start, part.stop), hessian, cross, strict=True):
            q, r = random.normal(size=(2, 4))
            by_form = [v @ m @ v - 2 * v @ p for v in (q, r)]
            difference = error(columns, channel, q) - error(columns, channel, r)
            assert by_form[0] - by_form[1] == pytest.approx(difference, rel=1e-4, abs=1e-4)
            seen.append(channel)
    assert seen == list(range(6))

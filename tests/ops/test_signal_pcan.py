"""SIGNAL_PCAN against TFLM and the compiled C."""

import numpy as np
import pytest
from ops.signals import assert_agrees, ramp, signal, uint32, values, with_options

from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.ops import bind
from edgeq.simulate.execute import execute


def pcan(shift: int = 6, seed: int = 0, table: int = 125, noise: int = 9) -> Model:
    gains = np.random.default_rng(seed).integers(-32768, 32768, table).astype(np.int16)
    given = [uint32("x", 9), uint32("noise", noise), values("gains", gains)]
    return signal("SignalPCAN", given, [uint32("y", 9)], snr_shift=shift)


SEEDS = {"shift of 6": pcan()}
"""Models that differential testing starts from (tools/difftest.py)."""


def test_small_ratios_are_squared() -> None:
    model, x = pcan(), np.uint32([[0, 1, 2, 3, 4, 5, 6, 7, 100]])
    gains = np.frombuffer(model.main.tensors[2].buffer or b"", np.int16).copy()
    assert gains[0] != 0
    y = execute(model.main, [x, np.zeros_like(x)])[3][0]
    ratio = (x[0].astype(object) * (int(gains[0]) % (1 << 32))) >> 6
    ratio = [r % (1 << 32) for r in ratio]
    assert y.tolist() == [
        (r * r % (1 << 32)) >> 20 if r < 8192 else ((r >> 6) - 64) % (1 << 32) for r in ratio
    ]


@pytest.mark.slow
@pytest.mark.parametrize("shift", [0, 6, 31, 63])
def test_noise_of_any_size(shift: int) -> None:
    x, noise = (ramp(60, 9, dtype="uint32", seed=seed)[0] for seed in (0, 1))
    noise[0] = np.arange(9)
    assert_agrees(pcan(shift), [x, noise])


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (pcan(table=124), "fewer than 125 elements"),
        (pcan(noise=8), "it has 9 channels, and noise of 8"),
        (with_options(pcan(), snr_shift=64), "its snr_shift is 64"),
    ],
)
def test_refuses_what_would_read_outside(model: Model, why: str) -> None:
    with pytest.raises(UnsupportedError, match=why):
        bind(model.main)

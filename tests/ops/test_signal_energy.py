"""SIGNAL_ENERGY against TFLM and the compiled C."""

import numpy as np
import pytest
from ops.signals import assert_agrees, every_output, int16, ramp, signal, uint32, with_options

from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.ops import bind
from edgeq.simulate.execute import execute


def energy(start: int = 0, end: int = 8) -> Model:
    return signal(
        "SignalEnergy", [int16("x", 16)], [uint32("y", 8)], start_index=start, end_index=end
    )


CASES = {"all bins": energy(), "some bins": energy(2, 5)}


def test_the_largest_energy_has_32_bits() -> None:
    x = np.int16([[-32768] * 2 + [3, 4] + [0] * 12])
    assert execute(energy().main, [x])[1][0, :3].tolist() == [1 << 31, 25, 0]


@pytest.mark.slow
def test_all_bins() -> None:
    assert_agrees(energy(), ramp(20, 16))


@pytest.mark.slow
def test_bins_that_tflm_leaves_alone_are_0() -> None:
    model, inputs = energy(2, 5), ramp(20, 16)
    y = assert_agrees(model, inputs, tflm=False)[1]
    got = np.array([outputs[0] for outputs in every_output(model, inputs)])
    np.testing.assert_array_equal(y[:, 2:5], got[:, 2:5])
    assert not np.delete(y, slice(2, 5), axis=1).any()


@pytest.mark.parametrize(("start", "end"), [(0, 9), (-1, 8), (5, 4)])
def test_refuses_bins_that_are_not_there(start: int, end: int) -> None:
    with pytest.raises(UnsupportedError, match="_index is"):
        bind(with_options(energy(), start_index=start, end_index=end).main)

"""SIGNAL_FILTER_BANK against TFLM and the compiled C."""

import numpy as np
import pytest
from ops.signals import assert_agrees, ramp, signal, uint32, values, with_options

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.ops import bind
from edgeq.simulate.execute import execute

BANDS = ([0, 2, 4, 7], [0, 2, 5, 8], [2, 3, 3, 1])


def bank(
    bands: tuple[list[int], ...] = BANDS, low: int = 0, high: int = 4096, seed: int = 0
) -> Model:
    """bands: first bins, offsets of weights, widths. low, high: of the weights."""
    generator = np.random.default_rng(seed)
    weights = [generator.integers(low, high, 9, endpoint=True).astype(np.int16) for _ in range(2)]
    tables = [np.int16(band) for band in bands]
    names = ("weights", "unweights", "bins", "offsets", "widths")
    given = [values(name, v) for name, v in zip(names, [*weights, *tables], strict=True)]
    return signal(
        "SignalFilterBank", [uint32("x", 9), *given], [Tensor("y", (3,), "uint64")], num_channels=3
    )


CASES = {"bands": bank()}


def test_neighbours_share_a_band() -> None:
    model = bank(low=4096)  # all weights and unweights are 4096
    x = np.uint32([[1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 7, 5]])
    shares = [11 + 11_100, 11_100 + 1_110_000, 1_110_000 + 7]  # bands 0 to 3: 11, 11100, 1110000, 7
    shares[0] = 11 + 100 + 1000 + 10_000
    shares[1] = 100 + 1000 + 10_000 + 10_000 + 100_000 + 1_000_000
    shares[2] = 10_000 + 100_000 + 1_000_000 + 7
    assert execute(model.main, [x])[6][0].tolist() == [4096 * share for share in shares]


@pytest.mark.slow
def test_words_of_any_size() -> None:
    assert_agrees(bank(), ramp(20, 9, dtype="uint32"))


@pytest.mark.slow
def test_sums_of_negative_weights_wrap() -> None:
    assert_agrees(bank(low=-32768, high=32767), ramp(20, 9, dtype="uint32"))


@pytest.mark.slow
def test_bands_that_are_empty() -> None:
    assert_agrees(bank(([0, -5, 3, 8], [0, 99, 0, 0], [1, 0, 3, -1])), ramp(9, 9, dtype="uint32"))


@pytest.mark.parametrize(
    "bands",
    [
        ([0, 2, 4, 9], [0, 2, 5, 8], [2, 3, 3, 1]),
        ([0, 2, 4, 7], [0, 2, 5, 9], [2, 3, 3, 1]),
        ([-1, 2, 4, 7], [0, 2, 5, 8], [2, 3, 3, 1]),
        ([0, 2, 4, 7], [0, 2, -5, 8], [2, 3, 3, 1]),
        ([0, 2, 4, 7], [0, 2, 5, 8], [2, 3, 3, 3]),
    ],
)
def test_refuses_bands_outside(bands: tuple[list[int], ...]) -> None:
    with pytest.raises(UnsupportedError, match="a band ends behind element 9"):
        bind(bank(bands).main)


@pytest.mark.parametrize("channels", [4, 0, 1 << 20])
def test_refuses_other_numbers_of_channels(channels: int) -> None:
    with pytest.raises(UnsupportedError, match=r"fewer than 5|num_channels is"):
        bind(with_options(bank(), num_channels=channels).main)

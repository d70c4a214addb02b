"""The table of the logistic function beside the function itself."""

import numpy as np

from edgeq.opkit.sigmoid_table import SIGMOID


def test_entries_are_within_what_the_docstring_states() -> None:
    exact = 2**16 / (1 + np.exp(-np.arange(256) / 24))
    assert np.abs(SIGMOID - exact).max() <= 1.11


def test_the_table_starts_at_a_half_and_never_falls() -> None:
    assert SIGMOID.dtype == np.uint16
    assert (SIGMOID[0], SIGMOID[-1]) == (32768, 65535)
    assert np.all(np.diff(SIGMOID.astype(int)) >= 0)

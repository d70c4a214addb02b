"""Operators that keep the latest samples of a signal: what they hold from one inference to the next,
as a variable of int16 that begins at zero.
"""

from __future__ import annotations

import numpy as np

from edgeq.opkit.node import Values

COUNT_LIMIT = (1 << 15) - 1
"""The most that a count in such a variable may reach."""


def pushed(history: Values, new: Values) -> tuple[Values, Values]:
    """Samples before new ones: (both together, the latest of them as many as `history` has).

    history: [rows, kept], new: [rows, samples].
    """
    both = np.concatenate([history, new], axis=1)
    return both, both[:, both.shape[1] - history.shape[1] :]

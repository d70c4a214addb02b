"""Winograd's form of an inner product: one multiplication gives the products of two neighbouring taps.

    (w0 + x1) * (w1 + x0) = w0 * x0 + w1 * x1 + w0 * w1 + x0 * x1

Where one instruction expands bytes and adds them, as ARM's SXTAB16 does, that halves the
multiplications. The products of weights are known and leave the biases here; those of inputs are
the same for all neurons, and the kernel subtracts them once for each input vector.

Source: S. Winograd, A new algorithm for inner product, IEEE Transactions on Computers C-17 (1968).
"""

from __future__ import annotations

import numpy as np

from edgeq.opkit.node import Values


def pair_products(matrix: Values) -> Values:
    """int8 [rows, even number of taps] -> int64 [rows], the sum of m[2 * i] * m[2 * i + 1]."""
    wide = matrix.astype(np.int64)
    return np.asarray((wide[:, 0::2] * wide[:, 1::2]).sum(axis=1))


def paired_biases(biases: Values, matrix: Values, join: bool) -> Values:
    """The biases with which sums begin that have the products of weights in them, modulo 2^32.

    biases: int32, those of the rows of matrix or longer. matrix: int8 [even number of rows, taps],
    neighbours in pairs. join: the second of a pair is 256 times its sum plus the first one's true sum,
    which has no products of weights in it.
    """
    moved = np.asarray(biases, np.int64).copy()
    rows = len(matrix)
    if join:
        moved[1:rows:2] = 256 * moved[1:rows:2] + moved[0:rows:2]
        moved[0:rows:2] -= pair_products(matrix[0::2])
    else:
        moved[:rows] -= pair_products(matrix)
    return moved.astype(np.int32)

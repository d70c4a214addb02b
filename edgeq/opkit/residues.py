"""The multiple of an integer that comes to lie in a given interval modulo another one, without
trying them.
"""

from __future__ import annotations


def nearest_multiple(start: int, step: int, modulus: int, width: int) -> int | None:
    """The k of least magnitude with (start + k * step) % modulus < width, negative of two; None if
    there is none.

    >>> nearest_multiple(7, 3, 10, 2), nearest_multiple(5, 5, 10, 1), nearest_multiple(7, 2, 10, 1)
    (1, -1, None)
    """
    start %= modulus
    if start < width:
        return 0
    low, high = modulus - start, modulus - start + width - 1
    up, down = (first_multiple(k % modulus, modulus, low, high) for k in (step, -step))
    if up is None or down is None:
        return None
    return up if up < down else -down


def first_multiple(step: int, modulus: int, low: int, high: int) -> int | None:
    """The least k >= 0 with low <= k * step % modulus <= high, for 0 <= low <= high < modulus and 0
    <= step < modulus.

    Either a multiple of the step lies in the interval itself, or k goes with the least number of
    turns around the
    modulus for which one does: the same question of modulus % step modulo step. So it takes as many
    rounds as Euclid's algorithm, and stops as soon as steps are no longer than the interval.

    >>> first_multiple(3, 10, 4, 5), [3 * k % 10 for k in range(6)]
    (5, [0, 3, 6, 9, 2, 5])
    """
    if low == 0:
        return 0
    if step == 0:
        return None
    within = -(-low // step)
    if within * step <= high:
        return within
    turns = first_multiple(modulus % step, step, -high % step, -low % step)
    return None if turns is None else -(-(low + modulus * turns) // step)

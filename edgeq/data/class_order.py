"""Detects labels that number the classes in another order than a model's outputs, from labelled
samples.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from edgeq.data.class_names import LISTED, LONGEST, listed_names, numbered
from edgeq.data.samples import Samples, ranks_of
from edgeq.errors import EdgeqError, shown
from edgeq.metrics import Array, is_autoencoder, predicted_classes

MIN_STANDARD_ERRORS = 3.0  # of the gain
MOST, GOOD = (
    0.5,
    0.6,
)  # least recall of the moved classes in the other order: of each, on average
LARGEST = 1000  # classes; the time is cubic
Classes = npt.NDArray[np.int64]


class WrongOrderError(EdgeqError):
    """Class names are in another order than the model's outputs."""


def better_order(predicted: Classes, labels: Classes, classes: int) -> tuple[int, ...] | None:
    """For each label the model output that it should stand for, where this order of classes fits
    the predictions significantly better than the present one; None where none does.

    The order is the assignment of labels to outputs with the highest mean recall; unlike accuracy,
    a constant prediction gains nothing by it. Because the best of many orders looks good by chance,
    both halves of the samples must propose the same order for all classes they contain, and the
    gain is counted on the half that did not propose it. The gain must exceed `MIN_STANDARD_ERRORS`
    standard errors, and at least half of the samples of each moved class, `GOOD` on average, must
    be right.

    predicted, labels: [n], 0 to classes - 1.
    """
    own = np.arange(classes)
    half = ranks_of(labels) % 2
    order = best_assignment(_recalls(predicted, labels, classes))
    known = np.bincount(labels, minlength=classes) >= 2
    proposed = [
        best_assignment(_recalls(predicted[half == h], labels[half == h], classes)) for h in (0, 1)
    ]
    moved = known & (order != own)
    if not moved.any() or any((p != order)[known].any() for p in proposed):
        return None
    rows = moved[labels]
    hits, misses = predicted[rows] == order[labels[rows]], predicted[rows] == labels[rows]
    gain = hits.astype(np.float64) - misses
    shares = (
        np.bincount(labels[rows], hits, classes)[moved]
        / np.bincount(labels[rows], minlength=classes)[moved]
    )
    certain = gain.sum() >= MIN_STANDARD_ERRORS * np.sqrt(np.square(gain).sum())
    return (
        tuple(map(int, order))
        if certain and shares.min() > MOST and shares.mean() >= GOOD
        else None
    )


def check_order(samples: Samples, outputs: Array) -> str:
    """A warning if numeric labels count the classes in another order than the outputs [n, classes];
    "" otherwise.

    Raises EdgeqError, with the order that fits, if the labels have names. Labels that are not
    classes of the outputs are not checked.
    """
    count = max(outputs[0].size, 2)
    if not _are_classes(samples, outputs, count):
        return ""
    assert samples.y is not None
    labels = samples.y.astype(np.int64)
    order = better_order(predicted_classes(outputs), labels, count)
    if order is None:
        return ""
    if samples.classes:
        raise _wrong_names(samples, order)
    moved = [
        (label, output) for label, output in enumerate(order) if label != output and label in labels
    ]
    pairs = ", ".join(f"{label} is output {output}" for label, output in moved[:LISTED])
    return f"the labels of {samples.origin} count the classes in another order than the model's outputs: label {pairs}"


def best_assignment(gains: npt.NDArray[np.float64]) -> Classes:
    """For each row the column assigned to it: the permutation with the largest sum of gains [n, n].

    The Hungarian method by shortest augmenting paths (Jonker and Volgenant 1987), O(n^3).

    >>> best_assignment(np.array([[0.1, 0.9, 0.0], [0.8, 0.9, 0.0], [0.0, 0.2, 0.3]])).tolist()
    [1, 0, 2]
    """
    size = len(gains)
    costs = np.pad(-gains, ((1, 0), (1, 0)))
    rows, columns = np.zeros(size + 1), np.zeros(size + 1)  # potentials, indexed from 1
    row_of = np.zeros(size + 1, np.int64)
    for row in range(1, size + 1):
        row_of[0] = row
        column, before = _shortest_path(costs, row_of, rows, columns)
        while column:
            row_of[column] = row_of[before[column]]
            column = before[column]
    assigned = np.empty(size, np.int64)
    assigned[row_of[1:] - 1] = np.arange(size)
    return assigned


def _shortest_path(
    costs: npt.NDArray[np.float64],
    row_of: Classes,
    rows: npt.NDArray[np.float64],
    columns: npt.NDArray[np.float64],
) -> tuple[int, Classes]:
    """A free column, and for each column its predecessor on the shortest path from row_of[0];
    updates the potentials `rows` and `columns`.
    """
    distance, before = np.full(len(columns), np.inf), np.zeros(len(columns), np.int64)
    used = np.zeros(len(columns), bool)
    column = 0
    while row_of[column] or not column:
        used[column] = True
        row = row_of[column]
        reduced = costs[row] - rows[row] - columns
        nearer = ~used & (reduced < distance)
        nearer[0] = False
        distance[nearer], before[nearer] = reduced[nearer], column
        column = int(np.where(used, np.inf, distance)[1:].argmin()) + 1
        step = distance[column]
        rows[row_of[used]] += step
        columns[used] -= step
        distance[~used] -= step
    return column, before


def _recalls(predicted: Classes, labels: Classes, classes: int) -> npt.NDArray[np.float64]:
    """[label, output]: share of a label's samples that were predicted as the output; the diagonal
    is slightly raised to break ties.
    """
    counts = np.bincount(labels * classes + predicted, minlength=classes * classes).reshape(
        classes, classes
    )
    return np.asarray(
        counts / np.maximum(counts.sum(axis=1, keepdims=True), 1) + 1e-6 * np.eye(classes)
    )


def _are_classes(samples: Samples, outputs: Array, count: int) -> bool:
    y = samples.y
    if (
        y is None
        or y.dtype != np.int64
        or y.shape != (len(outputs),)
        or is_autoencoder(samples.x, outputs)
    ):
        return False
    return int(y.min()) >= 0 and int(y.max()) < count <= LARGEST


def _wrong_names(samples: Samples, order: Sequence[int]) -> WrongOrderError:
    fitting = [""] * len(order)
    for label, output in enumerate(order):
        fitting[output] = samples.classes[label] if label < len(samples.classes) else str(label)
    moved = [number for number, name in enumerate(fitting) if order[number] != number]
    lines = ", ".join(
        f"{shown(fitting[number], LONGEST)} in line {number + 1}" for number in moved[:LISTED]
    )
    in_order = (
        listed_names(fitting) if len(fitting) <= LISTED else f"the present order, but {lines}"
    )
    origin = "sorted" if samples.sorted_names else "stated"
    return WrongOrderError(
        f"class names of {samples.origin}",
        f"the {origin} order, {numbered(samples.classes)}, contradicts the model's answers to these samples",
        f"the order that fits, one name a line in a file for --labels: {in_order}",
    )

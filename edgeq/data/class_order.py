"""Whether labels number the classes in another order than a model's outputs, judged on labelled samples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from edgeq.data.class_names import LISTED, LONGEST, listed_names, numbered
from edgeq.data.samples import Samples, ranks_of
from edgeq.errors import EdgeqError, shown
from edgeq.metrics import Array, is_autoencoder, predicted_classes

CERTAIN = 3.0  # standard errors of the gain
MOST, GOOD = 0.5, 0.6  # shares of the moved classes' samples that the other order must get right: of each, on average
LARGEST = 1000  # classes; the work grows with their third power
Classes = npt.NDArray[np.int64]


class WrongOrderError(EdgeqError):
    """Class names stand in another order than the model's outputs."""


def better_order(predicted: Classes, labels: Classes, classes: int) -> tuple[int, ...] | None:
    """Output of each label under an order of the classes that clearly fits better, None where the labels' own does.

    predicted, labels: [n], 0 to classes - 1. The order is the assignment of labels to outputs of the highest mean
    recall, which, unlike accuracy, an answer that is always the same gains nothing by. As the best of many orders looks
    good by chance, each half of the samples must propose the same for all classes that it knows, and the gain over the
    labels' own order is counted on the half that did not propose it. It is clear if it is above `CERTAIN` standard
    errors, most samples of each moved class are right, and `GOOD` of them on average.
    """
    own = np.arange(classes)
    half = ranks_of(labels) % 2
    order = best_assignment(_recalls(predicted, labels, classes))
    known = np.bincount(labels, minlength=classes) >= 2
    proposed = [best_assignment(_recalls(predicted[half == h], labels[half == h], classes)) for h in (0, 1)]
    moved = known & (order != own)
    if not moved.any() or any((p != order)[known].any() for p in proposed):
        return None
    rows = moved[labels]
    hits, misses = predicted[rows] == order[labels[rows]], predicted[rows] == labels[rows]
    gain = hits.astype(np.float64) - misses
    shares = np.bincount(labels[rows], hits, classes)[moved] / np.bincount(labels[rows], minlength=classes)[moved]
    certain = gain.sum() >= CERTAIN * np.sqrt(np.square(gain).sum())
    return tuple(map(int, order)) if certain and shares.min() > MOST and shares.mean() >= GOOD else None


def check_order(samples: Samples, outputs: Array) -> str:
    """A warning where numbers as labels count in another order than the outputs [n, classes]; empty where they do not.

    Raises EdgeqError, with the order that fits, where the labels have names: these would stand for other outputs.
    Labels that are no classes of the outputs are not judged.
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
    moved = [(label, output) for label, output in enumerate(order) if label != output and label in labels]
    pairs = ", ".join(f"{label} is output {output}" for label, output in moved[:LISTED])
    return f"the labels of {samples.origin} count the classes in another order than the model's outputs: label {pairs}"


def best_assignment(gains: npt.NDArray[np.float64]) -> Classes:
    """For each row the column that it is assigned, a permutation of the highest sum of gains [n, n].

    The Hungarian method by shortest augmenting paths (Jonker and Volgenant 1987), O(n^3).

    >>> best_assignment(np.array([[0.1, 0.9, 0.0], [0.8, 0.9, 0.0], [0.0, 0.2, 0.3]])).tolist()
    [1, 0, 2]
    """
    size = len(gains)
    costs = np.pad(-gains, ((1, 0), (1, 0)))
    rows, columns = np.zeros(size + 1), np.zeros(size + 1)  # potentials, from 1
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


def _shortest_path(costs: npt.NDArray[np.float64], row_of: Classes, rows: npt.NDArray[np.float64],
                   columns: npt.NDArray[np.float64]) -> tuple[int, Classes]:  # fmt: skip
    """A free column, and for each column the one before it on the shortest path from row_of[0]; updates potentials."""
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
    """[label, output]: the share of a label's samples that got the output; the own one a trifle more, to break ties."""
    counts = np.bincount(labels * classes + predicted, minlength=classes * classes).reshape(classes, classes)
    return np.asarray(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1) + 1e-6 * np.eye(classes))


def _are_classes(samples: Samples, outputs: Array, count: int) -> bool:
    y = samples.y
    if y is None or y.dtype != np.int64 or y.shape != (len(outputs),) or is_autoencoder(samples.x, outputs):
        return False
    return bool(y.min() >= 0 and y.max() < count <= LARGEST)


def _wrong_names(samples: Samples, order: Sequence[int]) -> WrongOrderError:
    fitting = [""] * len(order)
    for label, output in enumerate(order):
        fitting[output] = samples.classes[label] if label < len(samples.classes) else str(label)
    moved = [number for number, name in enumerate(fitting) if order[number] != number]
    lines = ", ".join(f"{shown(fitting[number], LONGEST)} in line {number + 1}" for number in moved[:LISTED])
    in_order = listed_names(fitting) if len(fitting) <= LISTED else f"the present order, but {lines}"
    origin = "sorted" if samples.sorted_names else "stated"
    return WrongOrderError(
        f"class names of {samples.origin}",
        f"the {origin} order, {numbered(samples.classes)}, contradicts the model's answers to these samples",
        f"the order that fits, one name a line in a file for --labels: {in_order}",
    )

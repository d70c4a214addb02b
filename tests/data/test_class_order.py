"""Class names in another order than the model's outputs are detected if and only if samples show
it.
"""

from __future__ import annotations

import doctest
from itertools import permutations

import numpy as np
import pytest

from edgeq.data import Samples, WrongOrderError, check_labels, class_names, class_order
from edgeq.data.class_order import best_assignment, better_order
from edgeq.errors import EdgeqError


def test_docstring_examples() -> None:
    for module in (class_names, class_order):
        result = doctest.testmod(module)
        assert result.attempted
        assert result.failed == 0


def test_the_assignment_is_the_best_of_all() -> None:
    rng = np.random.default_rng(0)
    for size in (1, 2, 3, 5) * 10:
        gains = rng.normal(size=(size, size))
        best = max(sum(gains[range(size), order]) for order in permutations(range(size)))
        chosen = best_assignment(gains)
        assert sorted(chosen) == list(range(size))
        assert gains[np.arange(size), chosen].sum() == pytest.approx(best)


@pytest.mark.parametrize("seed", range(8))
def test_an_order_that_a_good_model_answers_in_is_found(seed: int) -> None:
    rng = np.random.default_rng(seed)
    classes = int(rng.integers(2, 12))
    order = rng.permutation(classes)
    y = np.tile(np.arange(classes), 30)
    right = rng.random(len(y)) < 0.9
    predicted = np.where(right, order[y], rng.integers(0, classes, len(y)))
    moved = (order != np.arange(classes)).any()
    assert better_order(predicted, y, classes) == (tuple(order) if moved else None)


def test_two_swapped_of_many_classes_are_found() -> None:
    y = np.tile(np.arange(100), 12)
    swapped = np.arange(100)
    swapped[[40, 70]] = [70, 40]
    assert better_order(swapped[y], y, 100) == tuple(swapped)


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_weak_constant_and_untrained_models_show_no_order(classes: int) -> None:
    rng = np.random.default_rng(classes)
    found = 0
    for _ in range(50):
        y = rng.integers(0, classes, 60) ** 2 % classes
        constant, untrained = np.full(60, y[0]), rng.integers(0, classes, 60)
        weak = np.where(rng.random(60) < 0.35, y, untrained)
        found += sum(
            better_order(predicted, y, classes) is not None
            for predicted in (constant, untrained, weak)
        )
    assert found == 0


def test_both_halves_must_show_the_order() -> None:
    y = np.tile([0, 1], 100)
    first, rank = np.arange(200) // 2 % 2 == 0, np.arange(200) // 4 % 25
    assert better_order(np.where(first | (rank < 9), 1 - y, y), y, 2) is None
    assert better_order(np.where(first | (rank < 19), 1 - y, y), y, 2) == (1, 0)


def test_most_samples_of_a_class_must_agree() -> None:
    y, turn = np.tile(np.arange(5), 100), np.arange(500) // 5 % 20
    elsewhere = (y + 2 + turn % 3) % 5
    assert better_order(np.where(turn < 9, (y + 1) % 5, elsewhere), y, 5) is None
    assert better_order(np.where(turn < 13, (y + 1) % 5, elsewhere), y, 5) == (1, 2, 3, 4, 0)


def test_classes_that_are_never_answered_stay_where_they_are() -> None:
    y = np.tile(np.arange(5), 20)
    assert better_order(np.array([1, 0, 0, 0, 0])[y], y, 5) == (1, 0, 2, 3, 4)


def test_a_handful_of_samples_proves_nothing() -> None:
    assert better_order(np.array([1, 0, 1, 0]), np.array([0, 1, 0, 1]), 2) is None


NAMES = ("flex", "punch", "wave")


def named(order: list[int], **given: object) -> tuple[Samples, np.ndarray]:
    """Samples whose label k gets output order[k]."""
    y = np.tile(np.arange(3), 20)
    return Samples((np.zeros((60, 7), np.float32),), y, origin="moves.csv", **given), np.eye(3)[
        np.array(order)[y]
    ]  # type: ignore[arg-type]


def test_names_in_a_wrong_order_are_refused_with_the_right_one() -> None:
    with pytest.raises(WrongOrderError) as error:
        check_labels(*named([2, 0, 1], classes=NAMES, sorted_names=True))
    assert (
        "the sorted order, 0 = flex, 1 = punch, 2 = wave, contradicts the model's answers"
        in str(error.value)
    )
    assert str(error.value).endswith("one name a line in a file for --labels: punch, wave, flex")


def test_sorted_names_are_reported_and_stated_ones_are_not() -> None:
    (note,) = check_labels(*named([0, 1, 2], classes=NAMES, sorted_names=True)).notes
    assert note.startswith(
        "class names are those of moves.csv in sorted order, 0 = flex, 1 = punch, 2 = wave; if"
    )
    assert check_labels(*named([0, 1, 2], classes=NAMES)).notes == ()


def test_numbers_in_another_order_are_warned_of() -> None:
    (note,) = check_labels(*named([0, 2, 1])).notes
    assert note.endswith(
        "in another order than the model's outputs: label 1 is output 2, 2 is output 1"
    )


def test_sorted_names_of_some_classes_name_none() -> None:
    samples, _ = named([0, 1, 2], classes=NAMES, sorted_names=True)
    with pytest.raises(
        EdgeqError, match="they name 3 classes, flex, punch, wave; the model has 4, so which output"
    ):
        check_labels(samples, np.eye(4)[samples.y])  # type: ignore[index]


def test_names_of_an_autoencoder_put_the_anomaly_second() -> None:
    y = np.repeat([0, 1], 20)
    x, outputs = (
        np.zeros((40, 7), np.float32),
        np.where(y[:, None] == 0, 9.0, 1.0) * np.ones((40, 7)),
    )
    samples = Samples((x,), y, origin="fan.csv", classes=("anomaly", "normal"), sorted_names=True)
    with pytest.raises(
        WrongOrderError, match=r"scores above normal .* file for --labels: normal, anomaly"
    ):
        check_labels(samples, outputs)
    assert check_labels(samples, 10 - outputs).metric == "auc"

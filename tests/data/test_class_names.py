"""Text labels are numbered as the model's class names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgeq.data import InputSpec, LoadOptions, by_names, load_samples, with_classes
from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Model, Tensor

SPEC = (InputSpec("x", (1, 2)),)


def classifier(outputs: int) -> Model:
    """A model whose output [1, outputs] is its input."""
    return Model((Graph((Tensor("answer", (1, outputs), "float32"),), (), (0,), (0,)),))


def test_text_labels_are_sorted_unless_names_are_given(tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", x=np.zeros((3, 2)), y=["wave", "flex", "wave"])
    (tmp_path / "d.csv").write_text("a,b,label\n0,0,wave\n0,0,flex\n0,0, wave\n")
    for source in ("d.npz", "d.csv"):
        found = load_samples(str(tmp_path / source), SPEC)
        assert found.y is not None
        assert (found.y.tolist(), found.classes, found.sorted_names) == (
            [1, 0, 1],
            ("flex", "wave"),
            True,
        )
        named = load_samples(
            str(tmp_path / source), SPEC, LoadOptions(classes=("wave", "punch", "flex"))
        )
        assert named.y is not None
        assert (named.y.tolist(), named.classes, named.sorted_names) == (
            [0, 2, 0],
            ("wave", "punch", "flex"),
            False,
        )
        assert by_names(named, ("wave", "punch", "flex")).y.tolist() == [0, 2, 0]  # type: ignore[union-attr]


def test_numbers_are_numbers_whatever_the_names(tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", x=np.zeros((3, 2)), y=[1, 0, 1])
    found = load_samples(str(tmp_path / "d.npz"), SPEC, LoadOptions(classes=("1", "0")))
    assert (found.y.tolist(), found.classes) == ([1, 0, 1], ())  # type: ignore[union-attr]


def test_unknown_names_are_listed(tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", x=np.zeros((3, 2)), y=["wave", "jump", "Flex"])
    with pytest.raises(
        EdgeqError, match=r"d.npz: labels Flex, jump — the model's classes are wave, flex"
    ):
        load_samples(str(tmp_path / "d.npz"), SPEC, LoadOptions(classes=("wave", "flex")))


def test_stated_names_come_before_those_of_the_model() -> None:
    model = classifier(2).with_labels(("a", "b"))
    assert with_classes(None, model).classes == ("a", "b")
    assert with_classes(LoadOptions(classes=("b", "a")), model).classes == ("b", "a")


@pytest.mark.parametrize(("outputs", "names"), [(3, "a"), (3, "ab"), (3, "abcd"), (1, "abc")])
def test_a_list_of_more_or_fewer_names_than_outputs_is_refused(outputs: int, names: str) -> None:
    with pytest.raises(
        EdgeqError, match=rf"it has {len(names)} names?, the model's output is \[1, {outputs}\]"
    ):
        with_classes(LoadOptions(classes=tuple(names)), classifier(outputs))


def test_a_single_output_has_two_names() -> None:
    assert with_classes(LoadOptions(classes=("no", "yes")), classifier(1)).classes == ("no", "yes")

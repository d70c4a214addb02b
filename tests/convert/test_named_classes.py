"""A model's class names: whose order is the outputs', by which text labels are read ever after."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgeq.convert.convert import convert
from edgeq.data import LoadOptions, Samples, WrongOrderError, load_samples
from edgeq.data.samples import input_specs
from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Model, Op, Tensor, read_tflite, write_tflite
from edgeq.graph.model import LABELS
from edgeq.simulate.simulate import simulate

TRUE = ("wave", "punch", "flex")  # of outputs 0, 1, 2


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A float .tflite, softmax(4 x): the largest of three features is the class."""
    weights = 4 * np.eye(3, dtype=np.float32)
    tensors = (
        Tensor("x", (1, 3), "float32"),
        Tensor("w", (3, 3), "float32", buffer=weights.tobytes()),
        Tensor("b", (3,), "float32", buffer=bytes(12)),
        Tensor("logits", (1, 3), "float32"),
        Tensor("p", (1, 3), "float32"),
    )
    dense = Op("FULLY_CONNECTED", (0, 1, 2), (3,), options_type="FullyConnectedOptions")
    softmax = Op("SOFTMAX", (3,), (4,), (("beta", 1.0),), options_type="SoftmaxOptions")
    path = tmp_path / "moves.tflite"
    path.write_bytes(write_tflite(Model((Graph(tensors, (dense, softmax), (0,), (4,)),))))
    return path


def table(path: Path, names: tuple[str, ...] = TRUE, count: int = 60) -> str:
    """A CSV of features, with the names of outputs as labels."""
    rng = np.random.default_rng(0)
    y = np.arange(count) % 3
    x = rng.uniform(0, 0.5, (count, 3)) + np.eye(3)[y]
    rows = [",".join(map(str, row)) + f",{names[label]}" for row, label in zip(x, y, strict=True)]
    path.write_text("\n".join(["a,b,c,label", *rows]))
    return str(path)


def names_file(path: Path, names: tuple[str, ...]) -> Path:
    path.write_text("\n".join(names))
    return path


def carried(content: bytes) -> bytes | None:
    return dict(read_tflite(content).metadata).get(LABELS)


def test_sorted_names_that_the_model_contradicts_are_refused(model: Path, tmp_path: Path) -> None:
    data, output = table(tmp_path / "cal.csv"), tmp_path / "int8.tflite"
    unlabelled = Samples((np.random.default_rng(1).uniform(0, 1, (30, 3)).astype(np.float32),))
    for given in ({"calibration": data}, {"calibration": unlabelled, "evaluation": data}):
        with pytest.raises(
            WrongOrderError, match=r"the order that fits.* for --labels: wave, punch, flex"
        ):
            convert(model, output=output, **given)
        assert not output.exists()


def test_the_remedy_works(model: Path, tmp_path: Path) -> None:
    data, labels = table(tmp_path / "cal.csv"), names_file(tmp_path / "labels.txt", TRUE)
    result = convert(model, data, labels=labels, evaluation=data)
    assert (result.labels, carried(result.model), result.warnings) == (
        TRUE,
        b"wave\npunch\nflex",
        (),
    )
    assert result.accuracy is not None
    assert (result.accuracy.float, result.accuracy.int8) == (1.0, 1.0)
    with pytest.raises(WrongOrderError, match="the stated order, 0 = punch, 1 = wave"):
        convert(model, data, labels=names_file(labels, ("punch", "wave", "flex")))


def test_sorted_names_that_fit_are_written_and_told(model: Path, tmp_path: Path) -> None:
    result = convert(model, table(tmp_path / "cal.csv", ("ant", "bee", "cat")))
    assert carried(result.model) == b"ant\nbee\ncat"
    (warning,) = result.warnings
    assert (
        "cal.csv in sorted order, 0 = ant, 1 = bee, 2 = cat; if the model was trained in another"
        in warning
    )


def test_names_of_the_float_model_stay(model: Path, tmp_path: Path) -> None:
    loaded = read_tflite(model)
    model.write_bytes(write_tflite(replace(loaded, metadata=((LABELS, "\n".join(TRUE).encode()),))))
    result = convert(model, table(tmp_path / "cal.csv"))
    assert (result.labels, carried(result.model)) == (TRUE, b"wave\npunch\nflex")


@pytest.mark.parametrize(
    "y", [[1, 2, 3], [0, 1, 9], [[1, 0, 0], [0, 1, 0], [0, 0, 1]], [0, 1, 0.5]]
)
def test_labels_that_are_no_classes(model: Path, tmp_path: Path, y: list[object]) -> None:
    np.savez(tmp_path / "d.npz", x=np.tile(np.eye(3), (8, 1)), y=np.array(y * 8))
    data = str(tmp_path / "d.npz")
    (warning,) = convert(model, data).warnings
    assert warning.startswith("labels of d.npz are left unused: d.npz: labels: ")
    with pytest.raises(EdgeqError, match=r"d.npz: labels — .* (give|subtract)"):
        convert(model, data, evaluation=data)


def test_names_of_some_of_the_classes_are_not_written(model: Path, tmp_path: Path) -> None:
    result = convert(model, table(tmp_path / "cal.csv", ("a", "b", "b")))
    assert (result.labels, carried(result.model)) == ((), None)
    assert "they name 2 classes, a, b; the model has 3" in result.warnings[0]


def test_a_rare_label_is_not_overlooked(model: Path, tmp_path: Path) -> None:
    y = np.zeros(5000, np.int64)
    y[4321] = 3
    samples = Samples((np.eye(3, dtype=np.float32)[y % 3],), y, origin="many")
    with pytest.raises(EdgeqError, match="labels go from 0 to 3"):
        convert(model, Samples(samples.inputs), evaluation=samples)


def test_the_integer_model_reads_text_by_its_names(model: Path, tmp_path: Path) -> None:
    data = table(tmp_path / "cal.csv")
    named = read_tflite(
        convert(model, data, labels=names_file(tmp_path / "labels.txt", TRUE)).model
    )
    specs = input_specs(named)
    found = simulate(named, load_samples(data, specs))
    assert (found.accuracy, found.classes) == ({"metric": "accuracy", "value": 1.0}, TRUE)
    assert found.to_json()["classes"] == list(TRUE)
    with pytest.raises(WrongOrderError):
        simulate(replace(named, metadata=()), load_samples(data, specs))
    stated = load_samples(data, specs, LoadOptions(classes=TRUE))
    assert simulate(replace(named, metadata=()), stated).classes == TRUE
    unknown = table(tmp_path / "other.csv", ("wave", "punch", "jump"))
    with pytest.raises(EdgeqError, match="label jump — the model's classes are wave, punch, flex"):
        simulate(named, load_samples(unknown, specs))


def test_simulate_says_why_there_is_no_accuracy_and_what_was_taken(
    model: Path, tmp_path: Path
) -> None:
    named = read_tflite(convert(model, table(tmp_path / "cal.csv", ("ant", "bee", "cat"))).model)
    np.savez(tmp_path / "d.npz", X=np.eye(3), y=np.arange(3) + 1)
    with pytest.raises(EdgeqError, match="they count from 1: subtract 1"):
        simulate(named, load_samples(str(tmp_path / "d.npz"), input_specs(named)))
    np.savez(tmp_path / "d.npz", X=np.eye(3), y=np.zeros((3, 7)))
    found = simulate(named, load_samples(str(tmp_path / "d.npz"), input_specs(named)))
    assert found.accuracy is None
    assert found.notes == (
        "d.npz: x is 'X'",
        "no accuracy: y is [3, 7], the model's output [3, 3], which no metric compares",
    )

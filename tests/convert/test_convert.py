"""The whole command on the shared models with little calibration data, and its report."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeq.convert import convert
from edgeq.data import Samples
from edgeq.errors import EdgeqError
from edgeq.graph import read_tflite
from edgeq.runtime import reference_interpreter

SHARED = {
    "kws_dscnn.keras": (49, 10, 1),
    "ic_resnet8.keras": (32, 32, 3),
    "vww_mobilenet.keras": (96, 96, 3),
    "ad_autoencoder.keras": (640,),
    "pretrainedResnet.h5": (32, 32, 3),
    "kws_saved_model": (49, 10, 1),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SHARED)
def test_every_shared_model_becomes_integer_and_static(
    name: str, shared_float_models: Path, tmp_path: Path
) -> None:
    x = np.random.default_rng(0).uniform(0, 1, (4, *SHARED[name])).astype(np.float32)
    np.savez(tmp_path / "cal.npz", x=x)
    result = convert(shared_float_models / name, str(tmp_path / "cal.npz"), tmp_path / "out.tflite")
    assert (tmp_path / "out.tflite").read_bytes() == result.model
    graph = read_tflite(result.model).main
    assert {t.dtype for t in graph.tensors} == {"int8", "int32"}
    assert [graph.tensors[i].shape for i in graph.inputs] == [(1, *SHARED[name])]
    assert all(-1 not in (t.shape_signature or ()) for t in graph.tensors)
    assert (
        not {"SHAPE", "STRIDED_SLICE", "PACK", "QUANTIZE", "DEQUANTIZE"} & result.operators.keys()
    )
    reference_interpreter(result.model)


@pytest.mark.slow
def test_a_second_run_gives_the_same_bytes(shared_float_models: Path) -> None:
    x = np.random.default_rng(0).uniform(0, 1, (4, *SHARED["kws_dscnn.keras"])).astype(np.float32)
    once, again = (
        convert(shared_float_models / "kws_dscnn.keras", Samples((x,))).model for _ in range(2)
    )
    assert once == again


@pytest.fixture
def classifier(tiny: Callable[..., Path], keras: Any) -> Path:
    """Softmax of the features themselves: the largest is the class."""
    weights = keras.initializers.Identity(4)
    return tiny(keras.layers.Dense(4, activation="softmax", kernel_initializer=weights))


def labelled(count: int) -> Samples:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 4, count)
    x = (rng.uniform(0, 2, (count, 4)) + 3 * np.eye(4)[y]).astype(np.float32)
    return Samples((x,), y)


@pytest.mark.slow
def test_the_report_has_the_promised_keys(classifier: Path, tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("north\neast\nsouth\nwest\n")
    result = convert(
        classifier,
        labelled(50),
        tmp_path / "m.tflite",
        evaluation=labelled(80),
        labels=tmp_path / "labels.txt",
    )
    report = json.loads(json.dumps(result.to_json()))
    assert report["bytes"] == (tmp_path / "m.tflite").stat().st_size
    assert report["float_bytes"] == len(result.float_model)
    assert report["operators"] == {"FULLY_CONNECTED": 1, "SOFTMAX": 1}
    assert report["accuracy"] == {"metric": "accuracy", "float": 1.0, "int8": 1.0}
    assert report["output"] == str(tmp_path / "m.tflite")
    (tensor,) = report["inputs"]
    assert (tensor["name"], tensor["shape"], tensor["dtype"]) == ("features", [1, 4], "int8")
    assert report["outputs"][0]["scale"] == 1 / 256
    assert dict(read_tflite(result.model).metadata)["edgeq.labels"] == b"north\neast\nsouth\nwest"


@pytest.mark.slow
def test_wrong_use_is_told_before_anything_is_written(classifier: Path, tmp_path: Path) -> None:
    output = tmp_path / "m.tflite"
    (tmp_path / "two.txt").write_text("yes\nno\n")
    np.savez(tmp_path / "wide.npz", x=np.zeros((3, 5)))
    unlabelled = Samples(labelled(8).inputs)
    cases: list[tuple[str, dict[str, Any]]] = [
        ("quantizer 'magic'", {"quantizer": "magic"}),
        ("it has 2 names, the model's output is", {"labels": tmp_path / "two.txt"}),
        ("has no labels", {"evaluation": unlabelled}),
        (
            r"shape \[3, 5\] — input 'features' of the model is \[1, 4\]",
            {"calibration": str(tmp_path / "wide.npz")},
        ),
    ]
    for said, changed in cases:
        with pytest.raises(EdgeqError, match=said):
            convert(
                **{"model": classifier, "calibration": labelled(8), "output": output, **changed}
            )
        assert not output.exists()


@pytest.mark.slow
def test_a_suspicious_range_warns(classifier: Path) -> None:
    x = labelled(64)
    result = convert(classifier, Samples((np.full_like(x.x, 3),)))
    assert result.warnings == ("the input is constant: every value is 3",)
    assert convert(classifier, x).warnings == ()


@pytest.mark.slow
def test_batch_norm_remembers_the_range_of_a_regression(
    tiny: Callable[..., Path], keras: Any
) -> None:
    constant = keras.initializers.Constant
    remembered = keras.layers.BatchNormalization(
        moving_mean_initializer=constant(0.5),
        moving_variance_initializer=constant(1 / 12),
        name="norm",
    )
    x = np.random.default_rng(0).uniform(0, 1, (64, 4)).astype(np.float32)
    path = tiny(lambda inputs: keras.layers.Dense(3)(remembered(inputs)))
    assert convert(path, Samples((x,))).warnings == ()
    (warning,) = convert(path, Samples((x * np.float32(255),))).warnings
    assert "layer 'norm' sees values spread 2" in warning
    untrained = tiny(
        lambda inputs: keras.layers.Dense(3)(keras.layers.BatchNormalization()(inputs))
    )
    assert convert(untrained, Samples((x * np.float32(255),))).warnings == ()

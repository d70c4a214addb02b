"""The demo: the whole flow on the bundled model, every byte equal on the host and on an emulated
Cortex-M4.
"""

import sys
from pathlib import Path

import pytest

from edgeq.convert.to_float import to_float_tflite
from edgeq.demo import demo, float_file
from edgeq.errors import EdgeqError
from edgeq.resources import resource_folder


@pytest.mark.slow
def test_the_demo_ends_well(tmp_path: Path) -> None:
    # Its MEAN is a loop that begins where the layer before ends: an end of a layer that is passed
    # more than once.
    result = demo(tmp_path / "demo")
    assert result.ok
    assert [target.status for target in result.verify.targets] == ["ok", "ok"]
    assert result.convert.accuracy is not None
    assert result.convert.accuracy.int8 > 0.95
    assert (tmp_path / "demo" / "firmware" / "digits" / "digits.ino").is_file()


@pytest.mark.slow
@pytest.mark.skipif(sys.version_info >= (3, 13), reason="another TensorFlow writes other bytes")
def test_the_float_tflite_is_that_of_the_keras_model() -> None:
    digits = resource_folder("examples") / "digits"
    assert to_float_tflite(digits / "digits.keras") == (digits / "digits_float.tflite").read_bytes()


def test_without_keras_it_begins_at_the_float_tflite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keras", None)
    assert float_file() == "digits_float.tflite"
    assert (resource_folder("examples") / "digits" / float_file()).is_file()


def test_a_model_of_the_users_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "digits.tflite").write_bytes(b"mine")
    with pytest.raises(EdgeqError, match="that no demo wrote"):
        demo(tmp_path)
    assert (tmp_path / "digits.tflite").read_bytes() == b"mine"

"""The demo: the whole flow on the bundled model, every byte equal on the host and on an emulated
Cortex-M4.
"""

from pathlib import Path

import pytest

from edgeq.demo import demo
from edgeq.errors import EdgeqError


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


def test_a_model_of_the_users_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "digits.tflite").write_bytes(b"mine")
    with pytest.raises(EdgeqError, match="that no demo wrote"):
        demo(tmp_path)
    assert (tmp_path / "digits.tflite").read_bytes() == b"mine"

"""The README tells the truth: its tables are those of the code, its Python runs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from quantize.models import RELU, FloatModel, samples

from edgeq.graph import write_tflite
from edgeq.quantize.options import Options
from edgeq.quantize.quantize import quantize
from edgeq.simulate.interpreter import interpreter_of

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.slow
def test_tables_are_made_from_the_code() -> None:
    done = subprocess.run(
        [sys.executable, "tools/readme_tables.py", "--check"], cwd=ROOT, check=False
    )
    assert done.returncode == 0, "run python tools/readme_tables.py"


def digits() -> bytes:
    """An integer model of 8 x 8 pixels, as the example's is."""
    m = FloatModel()
    model = m.model(m.softmax(m.dense(m.conv(m.input(1, 8, 8, 1), 4, **RELU), 10)))
    options = Options(calibrator="min-max", rounding="nearest")
    return quantize(write_tflite(model), samples(model), options).content


@pytest.mark.slow
def test_python_runs_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    (tmp_path / "digits.tflite").write_bytes(digits())
    monkeypatch.chdir(tmp_path)
    exec(compile(program, "README.md", "exec"), {})
    assert (tmp_path / "firmware" / "digits.h").is_file()


@pytest.mark.slow
@pytest.mark.skipif(
    interpreter_of("tflite-runtime").package != "tflite-runtime",
    reason="the README's session is of tflite-runtime, which has no wheel for this Python",
)
def test_the_session_is_what_its_commands_say() -> None:
    done = subprocess.run(
        [sys.executable, "tools/readme_session.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_only_what_depends_on_the_machine_may_differ_in_the_session(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(ROOT / "tools")
    from readme_session import comparable

    text = (ROOT / "README.md").read_text()
    for shown, other, same in [
        ("samples per second                 ", "samples per second                 1", True),
        ("accuracy, int8   0.97", "accuracy, int8   0.98", False),
        ("0 of 1,047,600 bytes", "1 of 1,047,600 bytes", False),
        ("host: gcc", "host: clang", True),
        ("host       ok", "host       failed", False),
        ("firmware/edgeq.json", "firmware/other.json", False),
    ]:
        assert shown in text
        assert (comparable(text.replace(shown, other)) == comparable(text)) == same, shown

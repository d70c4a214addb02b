"""The wheel: it holds what the commands need, and the demo runs on what it requires alone.

`make dist` installs it as users do, by pip and by uvx; here it is unpacked, on this environment's
libraries.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("boards", "firmware_templates", "examples")

# Keras and TensorFlow are not there, as where edgeq is installed without extras.
WITHOUT_EXTRAS = """
import sys
for name in ("tensorflow", "keras", "tf_keras", "unicorn", "ziglang", "tflite_micro", "matplotlib"):
    sys.modules[name] = None
import edgeq.cli
edgeq.cli.main()
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (made,) = folder.glob("*.whl")
    return made


def run(unpacked: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WITHOUT_EXTRAS, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_the_wheel_holds_every_data_file(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    files = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file())
    needed = {f"edgeq/_data/{path.relative_to(ROOT)}" for path in files if path.suffix != ".pyc"}
    assert len(needed) > 400
    assert needed <= packed
    assert not [name for name in packed if name.startswith(("tests/", "tools/", "benchmarks/"))]


@pytest.mark.slow
def test_the_wheel_runs_by_itself(wheel: Path, tmp_path: Path) -> None:
    """The demo without extras: it begins at the float .tflite, and names what could not run."""
    unpacked, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    elsewhere.mkdir()
    zipfile.ZipFile(wheel).extractall(unpacked)
    shown = run(unpacked, elsewhere, "demo", "--json", "-o", "demo")
    assert shown.returncode == 0, shown.stderr
    result = json.loads(shown.stdout)
    assert result["convert"]["accuracy"]["int8"] > 0.95
    host, core = result["verify"]["targets"]
    assert (host["status"], host["bytes_different"]) == ("ok", 0)
    assert core["status"] == "unavailable"
    assert "edgeq[emulate]" in core["reason"]
    made = run(
        unpacked,
        elsewhere,
        *("generate", "demo/digits.tflite", "--framework", "arduino", "--board", "nano-33-ble"),
        *("-o", "project"),
    )
    assert made.returncode == 0, made.stderr
    assert (elsewhere / "project" / "digits" / "digits.ino").is_file()

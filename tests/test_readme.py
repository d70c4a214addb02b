"""The README tells the truth: its tables are those of the code, its Python runs."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def test_tables_are_made_from_the_code() -> None:
    done = subprocess.run([sys.executable, "tools/readme_tables.py", "--check"], cwd=ROOT, check=False)
    assert done.returncode == 0, "run python tools/readme_tables.py"


def test_python_runs_as_written(shared_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    shutil.copy(shared_models / "ad01_int8.tflite", tmp_path / "digits.tflite")
    monkeypatch.chdir(tmp_path)
    exec(compile(program, "README.md", "exec"), {})
    assert (tmp_path / "firmware" / "digits.h").is_file()

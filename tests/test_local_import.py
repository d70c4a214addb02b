"""Code of the user's is run by name: it is said which, and nothing of it stays on the path."""

from __future__ import annotations

import importlib
import json
import logging
import sys
from pathlib import Path

import numpy as np
import pytest

from edgeq.data import InputSpec, load_samples
from edgeq.errors import EdgeqError
from edgeq.local_import import import_local, local_path

SPEC = (InputSpec("x", (1, 2)),)


def source(folder: Path, value: float, name: str = "my_samples") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.py").write_text(
        f"import numpy as np\ndef give(): return np.full((3, 2), {value})\n"
    )


def test_what_runs_is_told_before_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "my_failing.py").write_text("raise RuntimeError('too early')")
    monkeypatch.chdir(tmp_path)
    with caplog.at_level(logging.INFO, "edgeq"), pytest.raises(EdgeqError, match="too early"):
        load_samples("my_failing:give", SPEC)
    assert caplog.messages == [
        f"data my_failing:give runs the Python code in {tmp_path}/my_failing.py"
    ]


def test_the_path_is_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source(tmp_path, 1.0)
    (tmp_path / "my_helper.py").write_text("two = 2.0")
    (tmp_path / "my_lazy.py").write_text(
        "def give():\n    import my_helper\n    return [[my_helper.two] * 2]"
    )
    (tmp_path / "my_adding.py").write_text(
        "import sys\nsys.path.insert(0, 'elsewhere')\ndef give(): return 1 / 0"
    )
    monkeypatch.chdir(tmp_path)
    before = list(sys.path)
    assert load_samples("my_samples:give", SPEC).x.tolist() == [[1, 1]] * 3
    assert load_samples("my_lazy:give", SPEC).x.tolist() == [[2, 2]], (
        "what it imports while it runs is found too"
    )
    with pytest.raises(EdgeqError):
        load_samples("my_adding:give", SPEC)
    assert sys.path == before


def test_each_folder_gives_its_own_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for value in (1.0, 2.0):
        source(tmp_path / str(value), value)
        source(tmp_path / str(value) / "my_package", value, "samples")
        monkeypatch.chdir(tmp_path / str(value))
        importlib.invalidate_caches()
        for name in ("my_samples:give", "my_package.samples:give"):
            assert load_samples(name, SPEC).x[0, 0] == value


@pytest.mark.parametrize("name", ["json", "numpy"])
def test_a_file_named_as_a_module_in_use_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    source(tmp_path, 1.0, name)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        EdgeqError, match=f"{name}.py has the name of a module that is in use, .* — rename the file"
    ):
        load_samples(f"{name}:give", SPEC)
    assert sys.modules["json"] is json
    assert sys.modules["numpy"] is np


def test_modules_of_the_path_are_found_without_a_local_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with local_path():
        assert import_local("json.decoder", "data") is json.decoder

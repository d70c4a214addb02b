"""The notebook of the example: its stored outputs are tables and pictures, and those of a run."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "examples" / "digits" / "results.ipynb"


def test_it_shows_tables_and_pictures() -> None:
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    assert {output["output_type"] for output in outputs} == {"execute_result", "display_data"}
    assert sum("text/html" in output["data"] for output in outputs) >= 6
    assert sum("image/png" in output["data"] for output in outputs) >= 2
    assert NOTEBOOK.stat().st_size < 120_000
    assert str(ROOT.parent) not in NOTEBOOK.read_text()


@pytest.mark.slow
def test_its_outputs_are_those_of_a_run() -> None:
    pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    done = subprocess.run(
        [sys.executable, "tools/notebook.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]

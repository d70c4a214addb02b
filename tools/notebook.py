"""The notebook examples/digits/results.ipynb, made by running it: `python tools/notebook.py` writes
its outputs, `--check` runs it and compares.

It runs in a copy of its folder. What depends on the machine may differ: seconds, compilers, the
bytes of pictures, and real numbers after their second digit.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).resolve().parent.parent / "examples" / "digits" / "results.ipynb"
SECONDS = 120
OF_THE_MACHINE = re.compile(
    r"<tr><td[^>]*>(?:seconds|samples per second|flash bytes)</td>.*|<tr><td[^>]*>(?:host|nano-33-ble)</td>.*"
)


def executed(source: Path) -> nbformat.NotebookNode:
    """The notebook with the outputs of a run, without the times of its cells."""
    notebook = nbformat.read(source, as_version=4)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "digits"
        shutil.copytree(source.parent, folder)
        client = NotebookClient(notebook, timeout=SECONDS, kernel_name="python3")
        client.execute(cwd=str(folder))
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", ()):
            # Beside tables the whole value as text is 60 KB that nobody reads.
            output.data["text/plain"] = output.data["text/plain"].partition("(")[0]
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"]}
    return notebook


def comparable(notebook: nbformat.NotebookNode) -> list[list[dict[str, str]]]:
    """The outputs of each cell by their types, without what depends on the machine."""
    return [
        [
            {
                kind: "picture" if kind.startswith("image/") else _steady(text)
                for kind, text in output["data"].items()
                if kind != "text/plain"
            }
            for output in cell.outputs
        ]
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def _steady(text: str) -> str:
    rounded = re.sub(r"\d+\.\d+", lambda real: f"{float(real[0]):.2g}", text)
    return OF_THE_MACHINE.sub("", rounded)


def main() -> None:
    fresh = executed(NOTEBOOK)
    if "--check" not in sys.argv:
        nbformat.write(fresh, NOTEBOOK)
    elif comparable(fresh) != comparable(nbformat.read(NOTEBOOK, as_version=4)):
        sys.exit("the outputs of the notebook are not those of a run; run python tools/notebook.py")


if __name__ == "__main__":
    main()

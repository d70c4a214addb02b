"""The guides are true: what their commands print, and that the sketch of the first names a gesture."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from codegen.projects import run_sketch
from guides import ROOT, commands, comparable, pages, run_page, same, steps

NANO = ROOT / "docs" / "guides" / "nano-33-ble.md"
REST = [page for page in pages() if page != NANO]


@pytest.mark.slow
@pytest.mark.parametrize("page", REST, ids=lambda page: page.stem)
def test_a_guide_shows_what_its_commands_print(page: Path, tmp_path: Path) -> None:
    assert_true(page, tmp_path)


def assert_true(page: Path, folder: Path) -> None:
    """Runs a page in an empty folder and compares what it shows."""
    shown = page.read_text()
    now = run_page(shown, folder)
    assert comparable(now) == comparable(shown), "run python tools/guides.py --write"
    assert same(shown, now)


IMU = """
#include <math.h>
static const float rows[][3] = {%s};
struct Accelerometer {
  size_t next = 0;
  bool begin() { return true; }
  bool accelerationAvailable() {
    if (next == sizeof rows / sizeof rows[0]) {
      exit(0);
    }
    return true;
  }
  void readAcceleration(float &x, float &y, float &z) {
    x = rows[next][0], y = rows[next][1], z = rows[next][2];
    ++next;
  }
};
static Accelerometer IMU;
"""


@pytest.mark.slow
def test_the_sketch_names_the_gestures_of_the_recording(tmp_path: Path) -> None:
    """The sketch as the guide says to edit it, on an accelerometer that gives the rows of test.csv."""
    assert_true(NANO, tmp_path)
    with (tmp_path / "test.csv").open() as file:
        recorded = list(csv.DictReader(file))
    (code,) = re.findall(r"```cpp\n(.*?)```", NANO.read_text(), re.S)
    sketch = tmp_path / "firmware" / "gestures" / "gestures.ino"
    text, replaced = re.subn(
        r"/\* Your data.*?\n}\n", lambda _: code, sketch.read_text(), flags=re.S
    )
    assert replaced == 1
    sketch.write_text(text.replace("  delay(1000);\n}\n", "}\n"))
    said = {}
    for gesture in ("circle", "idle", "shake", "wave"):
        rows = [r for r in recorded if r["label"] == gesture][:1024]
        values = ",".join(f"{{{r['ax']}f, {r['ay']}f, {r['az']}f}}" for r in rows)
        (tmp_path / "Arduino_LSM9DS1.h").write_text(IMU % values)
        out = run_sketch(sketch.parent, sketch.parent / "src", sketch, tmp_path)
        assert "different 0" in out
        said[gesture] = re.findall(r"^(\w+): ([\d.]+)$", out, re.M)
    for gesture, lines in said.items():
        scores = [float(score) for name, score in lines if name == gesture]
        assert len(scores) == 8
        assert sum(score > 0.5 for score in scores) >= 7


def test_files_and_commands_of_a_page() -> None:
    page = '```python title="a.py"\nprint(1)\n```\n\n```console\n$ python a.py\n1\n$ edgeq \\\n  x\n```\n'
    page += "```bash\npip install edgeq\n```\n"
    file, session = steps(page)
    assert (file.file, file.text) == ("a.py", "print(1)\n")
    assert commands(session.text) == ["python a.py", "edgeq \\\n  x"]


@pytest.mark.parametrize(
    ("shown", "now", "alike"),
    [
        ("samples per second 20,000", "samples per second 7", True),
        ("size 5,152 bytes", "size 5,160 bytes", False),
        (".fit( size 5,152 bytes", ".fit( size 5,160 bytes", True),
        (".fit( 0 of 5,152 bytes", ".fit( 1 of 5,160 bytes", False),
        (".fit( accuracy 1.0000", ".fit( accuracy 0.9800", True),
        (".fit( accuracy 1.0000", ".fit( accuracy 0.4800", False),
        (".fit( ranges by min-max", ".fit( ranges by percentile 99.9", True),
        (".fit( host ok", ".fit( host failed", False),
    ],
)
def test_what_may_differ(shown: str, now: str, alike: bool) -> None:
    assert same(shown, now) == alike

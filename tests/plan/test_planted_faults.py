"""Faults planted in the searches, in a copy of the package: `lower` refuses the plans that they
make.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
CHECKOUT = Path(__file__).resolve().parents[2]
FAULTS = {
    "a line buffer one row too small": (
        "firing.py",
        "end - limit > taken.row(wanted[user].first) for",
        "end - limit > taken.row(wanted[user].first) + 1 for",
    ),
    "a firing before its last row exists": (
        "firing.py",
        "done[source] < wanted[k].end for",
        "done[source] < wanted[k].end - 1 for",
    ),
    "an in-place offset from where rows start": (
        "pipeline.py",
        "max(offsets[t], end - later[t])",
        "max(offsets[t], start - later[t])",
    ),
    "an in-place offset a word too small": (
        "layout.py",
        "place = -offset.words if below else offset.words",
        "place = 1 - offset.words if below else offset.words - 1",
    ),
    "scratch where line buffers lie": (
        "arena.py",
        "memory + pipeline.scratch_start",
        "memory",
    ),
}
LOWER = """
from edgeq.plan import lower
from edgeq.plan.wrong_plan import WrongPlanError
from plan.networks import residual, shortcuts

refused = 0
for model in [make(seed).main for make in (residual, shortcuts) for seed in range(10)]:
    try:
        lower(model)
    except WrongPlanError:
        refused += 1
print(refused)
"""


def refused(package: Path) -> int:
    """How many of 20 networks the `lower` of a copy of the package refuses."""
    done = subprocess.run(
        [sys.executable, "-c", LOWER],
        cwd=package,  # the first place where Python looks for modules
        env={"PYTHONPATH": f"{package}:{CHECKOUT / 'tests'}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A folder with a copy of the package."""
    shutil.copytree(
        CHECKOUT / "edgeq", tmp_path / "edgeq", ignore=shutil.ignore_patterns("__pycache__")
    )
    for beside in ("boards", "firmware_templates"):
        (tmp_path / beside).symlink_to(CHECKOUT / beside)
    return tmp_path


@pytest.mark.parametrize("fault", FAULTS)
def test_lower_refuses_what_a_fault_makes(fault: str, package: Path) -> None:
    file, right, wrong = FAULTS[fault]
    path = package / "edgeq" / "plan" / file
    text = path.read_text()
    assert text.count(right) == 1
    path.write_text(text.replace(right, wrong))
    assert refused(package) > 0


def test_lower_refuses_nothing_without_a_fault(package: Path) -> None:
    assert refused(package) == 0

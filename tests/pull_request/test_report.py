"""The whole program on a repository with two commits of a model."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pull_request_report import base_checkout

ROOT = Path(__file__).resolve().parent.parent.parent
DIGITS = ROOT / "examples" / "digits"


def git(repository: Path, *arguments: str) -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    return subprocess.run(
        ["git", *who, *arguments], cwd=repository, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A clone whose origin has the digits' float model, and a pull request that changes nothing but
    a module of a hostile name.
    """
    origin = tmp_path / "origin"
    origin.mkdir()
    git(origin, "init", "--quiet")
    for name in ("digits_float.tflite", "calibration.npz", "test.npz"):
        shutil.copy(DIGITS / name, origin)
    git(origin, "add", ".")
    git(origin, "commit", "--quiet", "-m", "base")
    git(tmp_path, "clone", "--quiet", str(origin), "clone")
    (tmp_path / "clone" / "edgeq.py").write_text("print('stolen'); raise SystemExit(0)\n")
    return tmp_path / "clone"


@pytest.mark.slow
@pytest.mark.skipif(sys.version_info < (3, 11), reason="PYTHONSAFEPATH is of Python 3.11")
def test_a_pull_request_is_measured_on_both_sides(repository: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "pull_request_report.py")],
        cwd=repository,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "EDGEQ_MODEL": "digits_float.tflite",
            "EDGEQ_CALIBRATION": "calibration.npz",
            "EDGEQ_EVALUATION": "test.npz",
            "EDGEQ_BASE": git(repository, "rev-parse", "HEAD"),
            "GITHUB_STEP_SUMMARY": str(repository / "summary.md"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "| accuracy, integers | 0.9759 | 0.9759 | = |" in done.stdout
    assert "bytes are those of the simulator" in done.stdout
    assert "stolen" not in done.stdout + done.stderr
    assert (repository / "summary.md").read_text().strip() == done.stdout.strip()
    assert git(repository, "worktree", "list").count("\n") == 0


@pytest.mark.parametrize("commit", ["", "--upload-pack=x", "HEAD", "0" * 40])
def test_a_base_that_is_not_there_is_none(repository: Path, tmp_path: Path, commit: str) -> None:
    assert base_checkout(commit, repository, tmp_path) is None

"""The GitHub Action's program: converts and verifies a model before and after a pull request, and
comments what changed. action.yml states everything by environment variables.

Exit status 1 where the new model cannot be converted, or its C computes a wrong byte.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from pull_request.comment import post
from pull_request.markdown import mark, markdown, sound
from pull_request.measure import Measured, Request, measure


def request_of(environment: Mapping[str, str]) -> Request:
    """What the workflow asks for. Raises KeyError for a variable that is missing."""
    return Request(
        environment["EDGEQ_MODEL"],
        environment["EDGEQ_CALIBRATION"],
        environment.get("EDGEQ_EVALUATION", ""),
        environment.get("EDGEQ_SCHEME") or "int8",
        tuple((environment.get("EDGEQ_TARGETS") or "host").split()),
    )


def base_checkout(commit: str, repository: Path, folder: Path) -> Path | None:
    """The files of the commit that the pull request starts from; None if there are none to get."""
    if re.fullmatch(r"[0-9a-f]{40}", commit) is None:
        return None
    there = folder / "base"
    steps = (
        ["git", "fetch", "--quiet", "--depth=1", "origin", commit],
        ["git", "worktree", "add", "--quiet", "--detach", str(there), commit],
    )
    done = [subprocess.run(step, cwd=repository, check=False).returncode for step in steps]
    return there if done[-1] == 0 else None


def main() -> int:
    environment = os.environ
    request, repository = request_of(environment), Path.cwd()
    with tempfile.TemporaryDirectory(prefix="edgeq-") as scratch:
        folder = Path(scratch)
        base = base_checkout(environment.get("EDGEQ_BASE", ""), repository, folder)
        old: Measured | None = None
        if base is not None and (base / request.model).exists():
            old = measure(request, base, folder / "old")
        new = measure(request, repository, folder / "new")
        if base is not None:
            subprocess.run(["git", "worktree", "remove", "--force", str(base)], check=False)
    report = markdown(request.model, old, new)
    print(report)
    if summary := environment.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(report)
    number, token = environment.get("EDGEQ_PULL_REQUEST", ""), environment.get("EDGEQ_TOKEN", "")
    if number.isdecimal() and token:
        api, name = environment["GITHUB_API_URL"], environment["GITHUB_REPOSITORY"]
        try:
            post(f"{api}/repos/{name}/issues/{number}/comments", token, mark(request.model), report)
        except OSError as error:  # a fork's token may not write; the summary has it all
            print(f"::warning::no comment could be written: {error}")
    return 0 if sound(new) else 1


if __name__ == "__main__":
    sys.exit(main())

"""Convert and verify a model in a checkout, by the command line of edgeq."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeq.errors import shown

SECONDS = 3600  # that a command may take


@dataclass(frozen=True)
class Request:
    """What the workflow asks for: paths in the checkout, as `edgeq convert` takes them.

    evaluation: labelled data, or nothing. scheme: of quantization. targets: of `edgeq verify`.
    """

    model: str
    calibration: str
    evaluation: str
    scheme: str
    targets: tuple[str, ...]


@dataclass(frozen=True)
class Measured:
    """What the commands printed with `--json`. verify is None where convert failed."""

    convert: dict[str, Any]
    verify: dict[str, Any] | None


def measure(request: Request, checkout: Path, scratch: Path) -> Measured:
    """Converts and verifies the model of a checkout; what is written goes to the
    new folder `scratch`."""
    scratch.mkdir()
    made = scratch / "model.tflite"
    converted = _edgeq(
        checkout,
        "convert",
        f"--calibration={request.calibration}",
        *([f"--eval={request.evaluation}"] if request.evaluation else []),
        f"--scheme={request.scheme}",
        f"--output={made}",
        "--",
        request.model,
    )
    if "error" in converted:
        return Measured(converted, None)
    targets = [f"--target={target}" for target in request.targets]
    return Measured(converted, _edgeq(checkout, "verify", *targets, "--", str(made)))


def _edgeq(checkout: Path, command: str, *arguments: str) -> dict[str, Any]:
    """The JSON of a command; one that prints none has an error of its own.

    Modules of the checkout do not come before Python's and edgeq's (PYTHONSAFEPATH), and the
    command sees no token.
    """
    secret = ("EDGEQ_TOKEN", "GITHUB_TOKEN", "GH_TOKEN")
    kept = {name: value for name, value in os.environ.items() if name not in secret}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "edgeq", command, "--json", "--quiet", *arguments],
            cwd=checkout,
            env={**kept, "PYTHONSAFEPATH": "1"},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return _error(command, f"it took longer than {SECONDS} s")
    for line in done.stderr.splitlines():
        print(log_line(line), file=sys.stderr)
    try:
        found = json.loads(done.stdout)
    except ValueError:
        return _error(command, f"it ended with status {done.returncode} and printed no JSON")
    return found if isinstance(found, dict) else _error(command, "its JSON is no object")


def log_line(line: str) -> str:
    """A line as the log may show it: GitHub takes `::` at a line's start and `##[` for commands.

    >>> log_line("::set-env name=A::b"), log_line("a ##[add-path]/tmp")
    ('| ::set-env name=A::b', '| a # #[add-path]/tmp')
    """
    return "| " + shown(line, 1000).replace("##[", "# #[")


def _error(command: str, why: str) -> dict[str, Any]:
    return {"error": {"what": f"edgeq {command}", "why": why, "remedy": "see the log"}}

"""A front end's library in a process of its own: with a folder, a time limit, and errors of one line."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from edgeq.errors import EdgeqError

SECONDS = 900  # of a conversion; large models of phones take minutes
_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "GRPC_VERBOSITY": "ERROR", "PYTHONWARNINGS": "ignore"}


def require(packages: Sequence[str], what: str, extra: str) -> None:
    """Raises EdgeqError with pip's command if one of the packages is not installed."""
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        raise EdgeqError(
            f"reading {what} needs {' and '.join(missing)}",
            "not installed",
            f'pip install "edgeq[{extra}]"',
        )


def run(module: str, command: str, folder: Path, what: str, seconds: float = SECONDS) -> None:
    """Runs `python -m module command` in a folder, which holds what it reads and writes.

    what: the model, for messages. Raises EdgeqError with the reason that the process leaves in
    `error.json`, where it ends otherwise, and where it takes longer than `seconds`.
    """
    with (folder / f"{command}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", module, command],
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            why = f"this takes longer than {seconds:.0f} s"
            raise EdgeqError(what, why, "make the model smaller") from error
        finally:
            _end(process)
    if status:
        raise _failure(folder, command, status, what)


def _environment() -> dict[str, str]:
    """The environment in which the process finds edgeq and the programs beside its Python."""
    package = str(Path(__file__).resolve().parents[2])
    places = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
    programs = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    lists = {"PYTHONPATH": os.pathsep.join(places), "PATH": os.pathsep.join(programs)}
    return {**os.environ, **_QUIET, **lists}


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the process and those that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _failure(folder: Path, command: str, status: int, what: str) -> EdgeqError:
    try:
        stated = json.loads((folder / "error.json").read_text())
        return EdgeqError(stated["what"] or what, stated["why"], stated["remedy"])
    except (OSError, ValueError, KeyError, TypeError):
        last = (folder / f"{command}.log").read_bytes()[-300:].decode(errors="replace")
        return EdgeqError(
            what, f"the process ended with status {status}: {last}", "simplify the model"
        )

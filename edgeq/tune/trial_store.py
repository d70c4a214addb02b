"""Finished trials in a JSON Lines file, from which an interrupted search can continue."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edgeq.data import Samples
from edgeq.errors import EdgeqError
from edgeq.files import read_bytes, write_whole
from edgeq.tune.score import Score
from edgeq.tune.search_space import Choice, key
from edgeq.tune.trial import Outcome

FORMAT = "edgeq tune, 1"
Identity = Mapping[str, str]
"""Everything that the trials of a search depend on, by value or as a hash; a state file is only used
by the search with the same identity.
"""


def hash_of(samples: Samples) -> str:
    """SHA-256, in hexadecimal, of all arrays of a data set."""
    total = hashlib.sha256()
    for array in (*samples.inputs, samples.y, samples.group):
        if array is not None:
            total.update(f"{array.dtype.str}{array.shape}".encode())
            total.update(np.ascontiguousarray(array).data)
        total.update(b";")
    return total.hexdigest()


def default_folder() -> Path | None:
    """The folder `edgeq/tune` in the user's cache, for searches without `--state`; None if it
    cannot be made.
    """
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(cache) / "edgeq" / "tune"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK | os.X_OK) else None


def state_path(state: Path, name: str, identity: Identity) -> Path:
    """The path itself, or if it is a folder, a file in it named after the model and a hash of the
    search.
    """
    if not state.is_dir():
        return state
    search = hashlib.sha256(json.dumps(dict(identity), sort_keys=True).encode()).hexdigest()
    return state / f"{name}.tune-{search[:12]}.jsonl"


def read_state(path: Path, identity: Identity) -> dict[str, Outcome]:
    """`key` of a choice -> outcome, of all finished trials; empty if there is no file.

    An incomplete last line is ignored. Raises EdgeqError for the file of another search, naming
    what differs, and for other files.
    """
    if not path.exists():
        return {}
    whole = read_bytes(path, "state").rpartition(b"\n")[0]
    try:
        header, *lines = [json.loads(line) for line in whole.splitlines()]
        _check(path, header, identity)
        return {key(line["choice"]): _outcome(line) for line in lines}
    except (ValueError, KeyError, TypeError, AttributeError, zlib.error) as error:
        remedy = "give another file by --state"
        raise EdgeqError(
            f"state {path}", "it is no file of finished trials, or damaged", remedy
        ) from error


def _check(path: Path, header: Mapping[str, str], identity: Identity) -> None:
    if header["format"] != FORMAT:
        raise ValueError(header["format"])
    changed = [name for name, value in identity.items() if header.get(name) != value]
    if changed:
        remedy = "give what it was, or another --state, or remove the file to begin anew"
        raise EdgeqError(
            f"state {path}",
            f"its trials are of another search: {', '.join(changed)} changed",
            remedy,
        )


def append(path: Path, identity: Identity, choice: Choice, outcome: Outcome) -> None:
    """Adds one finished trial by a single write; creates the file if needed. Raises EdgeqError if
    that fails.
    """
    line = json.dumps({"choice": choice, **_record(outcome)}).encode() + b"\n"
    if not path.exists():
        write_whole(path, json.dumps({"format": FORMAT, **identity}).encode() + b"\n" + line)
        return
    try:
        _cut_off(path)
        with path.open("ab", buffering=0) as file:
            file.write(line)
            os.fsync(file.fileno())
    except OSError as error:
        raise EdgeqError(
            f"state {path}", error.strerror or str(error), "give a place that can be written"
        ) from error


def _cut_off(path: Path) -> None:
    """Removes an incomplete last line, which an interrupted write leaves."""
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        if file.read() != b"\n":
            file.truncate(path.read_bytes().rfind(b"\n") + 1)


def _record(outcome: Outcome) -> dict[str, Any]:
    plain = {
        "status": outcome.status,
        "seconds": outcome.seconds,
        "reason": outcome.reason,
        "bytes": outcome.size,
        "sha256": outcome.sha256,
    }
    if outcome.score is None:
        return plain
    arrays = {"parts": _text(outcome.score.parts), "errors": _text(outcome.score.errors)}
    return plain | outcome.score.to_json() | arrays


def _outcome(line: Mapping[str, Any]) -> Outcome:
    score = None
    if "score" in line:
        score = Score(
            line["metric"],
            line["score"],
            line["mean_abs_error"],
            line["agreement"],
            _floats(line["parts"]),
            _floats(line["errors"]),
        )
    return Outcome(
        line["status"], line["seconds"], line["reason"], score, line["bytes"], line["sha256"]
    )


def _text(values: npt.NDArray[np.float32]) -> str:
    return base64.b64encode(zlib.compress(values.astype("<f4").tobytes())).decode()


def _floats(text: str) -> npt.NDArray[np.float32]:
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), "<f4")

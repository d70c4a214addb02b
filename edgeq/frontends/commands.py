"""What a front end's process does: one command in a folder, its failure left there as a file."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edgeq.errors import EdgeqError

MAX_MEMORY = 20 << 30  # bytes of address space; the libraries alone map several GiB
LONGEST = 400  # characters of a foreign error that a person reads
Command = Callable[[Path], None]
Arrays = list[npt.NDArray[np.generic]]


def main(commands: Mapping[str, Command]) -> None:
    """Runs the command that the first argument names, in the working folder.

    An error becomes `error.json`, the three parts of an EdgeqError, and exit status 2; this holds
    for SystemExit too, by which onnx2tf says that it cannot convert a model.
    """
    _limit_memory()
    folder = Path.cwd()
    try:
        commands[sys.argv[1]](folder)
    except EdgeqError as error:
        _fail(folder, error)
    except MemoryError:
        _fail(folder, EdgeqError("", "it takes too much memory", "make the model smaller"))
    except (Exception, SystemExit) as error:
        _fail(folder, EdgeqError("", _sentence(error), "simplify the model"))


def _fail(folder: Path, error: EdgeqError) -> None:
    (folder / "error.json").write_text(json.dumps(error.to_json()))
    sys.exit(2)


def _sentence(error: BaseException) -> str:
    """An error's text on one line; of one that has no text, such as SystemExit, its type."""
    text = " ".join(str(error).split())
    if isinstance(error, SystemExit) or not text:
        text = f"the conversion stopped ({type(error).__name__})"
    return text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0] + " ..."


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # no limits on Windows
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    limit = MAX_MEMORY if most == resource.RLIM_INFINITY else min(MAX_MEMORY, most)
    resource.setrlimit(resource.RLIMIT_AS, (limit, most))


def read_samples(folder: Path) -> Arrays:
    """The arrays of `samples.npz`, one for each input, [n, *shape without the batch axis]."""
    with np.load(folder / "samples.npz", allow_pickle=False) as file:
        return [file[f"x{k}"] for k in range(len(file.files))]


def write_outputs(path: Path, outputs: Sequence[Sequence[npt.NDArray[np.generic]]]) -> None:
    """Writes the values of every sample, stacked: `y0`, `y1` and so on, each [n, *shape].

    outputs: [n] lists of values, each value with its batch axis of 1, if it has one.
    """
    stacked: dict[str, Any] = {
        f"y{k}": np.stack([y[0] if y.shape[:1] == (1,) else y for y in values])
        for k, values in enumerate(zip(*outputs, strict=True))
    }
    np.savez(path, **stacked)

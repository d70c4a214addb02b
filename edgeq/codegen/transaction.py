"""Changes to several files of a folder that happen together: all of them, or none.

What is needed to take them back lies in a folder `edgeq.partial` beside the files until the last
one is in its place:

    new-0, new-1, ...  the texts to come; each is renamed onto its path
    old-0, old-1, ...  copies of what stood there
    journal.json       which is which; once it is gone the change is done
    README.txt         what a reader of the folder is to do with it

Where a process is killed, another one takes the change back (edgeq/codegen/guard.py). Where both are,
that folder stays, and the next run takes the change back before it begins (`take_back`). Signals that
ask a process to end wait until it is done, which takes milliseconds.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from edgeq.codegen.folder_files import bytes_of, check_place, digest_of, look
from edgeq.codegen.manifest import LARGEST, is_inside
from edgeq.errors import EdgeqError
from edgeq.plain_json import parse_json

PARTIAL = "edgeq.partial"
_JOURNAL = "journal.json"
_README = "README.txt"
_ADVICE = """`edgeq generate` was broken off here. Run it again, as before: it first takes back what it had begun.
"""
_OWN_NAME = re.compile(r"(new|old)-\d+|journal\.json|README\.txt")
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Step:
    """One file that changes. digest: SHA-256 of its new text, None to remove it. existed: whether
    it stood there.
    """

    path: str
    digest: str | None
    existed: bool


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[int]:
    """Waits until no other process changes the folder, and keeps others and signals out meanwhile;
    gives the descriptor that holds the lock.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some network file systems have no locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        try:
            yield handle
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
    finally:
        os.close(handle)


def change(folder: Path, writes: Mapping[str, bytes], removals: Sequence[str]) -> None:
    """Writes files (relative path with / -> content) and removes others; the order of `writes` is
    kept.

    The caller has the folder alone (`alone_in`) and has taken back what another left (`take_back`).
    OSError, and a folder as before, where the file system refuses.
    """
    paths = [*writes, *removals]
    steps = [
        Step(
            path,
            digest_of(writes[path]) if path in writes else None,
            look(folder, path) is not None,
        )
        for path in paths
    ]
    partial = folder / PARTIAL
    partial.mkdir()
    try:
        (partial / _README).write_text(_ADVICE)
        for number, step in enumerate(steps):
            _prepare(folder, number, step, writes.get(step.path))
        (partial / _JOURNAL).write_text(json.dumps([asdict(step) for step in steps]))
        for number, step in enumerate(steps):
            _take(folder, number, step)
        (partial / _JOURNAL).unlink()
    except BaseException:
        take_back(folder)
        raise
    shutil.rmtree(partial)


def take_back(folder: Path) -> None:
    """Undoes a change that was broken off; files that were edited since stay as they are.

    EdgeqError where something else of that name stands there.
    """
    partial = folder / PARTIAL
    if not os.path.lexists(partial):
        return
    if partial.is_symlink() or not all(_OWN_NAME.fullmatch(name) for name in os.listdir(partial)):  # noqa: PTH208
        raise EdgeqError(
            f"output {partial}",
            "edgeq keeps unfinished changes there, and it holds other things",
            "move it away",
        )
    for number, step in reversed(list(enumerate(_journal(folder)))):
        _undo(folder, number, step)
    (partial / _JOURNAL).unlink(missing_ok=True)
    shutil.rmtree(partial)


def _prepare(folder: Path, number: int, step: Step, content: bytes | None) -> None:
    new, old, target = _places(folder, number, step)
    if step.existed:
        shutil.copy2(target, old)
    if content is not None:
        new.write_bytes(content)
        if step.existed:
            shutil.copymode(target, new)


def _take(folder: Path, number: int, step: Step) -> None:
    new, _, target = _places(folder, number, step)
    if step.digest is None:
        target.unlink()
        _prune(folder, target.parent)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(new, target)  # noqa: PTH105


def _undo(folder: Path, number: int, step: Step) -> None:
    _, old, target = _places(folder, number, step)
    check_place(folder, step.path)
    found = look(folder, step.path)
    if (None if found is None else found.digest) != step.digest:
        return
    if step.existed and look(folder, f"{PARTIAL}/{old.name}") is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(old, target)  # noqa: PTH105
    elif not step.existed and step.digest is not None:
        target.unlink()
        _prune(folder, target.parent)


def _places(folder: Path, number: int, step: Step) -> tuple[Path, Path, Path]:
    partial = folder / PARTIAL
    return partial / f"new-{number}", partial / f"old-{number}", folder / step.path


def _journal(folder: Path) -> list[Step]:
    """The steps of an unfinished change of a folder; none if its journal is missing or incomplete."""
    journal = f"{PARTIAL}/{_JOURNAL}"
    found = look(folder, journal)
    raw = bytes_of(folder, journal, LARGEST) if found is not None and found.digest else None
    try:
        entries = parse_json(raw or b"")
        steps = [
            Step(entry["path"], entry["digest"], entry["existed"] is True) for entry in entries
        ]
    except (ValueError, TypeError, KeyError, RecursionError):
        return []
    return [step for step in steps if is_inside(step.path)]


def _prune(folder: Path, parent: Path) -> None:
    """Removes folders that have become empty, up to the project's own."""
    with contextlib.suppress(OSError):  # the first that is not empty ends it
        while parent != folder:
            parent.rmdir()
            parent = parent.parent

"""What lies under a path of a project's folder, looked at without following a link out of it."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from edgeq.errors import EdgeqError

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Found:
    """A file, or what stands in its place. digest: SHA-256 in hexadecimal, "" for what is no
    regular file.

    replaceable: whether its owner may write it, which says that others may replace it.
    """

    digest: str
    replaceable: bool


def look(folder: Path, relative: str) -> Found | None:
    """What stands at a relative path (with /); None for nothing. A link is found as itself, not
    what it leads to.
    """
    path = folder / relative
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISREG(status.st_mode) or _lead_away(folder, path):
        return Found("", False)
    return Found(_digest(path), bool(status.st_mode & stat.S_IWUSR))


def bytes_of(folder: Path, relative: str, limit: int) -> bytes | None:
    """The content of a regular file of at most `limit` bytes; None for a larger one."""
    with (folder / relative).open("rb") as file:
        content = file.read(limit + 1)
    return content if len(content) <= limit else None


def check_place(folder: Path, relative: str) -> None:
    """EdgeqError where a file cannot be written at a relative path: what stands above it is no
    folder to write in.
    """
    path = folder / relative
    if path.is_dir() and not path.is_symlink():
        raise EdgeqError(
            f"output {path}", "a folder stands where a file is to be written", "move it away"
        )
    for parent in _parents(folder, path):
        if parent.is_symlink():
            raise EdgeqError(
                f"output {parent}",
                "it is a link, which may lead anywhere",
                "put a folder in its place",
            )
        if parent.exists() and not parent.is_dir():
            raise EdgeqError(
                f"output {parent}", "it is a file where a folder is needed", "move it away"
            )
    nearest = next(parent for parent in (*_parents(folder, path), folder) if parent.is_dir())
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise EdgeqError(
            f"output {nearest}", "you may not write there", "give a place that can be written"
        )


def digest_of(content: bytes) -> str:
    """The SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _digest(path: Path) -> str:
    total = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                total.update(block)
    except PermissionError:
        return ""
    return total.hexdigest()


def _parents(folder: Path, path: Path) -> tuple[Path, ...]:
    """The folders between `folder` and a path in it, the nearest to the path first."""
    above = path.relative_to(folder).parents  # ends with ".", which is the folder
    return tuple(folder / parent for parent in above[:-1])


def _lead_away(folder: Path, path: Path) -> bool:
    return any(parent.is_symlink() for parent in _parents(folder, path))

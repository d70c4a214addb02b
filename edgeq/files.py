"""Files that are read with a clear error, and written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from edgeq.errors import EdgeqError


def read_bytes(path: Path, what: str) -> bytes:
    """The file's contents; EdgeqError naming `what` where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise EdgeqError(f"{what} {path}", error.strerror or str(error), "give a file that can be read") from error


def read_names(path: Path, what: str) -> tuple[str, ...]:
    """The names of a UTF-8 text file, one a line, empty lines left out; EdgeqError naming `what` for other files."""
    try:
        lines = read_bytes(path, what).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise EdgeqError(f"{what} {path}", "it is no UTF-8 text", "give one name a line, in UTF-8") from error
    return tuple(line.strip() for line in lines if line.strip())


def check_writable(path: Path, what: str = "output") -> None:
    """EdgeqError where `write_whole` would raise one: long work is not to end at a folder that is not there."""
    if path.is_dir():
        raise EdgeqError(f"{what} {path}", "it is a folder", "give a file")
    if not path.parent.is_dir():
        raise EdgeqError(f"{what} {path}", "its folder does not exist", "make the folder first")
    with _explained(path, what), tempfile.TemporaryFile(dir=path.parent):
        pass


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file so that it appears complete or not at all. EdgeqError where the folder cannot be written."""
    with _explained(path), tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            file.write(content)
            file.close()
            Path(file.name).chmod(0o666 & ~_umask())
            os.replace(file.name, path)  # noqa: PTH105
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


@contextlib.contextmanager
def _explained(path: Path, what: str = "output") -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EdgeqError(f"{what} {path}", error.strerror or str(error), "give a place that can be written") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

"""Reading files with clear errors, and writing them atomically."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from edgeq.errors import EdgeqError, shown

MAX_MODEL_BYTES = 1 << 28  # read into memory as a whole; no microcontroller has a tenth of it
MAX_NAMES_BYTES = 1 << 20
LONGEST_NAME = 40  # characters of a name in a message
TURNING = frozenset(
    {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
)  # Unicode's UAX 9


def check_regular(path: Path, what: str, limit: int | None = None) -> int:
    """The size in bytes of a regular file.

    what: its role, for messages.
    limit: the most bytes allowed.

    Raises EdgeqError for other files, such as devices and pipes, which may never end.
    """
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise EdgeqError(f"{what} {path}", why, "give a file that can be read") from error
    if stat.S_ISDIR(status.st_mode):
        raise EdgeqError(f"{what} {path}", "it is a folder", "give a file")
    if not stat.S_ISREG(status.st_mode):
        why = "it is a device, a pipe or a socket, which may never end"
        raise EdgeqError(f"{what} {path}", why, "save what it gives as a file first")
    if limit is not None and status.st_size > limit:
        why = f"it has {status.st_size:,} bytes, at most {limit:,} are read"
        raise EdgeqError(f"{what} {path}", why, "give a smaller file")
    return status.st_size


def read_bytes(path: Path, what: str, limit: int = MAX_MODEL_BYTES) -> bytes:
    """The content of a regular file of at most `limit` bytes.

    what: its role, for messages.

    Raises EdgeqError if it cannot be read.
    """
    check_regular(path, what, limit)
    try:
        with path.open("rb") as file:
            return file.read(limit)
    except OSError as error:
        raise EdgeqError(
            f"{what} {path}", error.strerror or str(error), "give a file that can be read"
        ) from error


def read_names(path: Path, what: str) -> tuple[str, ...]:
    """The names in a UTF-8 text file, one a line; empty lines are ignored.

    what: its role, for messages.

    Raises EdgeqError for files without names, duplicate names, and invisible characters.
    """
    try:
        lines = read_bytes(path, what, MAX_NAMES_BYTES).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise EdgeqError(
            f"{what} {path}", "it is no UTF-8 text", "give one name a line, in UTF-8"
        ) from error
    names = tuple(line.strip() for line in lines if line.strip())
    if not names:
        raise EdgeqError(f"{what} {path}", "it holds no names", "give one name a line")
    unfit = next((name for name in names if not is_name(name)), None)
    if unfit is not None:
        why = f"the name '{shown(unfit, LONGEST_NAME)}' holds characters that control a terminal"
        raise EdgeqError(f"{what} {path}", why, "write it without them")
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        why = f"'{shown(twice[0], LONGEST_NAME)}' stands there twice"
        raise EdgeqError(f"{what} {path}", why, "give each class a name of its own, one a line")
    return names


def is_name(text: str) -> bool:
    """Whether a text is a single line without control characters, line separators and marks that
    change the direction of writing.

    >>> is_name("Ampel, rot"), is_name("two\\nlines"), is_name("\\x1b[2J"), is_name("\\u202egnp.exe")
    (True, False, False, False)
    """
    return bool(text.strip()) and not any(
        unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")
        or unicodedata.bidirectional(c) in TURNING
        for c in text
    )


def check_writable(path: Path, what: str = "output") -> None:
    """Raises EdgeqError if `write_whole` would: to be called before long work."""
    if path.is_dir():
        raise EdgeqError(f"{what} {path}", "it is a folder", "give a file")
    if not path.parent.is_dir():
        raise EdgeqError(f"{what} {path}", "its folder does not exist", "make the folder first")
    with _explained(path, what), tempfile.TemporaryFile(dir=path.parent):
        pass


def check_output(path: Path, suffix: str, sources: Iterable[object]) -> None:
    """Raises EdgeqError for an output path that cannot be written, has another suffix, or is a file
    that the command reads.

    sources: the models and data that the command reads; `FILE.npz:NAME` counts as the file, what is
        no path is ignored.
    """
    if path.suffix.lower() != suffix:
        raise EdgeqError(
            f"output {path}",
            f"a {suffix} file is written",
            f"name it {path.stem or 'model'}{suffix}",
        )
    if any(isinstance(source, (str, Path)) and _is_same(path, str(source)) for source in sources):
        raise EdgeqError(
            f"output {path}",
            "the command reads this file, which would be lost",
            "name another file",
        )
    check_writable(path)


def _is_same(path: Path, source: str) -> bool:
    """Whether a source is this existing file, or an array in it."""
    for name in (source, source.rpartition(":")[0]):
        with contextlib.suppress(OSError, ValueError):
            if name and path.samefile(name):
                return True
    return False


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file atomically: it appears complete or not at all. Raises EdgeqError if the folder
    is not writable.
    """
    with (
        _explained(path),
        tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file,
    ):
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
        raise EdgeqError(
            f"{what} {path}", error.strerror or str(error), "give a place that can be written"
        ) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

"""What a run of `generate` does to a folder that is in use: which files it may write and remove,
and which it leaves.

A file may be replaced or removed if it still is what edgeq wrote, so that nothing of its user's is
lost. Otherwise it is kept, and where edgeq's text of it has changed since, the new text goes beside
it under another name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from edgeq.codegen.folder_files import Found, check_place, digest_of, look
from edgeq.codegen.manifest import Manifest


@dataclass(frozen=True)
class Renewal:
    """What is to be done. All paths are relative, with /.

    writes: path -> content, of files that are new or replaced. removals: files that the project no
    longer has.
    kept: files that stay as their user made them -> where the new text goes, None if there is none
    that is new.
    left: files of an earlier project that stay because they were edited. hashes: of every generated
    text, for the manifest.
    """

    writes: Mapping[str, bytes]
    removals: tuple[str, ...]
    kept: Mapping[str, str | None]
    left: tuple[str, ...]
    hashes: Mapping[str, str]


def plan_renewal(
    folder: Path,
    files: Mapping[str, bytes],
    manifest: Manifest,
    yours: Collection[str],
    overwrite: bool,
) -> Renewal:
    """Compares a folder with the files of a project and with what its manifest says that edgeq
    wrote.

    yours: files that are written once, for their user to edit; also one that the user removed stays
    away. overwrite: replaces generated files that were edited, but none of `yours` and none that
    edgeq did not write. Raises EdgeqError where a file cannot be written.
    """
    known = manifest.hashes
    writes: dict[str, bytes] = {}
    kept: dict[str, str | None] = {}
    hashes: dict[str, str] = {}
    for path, content in files.items():
        check_place(folder, path)
        found, digest = look(folder, path), digest_of(content)
        same = found is not None and found.digest == digest
        allowed = same or _may_write(found, path, known, yours, overwrite)
        if allowed or path in known:
            hashes[path] = digest
        if allowed and not same:
            writes[path] = content
        if not allowed:
            kept[path] = beside = None if found is None else _offer(folder, path, digest, known)
            if beside is not None:
                hashes[beside] = digest
                writes |= {} if look(folder, beside) == Found(digest, True) else {beside: content}
    stale = {path: look(folder, path) for path in known if path not in hashes}
    removals = tuple(path for path, found in stale.items() if _unchanged(found, known[path]))
    left = tuple(
        path for path, found in stale.items() if found is not None and path not in removals
    )
    return Renewal(writes, removals, kept, left, hashes)


def _may_write(
    found: Found | None,
    path: str,
    known: Mapping[str, str],
    yours: Collection[str],
    overwrite: bool,
) -> bool:
    if found is None:
        return path not in known or path not in yours or overwrite
    chosen = overwrite and path in known and path not in yours and found.replaceable
    return chosen or _unchanged(found, known.get(path))


def _unchanged(found: Found | None, digest: str | None) -> bool:
    return found is not None and found.replaceable and found.digest != "" and found.digest == digest


def _offer(folder: Path, path: str, digest: str, known: Mapping[str, str]) -> str | None:
    """Where the new text of a kept file goes; None if it was offered before and is gone, or is what
    was edited.
    """
    if known.get(path) == digest:
        offered = (name for name in known if name.startswith(f"{path}.new"))
        return next((name for name in offered if look(folder, name) == Found(digest, True)), None)
    for name in _names(path, "new"):
        found = look(folder, name)
        if found is None or found.digest == digest or _unchanged(found, known.get(name)):
            return name
    raise AssertionError("names do not end")


def free_name(folder: Path, path: str, suffix: str) -> str:
    """`path.suffix`, `path.suffix.2`, ...: the first name under which nothing stands."""
    return next(name for name in _names(path, suffix) if look(folder, name) is None)


def _names(path: str, suffix: str) -> Iterator[str]:
    yield f"{path}.{suffix}"
    yield from (f"{path}.{suffix}.{number}" for number in count(2))

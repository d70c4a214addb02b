"""`edgeq.json`: the files of a project that `generate` wrote, each with the hash of the text that
it wrote.

A later run reads it as untrusted input: folders are copied, merged and edited. Only paths inside
the folder count, and a hash only allows to replace or remove a file that is still what edgeq wrote.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from edgeq.codegen.folder_files import bytes_of, look
from edgeq.codegen.names import c_identifier
from edgeq.errors import EdgeqError
from edgeq.frameworks import FRAMEWORKS
from edgeq.plain_json import parse_json

MANIFEST = "edgeq.json"
UNKNOWN = ""
"""The hash of a file that an older edgeq wrote: it named files without saying what was in them."""

LICENSE = "0BSD"
"""SPDX identifier of generated files, which may be shipped under any terms (`LICENSE-EXCEPTION`)."""

LARGEST = 1_000_000  # bytes of a manifest or journal; a project has about ten files
_PATH = re.compile(r"[^/\\:\x00-\x1f\x7f]{1,255}(/[^/\\:\x00-\x1f\x7f]{1,255}){0,15}")
_HASH = re.compile(r"[0-9a-f]{64}")
_NEVER = {".", "..", ".git", ".hg", ".svn"}


@dataclass(frozen=True)
class Manifest:
    """What a folder says of the files that edgeq wrote there.

    status: `absent`; `damaged`, if the file of that name does not say; `read`. hashes: path ->
    SHA-256, or UNKNOWN.
    """

    status: Literal["absent", "damaged", "read"]
    hashes: Mapping[str, str]


@dataclass(frozen=True)
class ProjectFacts:
    """What a project is. name: the prefix of its names in C; board: None for none."""

    name: str
    framework: str
    board: str | None


def is_inside(path: object) -> bool:
    """Whether a path is plain text that leads to a file below the folder, outside of version
    control's own folders.
    """
    return (
        isinstance(path, str)
        and bool(_PATH.fullmatch(path))
        and not _NEVER & {p.lower() for p in path.split("/")}
    )


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a folder; paths and hashes that cannot be one are left out. EdgeqError for a
    link or device.
    """
    found = look(folder, MANIFEST)
    if found is None:
        return Manifest("absent", {})
    if not found.digest:
        raise EdgeqError(
            f"output {folder / MANIFEST}", "it is no plain file that can be read", "move it away"
        )
    content = _content(folder)
    return (
        Manifest("damaged", {}) if content is None else Manifest("read", _hashes(content["files"]))
    )


def read_facts(folder: Path) -> ProjectFacts:
    """Name, framework and board of the project in a folder. Raises EdgeqError where its manifest
    does not say them, or says what `generate` would not.
    """
    remedy = "give the folder that `edgeq generate -o` wrote"
    if not folder.is_dir() or look(folder, MANIFEST) is None:
        raise EdgeqError(f"folder {folder}", f"it has no {MANIFEST}", remedy)
    content = _content(folder) or {}
    name, framework, board = (content.get(key) for key in ("name", "framework", "board"))
    if not isinstance(name, str) or c_identifier(name) != name:
        raise EdgeqError(f"{folder / MANIFEST}", "it names no project", remedy)
    if framework not in FRAMEWORKS:
        raise EdgeqError(f"{folder / MANIFEST}", "it names no framework that is known", remedy)
    if board is not None and not isinstance(board, str):
        raise EdgeqError(f"{folder / MANIFEST}", "its board is no name", remedy)
    return ProjectFacts(name, framework, board)


def render_manifest(facts: Mapping[str, Any], hashes: Mapping[str, str]) -> bytes:
    """The manifest's text: facts about the project, then the hash of every file."""
    fields = {
        "generator": "edgeq",
        "license": LICENSE,
        **facts,
        "files": dict(sorted(hashes.items())),
    }
    return (json.dumps(fields, indent=2) + "\n").encode()


def _content(folder: Path) -> dict[str, Any] | None:
    raw = bytes_of(folder, MANIFEST, LARGEST)
    try:
        content = None if raw is None else parse_json(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict) or content.get("generator") != "edgeq":
        return None
    return content if isinstance(content.get("files"), (dict, list)) else None


def _hashes(files: dict[str, object] | list[object]) -> dict[str, str]:
    named = files.items() if isinstance(files, dict) else ((path, UNKNOWN) for path in files)
    return {
        path: text if isinstance(text, str) and _HASH.fullmatch(text) else UNKNOWN
        for path, text in named
        if isinstance(path, str) and is_inside(path) and path != MANIFEST
    }

"""The archive of an exported program (`torch.export.save`), copied without what PyTorch would run.

`torch.export.load` unpickles samples and custom objects and loads compiled code. The copy has the
graph, which `exported_graph` checks, and plain weights alone.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

from edgeq.errors import EdgeqError, shown
from edgeq.files import MAX_MODEL_BYTES
from edgeq.frontends.exported_graph import AGAIN, FILE, Json, check, clean, modules_of
from edgeq.plain_json import parse_json

MAX_GRAPH = 64 << 20  # bytes of the graph's JSON

_MODEL, _WEIGHTS, _CONSTANTS = "models/model.json", "data/weights/", "data/constants/"
_TABLES = {
    _WEIGHTS: f"{_WEIGHTS}model_weights_config.json",
    _CONSTANTS: f"{_CONSTANTS}model_constants_config.json",
}
_MALFORMED = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What reading a graph raises whose objects are not those of the format."""


def copy_archive(source: Path, to: Path) -> dict[str, str]:
    """Writes a safe copy of an archive; for each node the path of its module, as `features.0.conv`.

    Raises EdgeqError for files of another kind or of older PyTorch, for what is too large, and for
    everything that is not on the lists of this module.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            members = _members(archive)
            graph = _json(members.get(_MODEL), archive)
            tables = {place: _json(members.get(name), archive) for place, name in _TABLES.items()}
            modules = modules_of(graph)
            files = {
                f"{place}{name}": archive.read(_present(members, f"{place}{name}"))
                for place, table in tables.items()
                for name in sorted(_payloads(table))
            }
        clean(graph)
        for checked in (graph, *tables.values()):
            check(checked)
    except (zipfile.BadZipFile, *_MALFORMED) as error:
        raise EdgeqError("", "it is no exported program", AGAIN) from error
    texts = {_MODEL: graph} | {_TABLES[place]: table for place, table in tables.items()}
    fixed = {
        "archive_format": b"pt2",
        "archive_version": b"0",
        "byteorder": b"little",
        ".data/version": b"6",
        "data/sample_inputs/model.pt": b"",
    }
    with zipfile.ZipFile(to, "w") as copy:
        for name, content in (
            *fixed.items(),
            *((name, json.dumps(text).encode()) for name, text in texts.items()),
            *files.items(),
        ):
            copy.writestr(f"model/{name}", content)
    return modules


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The files of the archive without its first folder. EdgeqError where they unpack to too much."""
    total = sum(member.file_size for member in archive.infolist())
    if total > MAX_MODEL_BYTES:
        why = f"it unpacks to {total:,} bytes, at most {MAX_MODEL_BYTES:,} are read"
        raise EdgeqError("", why, "make the model smaller")
    members = {m.filename.partition("/")[2]: m for m in archive.infolist()}
    if any(name.startswith("data/aotinductor/") for name in members):
        why = "it holds compiled code, which is not taken from a file"
        raise EdgeqError("", why, "save the exported program itself by torch.export.save")
    if _MODEL not in members:
        raise EdgeqError("", "it holds no exported program of the name 'model'", AGAIN)
    return members


def _present(members: Mapping[str, zipfile.ZipInfo], name: str) -> zipfile.ZipInfo:
    if name not in members:
        raise EdgeqError("", f"its {shown(name)} is missing", AGAIN)
    return members[name]


def _json(member: zipfile.ZipInfo | None, archive: zipfile.ZipFile) -> Json:
    if member is None:
        raise EdgeqError("", "its weights are saved in an older form, as Python pickles", AGAIN)
    if member.file_size > MAX_GRAPH:
        raise EdgeqError("", f"its graph has over {MAX_GRAPH:,} bytes", "make the model smaller")
    found = parse_json(archive.read(member))
    if not isinstance(found, dict):
        raise ValueError("no JSON object")
    return found


def _payloads(table: Json) -> set[str]:
    """The files of a table of weights. EdgeqError for those that are unpickled."""
    files = set()
    for entry in table["config"].values():
        if entry.get("use_pickle") or not FILE.fullmatch(entry["path_name"]):
            why = "some of its weights are Python pickles, which run code"
            raise EdgeqError("", why, "export plain tensors alone")
        files.add(entry["path_name"])
    return files

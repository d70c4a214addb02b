"""A framework's project: the engine's sources in their folder, and its rendered templates.

Every `*.j2` file of the framework's folder is rendered to the same path without `.j2`, with
`__prefix__` in the path replaced; one that renders to nothing is left out. Where the layout names
an archive, a zip file with the files of that folder lies beside it.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from edgeq.codegen.templates import render
from edgeq.frameworks import Layout
from edgeq.resources import resource_folder


def written_once(layout: Layout, prefix: str) -> frozenset[str]:
    """The paths of a project's files that belong to its user once they are written."""
    return frozenset(path.format(prefix=prefix) for path in layout.yours)


def render_project(
    layout: Layout, context: Mapping[str, Any], sources: Mapping[str, str]
) -> dict[str, bytes]:
    """The files of a project, path -> content: the engine's sources in their folder, the rendered
    scaffold, and the archive if the layout has one.
    """
    templates = resource_folder("firmware_templates") / layout.name
    prefix = context["prefix"]
    place = layout.sources.format(prefix=prefix)
    files = {f"{place}/{name}" if place else name: text for name, text in sources.items()}
    names = {**context, "sources": place, "source_files": sorted(sources)}
    for template in sorted(templates.rglob("*.j2")):
        relative = template.relative_to(templates).as_posix()
        text = render(f"{layout.name}/{relative}", names)
        if text.strip():
            files[relative.removesuffix(".j2").replace("__prefix__", prefix)] = text
    made = {path: text.encode() for path, text in files.items()}
    if layout.archive is None:
        return made
    folder = layout.archive.format(prefix=prefix)
    name = layout.archive_file or f"{layout.archive}.zip"
    start = f"{folder}/" if layout.archive_at_root else ""
    inside = {
        path.removeprefix(start): content
        for path, content in made.items()
        if path.startswith(f"{folder}/")
    }
    return {**made, name.format(prefix=prefix): _archive(inside)}


def _archive(files: Mapping[str, bytes]) -> bytes:
    """A zip file. Nothing is compressed and every file has one date, so that its bytes follow from
    the files alone.
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path)
            entry.create_system = 3  # Unix, on every host
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, files[path])
    return content.getvalue()

"""Framework scaffolds: each is one folder of `firmware_templates/` with a `layout.yaml` and templates, nothing else.

layout.yaml:
    title: what the project is, for people
    sources: folder of the engine's files in the project; `{prefix}` is the model's name
    board_required: whether its build files name a board
    yours: files that are there to be edited, so that they are written once and never again
    tflm_kernels: the kernels in the framework's TFLM library; where it is left out, those that the board names
Every `*.j2` file of the folder is rendered to the same path without `.j2`, with `__prefix__` in the path replaced; one
that renders to nothing is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edgeq.boards import Kernels
from edgeq.codegen.templates import render
from edgeq.errors import EdgeqError
from edgeq.resources import resource_folder


@dataclass(frozen=True)
class Layout:
    """A framework's `layout.yaml`."""

    name: str
    title: str
    sources: str
    board_required: bool
    yours: tuple[str, ...]
    tflm_kernels: Kernels | None


def _frameworks() -> tuple[str, ...]:
    return tuple(sorted(path.parent.name for path in resource_folder("firmware_templates").glob("*/layout.yaml")))


FRAMEWORKS = _frameworks()


def load_layout(framework: str) -> Layout:
    """The layout of a framework; EdgeqError, naming those there are, for an unknown one."""
    import yaml

    if framework not in FRAMEWORKS:
        raise EdgeqError(f"framework {framework!r}", "it is not known", f"choose one of {', '.join(FRAMEWORKS)}")
    text = (resource_folder("firmware_templates") / framework / "layout.yaml").read_text()
    fields = yaml.safe_load(text)
    title, sources, board_required = (fields[key] for key in ("title", "sources", "board_required"))
    return Layout(framework, title, sources, board_required, tuple(fields.get("yours", ())), fields.get("tflm_kernels"))


def written_once(layout: Layout, prefix: str) -> frozenset[str]:
    """The paths of a project's files that belong to its user once they are written."""
    return frozenset(path.format(prefix=prefix) for path in layout.yours)


def render_project(layout: Layout, context: Mapping[str, Any], sources: Mapping[str, str]) -> dict[str, bytes]:
    """The files of a project, path -> content: the engine's sources in their folder and the rendered scaffold."""
    folder = resource_folder("firmware_templates") / layout.name
    prefix = context["prefix"]
    place = layout.sources.format(prefix=prefix)
    files = {f"{place}/{name}" if place else name: text for name, text in sources.items()}
    names = {**context, "sources": place, "source_files": sorted(sources)}
    for template in sorted(folder.rglob("*.j2")):
        relative = template.relative_to(folder).as_posix()
        text = render(f"{layout.name}/{relative}", names)
        if text.strip():
            files[relative.removesuffix(".j2").replace("__prefix__", prefix)] = text
    return {path: text.encode() for path, text in files.items()}

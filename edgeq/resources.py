"""Where `boards/` and `firmware_templates/` are: next to the package in a checkout, inside it in a
wheel.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def resource_folder(name: str) -> Path:
    """The folder `boards` or `firmware_templates` of this installation."""
    packed = _PACKAGE / "_data" / name
    return packed if packed.is_dir() else _PACKAGE.parent / name


def template_folders(pattern: str) -> tuple[str, ...]:
    """The names of the folders, sorted, with a file below `firmware_templates` that a pattern matches."""
    found = resource_folder("firmware_templates").glob(pattern)
    return tuple(sorted(path.parent.name for path in found))

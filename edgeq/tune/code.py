"""Which edgeq computes a trial: figures of another are not to be mixed with its own."""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOMS = (
    "data", "files", "fixedpoint", "graph", "metrics", "opkit", "ops", "quantize", "runtime", "simulate", "tune",
)  # fmt: skip
"""Folders and modules of edgeq that a trial is computed from."""


def code_version() -> str:
    """The package's version, and twelve digits of the SHA-256 of the rooms that a trial is computed from."""
    root = Path(__file__).resolve().parent.parent
    total = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        place = path.relative_to(root)
        if place.parts[0].removesuffix(".py") in ROOMS:
            total.update(f"{place.as_posix()};".encode() + path.read_bytes())
    try:
        number = version("edgeq")
    except PackageNotFoundError:
        number = "not installed"
    return f"{number}, {total.hexdigest()[:12]}"

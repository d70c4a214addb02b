"""The version of the code that computes a trial, so that results of different code are not mixed."""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = (
    "cleanup",
    "data",
    "files",
    "fixedpoint",
    "graph",
    "metrics",
    "opkit",
    "ops",
    "quantize",
    "runtime",
    "simulate",
    "tune",
)
"""Packages and modules of edgeq that affect the result of a trial."""


def code_version() -> str:
    """The package's version, and twelve digits of the SHA-256 of the source files that trials
    depend on.
    """
    root = Path(__file__).resolve().parent.parent
    total = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        place = path.relative_to(root)
        if place.parts[0].removesuffix(".py") in PACKAGES:
            total.update(f"{place.as_posix()};".encode() + path.read_bytes())
    try:
        number = version("edgeq")
    except PackageNotFoundError:
        number = "not installed"
    return f"{number}, {total.hexdigest()[:12]}"

"""The interpreters that oracles run on: which package, which version, and versions by name."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from edgeq.runtime import PACKAGES

Versions: TypeAlias = Mapping[str, tuple[str, ...]]
"""Package -> prefixes of its versions, "" for all."""

TFLITE_RUNTIME: Versions = {"tflite-runtime": ("2.14",)}
BOTH: Versions = {**TFLITE_RUNTIME, "ai-edge-litert": ("1.", "2.")}
LITERT: Versions = {"ai-edge-litert": BOTH["ai-edge-litert"]}
TFLM: Versions = {"tflite-micro": ("",)}

_PACKAGES = {"tflite-runtime": PACKAGES, "tflm": ("tflite_micro",)}
"""Oracle -> import names of the packages it can run on; the first that is installed is used."""


@dataclass(frozen=True)
class Interpreter:
    """A package on PyPI and its version, "" if not installed."""

    package: str
    version: str

    def __str__(self) -> str:
        return f"{self.package} {self.version}".strip()


@functools.cache  # searching the installed packages takes as long as a small model
def interpreter_of(oracle: str) -> Interpreter:
    """The interpreter that an oracle of `ORACLES` would run on; nothing is imported."""
    for package in _PACKAGES.get(oracle, ()):
        if importlib.util.find_spec(package) is not None:
            name = package.replace("_", "-")
            return Interpreter(name, importlib.metadata.version(name))
    return Interpreter(oracle, "")

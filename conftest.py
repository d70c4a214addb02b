"""Which modules are searched for examples in docstrings, and what the garbage collector looks at."""

from __future__ import annotations

import gc
from collections.abc import Generator
from pathlib import Path

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keeps modules and collected tests, which stay to the end, from the garbage collector, which
    would visit them again and again: a quarter of the time of fast tests. What tests make lives
    short, most of it without cycles, so the collector looks after 50,000 objects, not after 700.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(
    file_path: Path,
) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Leaves out modules without examples: importing all of edgeq would import TensorFlow."""
    found = yield
    if file_path.suffix != ".py" or ">>>" in file_path.read_text(encoding="utf-8"):
        return found
    return [collector for collector in found if type(collector) is pytest.Module]

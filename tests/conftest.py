"""What every test shares: which are left to `make test`, and the models that they run on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from stand_ins.architectures import FLOAT_FILES, INTEGER_FILES
from stand_ins.floats import write_float_model
from stand_ins.integers import integer_model

from edgeq.graph import write_tflite

CHECKOUT = Path(__file__).resolve().parent.parent
PUBLISHED = Path(os.environ.get("EDGEQ_SHARED", CHECKOUT.parent / "shared")) / "models"
SEED = 1
left_out: list[str] = []


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks as slow whatever names Clang; leaves out what only the published models can show, where
    they are not.

    GCC builds the same as Clang, or nearly, in `make check`.
    """
    for item in items:
        if "clang" in item.name:
            item.add_marker(pytest.mark.slow)
    if PUBLISHED.is_dir() or os.environ.get("CI") == "true":
        return
    left_out.extend(item.nodeid for item in items if item.get_closest_marker("published"))
    items[:] = [item for item in items if not item.get_closest_marker("published")]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Names what was left out, and why."""
    if left_out:
        terminalreporter.section("left out: figures of the published models, which are not here")
        terminalreporter.write_line(
            f"no folder {PUBLISHED}; set EDGEQ_SHARED to the folder that holds `models`"
        )
        for name in left_out:
            terminalreporter.write_line(f"  {name}")


@pytest.fixture(scope="session")
def shared_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the int8 MLPerf Tiny models: the published files, or stand-ins of the same
    names and operators.
    """
    if PUBLISHED.is_dir():
        return PUBLISHED
    folder = tmp_path_factory.mktemp("integer-models")
    for name, architecture in INTEGER_FILES.items():
        (folder / f"{name}.tflite").write_bytes(write_tflite(integer_model(architecture, SEED)))
    return folder


@pytest.fixture(scope="session")
def shared_float_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the same models in float, as Keras writes them: the published weights, or
    seeded random ones.
    """
    if PUBLISHED.is_dir():
        return PUBLISHED
    folder = tmp_path_factory.mktemp("float-models")
    for name, architecture in FLOAT_FILES.items():
        write_float_model(architecture, folder / name, SEED)
    return folder


@pytest.fixture(scope="session")
def published_models() -> Path:
    """The folder of the published models, for their figures; a test that asks for it is marked
    `published`.
    """
    if not PUBLISHED.is_dir():
        pytest.fail(
            f"no published models at {PUBLISHED}; set EDGEQ_SHARED to the folder that holds `models`"
        )
    return PUBLISHED

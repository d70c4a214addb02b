"""What every test shares: which are left to `make test`, and where the models handed to the project are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leaves to `make test` whatever names Clang: GCC builds the same, or nearly, in `make check`."""
    for item in items:
        if "clang" in item.name:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def shared_models() -> Path:
    """The directory of the shared models, next to the checkout or named by EDGEQ_SHARED.

    Without it a test fails in CI; on a developer's machine it is skipped, and named with the reason at the end.
    """
    shared = Path(os.environ.get("EDGEQ_SHARED", CHECKOUT.parent / "shared"))
    models = shared / "models"
    if models.is_dir():
        return models
    reason = f"no shared models at {models}; set EDGEQ_SHARED to the directory that holds `models`"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)

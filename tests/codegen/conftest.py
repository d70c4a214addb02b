"""What tests of generated projects share."""

from __future__ import annotations

from pathlib import Path

import pytest
from codegen.mega import compile_core


@pytest.fixture(scope="session")
def core(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the object files of Arduino's AVR core (its C and C++ sources), for the Mega 2560."""
    return compile_core(tmp_path_factory.mktemp("core"))

"""Compilers and emulators that a test needs: without them it fails in CI, and is skipped elsewhere."""

import os

import pytest

from edgeq.verify.emulators import EMULATORS
from edgeq.verify.targets import Compiler, Target
from edgeq.verify.toolchain import MissingToolError, choose_compiler


def needed(target: Target, compiler: str | None = None) -> Compiler:
    """The target's compiler of that name, or its first; its emulator is there as well."""
    try:
        EMULATORS[target.runner].version(target)
        return choose_compiler(target, compiler)
    except MissingToolError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))

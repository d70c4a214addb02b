"""`edgeq.convert` and its like are packages with modules and functions with signatures at once."""

from __future__ import annotations

import inspect
import pydoc
import re
import subprocess
import sys
from importlib import import_module
from types import FunctionType, ModuleType

import pytest

import edgeq

OPERATIONS = [name for name in edgeq.__all__ if not isinstance(getattr(edgeq, name), type)]
PACKAGES = [name for name in OPERATIONS if isinstance(getattr(edgeq, name), ModuleType)]


def function_of(name: str) -> FunctionType:
    """The function that `edgeq.<name>` stands for."""
    operation = getattr(edgeq, name)
    if isinstance(operation, FunctionType):
        return operation
    found = getattr(import_module(f"edgeq.{name}.{operation._function_module}"), name)
    assert isinstance(found, FunctionType)
    return found


def test_every_operation_of_the_command_line_is_among_them() -> None:
    assert {
        "convert",
        "simulate",
        "verify",
        "qat",
        "tune",
        "explain",
        "fit",
        "flash",
        "report",
    } == set(PACKAGES)
    assert {"generate", "inspect", "bench"} <= set(OPERATIONS)


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_signature_is_that_of_the_function(name: str) -> None:
    signature = inspect.signature(getattr(edgeq, name))
    assert signature == inspect.signature(function_of(name))
    assert "kwargs" not in signature.parameters


@pytest.mark.parametrize("name", OPERATIONS)
def test_help_shows_signature_and_docstring(name: str) -> None:
    text = " ".join(pydoc.plain(pydoc.render_doc(getattr(edgeq, name))).split())
    documented = inspect.getdoc(function_of(name))
    assert documented is not None
    assert f"{name}(" in text
    assert all(" ".join(part.split()) in text for part in documented.split("\n\n"))


@pytest.mark.parametrize("name", PACKAGES)
def test_help_begins_with_a_summary_and_gives_each_parameter_a_line(name: str) -> None:
    text = pydoc.plain(pydoc.render_doc(getattr(edgeq, name)))
    title, summary, description = text.split("NAME\n")[1].partition("\n\nDESCRIPTION\n")
    assert summary
    assert re.fullmatch(rf"    edgeq\.{name} - [A-Z][^\n]*\.", title)
    call = description.partition("\n    ) -> ")[0].splitlines()
    assert call[0] == f"    {name}("
    parameters = inspect.signature(function_of(name)).parameters
    names = [re.split("[:,]", line.strip())[0] for line in call[1:]]
    assert [name for name in names if name != "*"] == list(parameters)


def test_help_lists_what_is_not_imported_yet() -> None:
    listed = subprocess.run(
        [sys.executable, "-c", "import edgeq; print(*dir(edgeq))"], capture_output=True, text=True
    ).stdout.split()
    assert set(edgeq.__all__) <= set(listed)


@pytest.mark.parametrize("name", PACKAGES)
def test_the_package_keeps_its_modules(name: str) -> None:
    package = getattr(edgeq, name)
    assert package is import_module(f"edgeq.{name}")
    assert package.__path__
    with pytest.raises(TypeError, match=rf"{name}\(\)"):
        package()

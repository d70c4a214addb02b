"""A package that is also a function: `edgeq.convert(...)` calls the function `convert` of the
package `edgeq.convert`, which keeps its modules.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

UNQUOTED = re.compile(r": '([^']*)'")
"""An annotation that is kept as text, as `inspect` shows it."""


class CallablePackage(ModuleType):
    """A package whose call, signature and documentation are those of the function of its own name.

    The function is imported from the package's module `_function_module` when it is first asked
    for, so that importing the package stays cheap.
    """

    _function_module: str

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._function(*args, **kwargs)

    @property
    def _function(self) -> Callable[..., Any]:
        module = import_module(f"{self.__name__}.{self._function_module}")
        function: Callable[..., Any] = vars(module)[self.__name__.rpartition(".")[2]]
        return function

    @property
    def __signature__(self) -> inspect.Signature:
        return inspect.signature(self._function)


def _documentation(package: CallablePackage) -> str:
    """What `help` shows of a package: the first paragraph of its function's docstring in one line,
    the function's signature with a line for each parameter, the rest of the docstring, and the
    package's own.
    """
    function = package._function
    first, _, rest = (inspect.getdoc(function) or "").partition("\n\n")
    parts = [" ".join(first.split()), _call(function), rest, vars(package)["__doc__"] or ""]
    return "\n\n".join(part.strip() for part in parts if part.strip())


def _call(function: Callable[..., Any]) -> str:
    """A function's name, parameters and result, annotations as they are written."""
    signature = inspect.signature(function)
    lines, keyword_only = [], False
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and not keyword_only:
            lines.append("*")
            keyword_only = True
        lines.append(UNQUOTED.sub(r": \1", str(parameter)))
    inner = "".join(f"    {line},\n" for line in lines)
    return f"{function.__name__}(\n{inner}) -> {signature.return_annotation}"


# A property in place of the class's docstring, which the statement above would set: `help` and
# `inspect.getdoc` read `__doc__` of the package through it.
CallablePackage.__doc__ = property(_documentation)  # type: ignore[assignment]


def make_callable(package: str, module: str) -> None:
    """Makes the package `edgeq.<name>` callable as the function `<name>` of its module `module`."""
    made = sys.modules[package]
    made.__class__ = CallablePackage
    vars(made)["_function_module"] = module

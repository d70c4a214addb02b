"""A package that is also a function: `edgeq.convert` is a room of the house and the operation of that name."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class CallableRoom(ModuleType):
    """A package whose call is the function of its own name, found in its module `_function_module`."""

    _function_module: str

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        module = import_module(f"{self.__name__}.{self._function_module}")
        return getattr(module, self.__name__.rpartition(".")[2])(*args, **kwargs)


def make_callable(package: str, module: str) -> None:
    """Makes the package `edgeq.<name>` callable as the function `<name>` of its module `module`."""
    room = sys.modules[package]
    room.__class__ = CallableRoom
    vars(room)["_function_module"] = module

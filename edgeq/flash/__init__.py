"""`flash`: a generated project on its board, by the ecosystem's own tool."""

from edgeq.callable_package import make_callable
from edgeq.flash.flash import flash
from edgeq.flash.result import FlashResult

__all__ = ["FlashResult", "flash"]

make_callable(__name__, "flash")

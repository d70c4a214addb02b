"""The engines with which a project can run models, a row each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from edgeq.boards import Board
from edgeq.codegen.engine import Engine, NamedModel
from edgeq.codegen.native import NativeOptions, native_engine
from edgeq.codegen.tflm import tflm_engine

RenderEngine = Callable[[Sequence[NamedModel], str, Board | None, NativeOptions], Engine]
"""(models, name of the project, board, options of the native engine) -> the engine's files and
sizes.
"""


@dataclass(frozen=True)
class EngineRow:
    """An engine: what renders its files, and what it needs of framework and board. A project's
    templates find it as `engine`.

    title: what its code is called in a project's README.
    cxx: whether its source is C++, and not C.
    tflm_library: whether the project links a TFLM library. Its kernels, and so the memory that
        they take, are those that the framework or the board names.
    shares_arena: whether models that run in turn can have one arena, since nothing that an
        inference needs stays there from the one before.
    """

    render: RenderEngine
    title: str
    cxx: bool
    tflm_library: bool
    shares_arena: bool


ENGINES: Mapping[str, EngineRow] = {
    "native": EngineRow(
        native_engine, "Native C99", cxx=False, tflm_library=False, shares_arena=True
    ),
    "tflm": EngineRow(tflm_engine, "TFLM", cxx=True, tflm_library=True, shares_arena=False),
}

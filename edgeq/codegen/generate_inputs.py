"""The checks of what `generate` is asked for: board, engine, labels and self-test vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edgeq.boards import Board, find_board
from edgeq.codegen.engines import ENGINES
from edgeq.codegen.selftest import MAX_VECTORS
from edgeq.errors import EdgeqError
from edgeq.features import FrontEnd, front_end
from edgeq.frameworks import Layout
from edgeq.graph import Model


def project_board(name: str | None, layout: Layout, engine: str) -> Board | None:
    """The board, which must know the framework, and run TFLM if the engine links it; then with the
    framework's TFLM kernels if it has its own. None without a name, where the framework needs none.

    Raises EdgeqError for an unknown engine or board, and for a combination that does not work.
    """
    if engine not in ENGINES:
        raise EdgeqError(
            f"engine {engine!r}", "it is not known", f"choose one of {', '.join(ENGINES)}"
        )
    linked = ENGINES[engine].tflm_library
    kernels = layout.tflm_kernels if linked else None
    if name is None:
        if layout.board_required:
            raise EdgeqError(
                f"framework {layout.name}",
                "its build files name a board",
                "give --board; `edgeq boards` lists them",
            )
        if kernels is not None:
            raise EdgeqError(
                f"engine {engine} with {layout.name}",
                f"how much memory {kernels} takes depends on the core",
                "give --board; `edgeq boards`",
            )
        return None
    board = find_board(name)
    board.framework(layout.name)
    if linked and board.tflm_kernels is None:
        raise EdgeqError(
            f"engine {engine} on {board.name}",
            "TFLM does not run on this board",
            "use --engine native",
        )
    return board if kernels is None else replace(board, tflm_kernels=kernels)


def audio_front_end(model: Model, features: str | None) -> FrontEnd | None:
    """The front end that the firmware gets. features: `micro`, `none`, or None for what the model's
    metadata say, which is none in most; `micro` has the parameters of pymicro-features where the
    metadata have none.

    Raises EdgeqError for other words, and for metadata that are no front end.
    """
    if features not in (None, "micro", "none"):
        raise EdgeqError(f"--features {features}", "it is not known", "choose micro or none")
    if features == "none" or (features is None and not model.front_end):
        return None
    return front_end(model.front_end, "the model") if model.front_end else FrontEnd()


def output_labels(labels: Sequence[str], model: Model) -> Sequence[str]:
    """The label of each output: a single one that tells two classes apart is the chance of the
    second.
    """
    single = model.main.tensors[model.main.outputs[0]].size == 1
    return labels[1:] if single and len(labels) == 2 else labels


def check_options(model: Model, labels: Sequence[str], selftest: int) -> None:
    """Raises EdgeqError for more or fewer labels than the first output has elements, and for a number
    of self-test vectors that cannot be put in.
    """
    if not 0 <= selftest <= MAX_VECTORS:
        raise EdgeqError(
            f"{selftest} self-test vectors",
            f"0 to {MAX_VECTORS} are possible",
            "give another number",
        )
    classes = model.main.tensors[model.main.outputs[0]].size
    if labels and len(labels) != classes:
        raise EdgeqError(
            f"{len(labels)} labels",
            f"the model's first output has {classes} elements",
            "give one label for each, in their order",
        )

"""Whether a board holds a generated model: its flash, its RAM, and each of its arrays."""

from __future__ import annotations

from collections.abc import Sequence

from edgeq.boards import LARGEST_OBJECT, Board, fits
from edgeq.codegen.engine import Engine
from edgeq.codegen.selftest import Vectors
from edgeq.errors import DoesNotFitError


def check_fit(board: Board, framework: str, engine: Engine, flash_bytes: int) -> None:
    """Raises DoesNotFitError, with by how much, where flash or RAM is too small for the project."""
    fit = fits(board, flash_bytes, engine.ram_bytes, framework)
    if not fit.fits:
        raise DoesNotFitError(
            f"{engine.prefix} does not fit {board.title}",
            fit.why,
            "choose a larger board or a smaller model",
        )


def needs_psram(board: Board | None, framework: str, engine: Engine) -> bool:
    """Whether the board holds the arena in its PSRAM alone."""
    if board is None:
        return False
    return not fits(board, 0, engine.ram_bytes, framework, psram=False).fits


def check_arrays(board: Board, engine: Engine, vectors: Sequence[Vectors]) -> None:
    """Raises DoesNotFitError for an array larger than the compiler of the board's core takes."""
    limit = LARGEST_OBJECT.get(board.core)
    sizes = [(array.note, array.nbytes) for array in engine.arrays]
    for one in vectors:
        arrays = (*one.inputs, *one.outputs)
        sizes += [(f"self-test vectors {i}", v.nbytes) for i, v in enumerate(arrays)]
    for what, nbytes in sizes:
        if limit is not None and nbytes > limit:
            raise DoesNotFitError(
                f"{engine.prefix} does not fit {board.title}",
                f"{what} takes {nbytes} bytes, {nbytes - limit} more than the {limit} that an array can have there",
                "choose a larger board, smaller layers or fewer self-test vectors",
            )

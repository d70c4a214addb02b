"""The options of the native engine that commands share: declared once, and given to commands as two
values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edgeq.cli.options import FeedRows, KeepDead, Kernels, MaxExtraMacs, MaxRam, Optimize

if TYPE_CHECKING:
    from edgeq.codegen.native import NativeOptions


@dataclass(frozen=True)
class CodeChoices:
    """Which C computes the layers; each field is an option of its own name."""

    optimize: Optimize = "default"
    kernels: Kernels = None
    keep_dead_channels: KeepDead = False


@dataclass(frozen=True)
class MemoryChoices:
    """What the arena may take, and at what price; each field is an option of its own name."""

    feed_rows: FeedRows = False
    max_ram: MaxRam = None
    max_extra_macs: MaxExtraMacs = 0.0


DEFAULT_CODE, DEFAULT_MEMORY = CodeChoices(), MemoryChoices()


def native_options(
    code: CodeChoices = DEFAULT_CODE, memory: MemoryChoices = DEFAULT_MEMORY
) -> NativeOptions:
    """What the native engine is told. `--kernels` is the name of a vendor's library, or else a folder;
    a folder of a library's name is told by its whole path.
    """
    from edgeq.codegen.native import NativeOptions
    from edgeq.opkit.libraries import LIBRARIES

    library = LIBRARIES.get(str(code.kernels))
    return NativeOptions(
        code.optimize,
        code.kernels if library is None else None,
        code.keep_dead_channels,
        library=library,
        **vars(memory),
    )

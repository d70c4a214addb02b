"""What a board is fed over the wire."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from edgeq.codegen.native import NativeOptions
from edgeq.data import Samples
from edgeq.graph import Model
from edgeq.opkit.node import Values


@dataclass(frozen=True)
class Feed:
    """What a board is fed. model: cleaned up. inputs: of each of its inputs [samples, *shape].

    samples: the same data with labels, if there are some. layers: the options of the firmware's
    engine, where every layer is to be checked and timed; None where outputs are enough. tensors:
    whether the board is to send what each layer writes, which takes `layers`. progress: called with
    how many further samples are done.
    """

    model: Model
    inputs: Sequence[Values]
    samples: Samples | None = None
    layers: NativeOptions | None = None
    tensors: bool = False
    progress: Callable[[int], None] | None = None

"""A float model as its own framework computes it, with which the .tflite made of it is compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from edgeq.data import Samples

Outputs = list[npt.NDArray[np.generic]]


@dataclass(frozen=True, eq=False)
class LayerValues:
    """What every layer gives for samples.

    places: of the layers, for messages, in the order of computation. values: of each [samples,
    elements]. content: a .tflite whose outputs are the same values. inputs: what it takes, an array
    [samples, ...] for each input.
    """

    places: Sequence[str]
    values: Outputs
    content: bytes
    inputs: Sequence[npt.NDArray[np.generic]]


class Reference(Protocol):
    """framework: what computes the model, for messages. outputs: their names, in the .tflite's order."""

    @property
    def framework(self) -> str: ...

    @property
    def outputs(self) -> tuple[str, ...]: ...

    def __call__(self, samples: Samples) -> Outputs:
        """Every output, [samples, *shape without the batch axis]. Raises EdgeqError where that
        fails or takes too long.
        """

    def layer_values(self, samples: Samples) -> LayerValues:
        """The values of all layers. Raises EdgeqError or what a framework raises where a .tflite
        with all of them as outputs cannot be made.
        """

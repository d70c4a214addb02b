"""The libraries of vendors whose functions can compute layers in place of edgeq's kernels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Library:
    """A vendor's library of kernels.

    name: as `--kernels` takes it. title: as documents call it. version: that whose portable C was
    compared with the simulator (docs/vendor-kernels.md). alignment: bytes, a multiple of which every
    tensor, scratch and array of int8 weights starts at. tree: the environment variable with the folder
    of its sources, for runs on this machine.
    """

    name: str
    title: str
    version: str
    alignment: int
    tree: str

    @property
    def suffix(self) -> str:
        """What the names of kernels that call it end with."""
        return self.name.replace("-", "_")


ESP_NN = Library("esp-nn", "ESP-NN", "1.2.3", 16, "EDGEQ_ESP_NN")
CMSIS_NN = Library("cmsis-nn", "CMSIS-NN", "7.0.0", 4, "EDGEQ_CMSIS_NN")
LIBRARIES: Mapping[str, Library] = {library.name: library for library in (ESP_NN, CMSIS_NN)}

"""The sizes of a convolution by which vendors' libraries say how much scratch they want."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod


@dataclass(frozen=True)
class ConvolutionSizes:
    """A convolution's sizes in [height, width] order; `padding` is what TFLite puts before the
    first row and column.
    """

    depth: int
    size: tuple[int, int]
    kernel: tuple[int, int]
    kernel_depth: int
    output: tuple[int, int]
    output_depth: int
    stride: tuple[int, int]
    dilation: tuple[int, int]
    padding: tuple[int, int]

    @property
    def taps(self) -> int:
        """Elements of a filter in one channel."""
        return prod(self.kernel)

    @property
    def pixels(self) -> int:
        """Pixels of the image."""
        return prod(self.size)

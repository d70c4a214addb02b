"""Depthwise convolutions one channel after the other, as per_channel.h computes them: lines, bands,
scratch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from edgeq.opkit.instruction_sets import (
    InstructionSet,
    instruction_sets,
    largest,
    most,
    smallest,
)
from edgeq.opkit.kernel_call import Parameter, extents, small_extents
from edgeq.opkit.node import Node, Values
from edgeq.opkit.windows import Window

BUFFER_BYTES = (
    768  # a channel longer than this is computed in bands of lines, as long as one output line fits
)


@dataclass(frozen=True)
class PerChannelLayout:
    """How a channel is cut into lines of positions. Lines are rows, or columns if `turned`.

    pitch: taps of a buffered line, padding included; band: output lines computed from one filling
    of the buffer.
    """

    lines: Window
    positions: Window
    turned: bool
    pitch: int
    band: int

    @property
    def filter_axes(self) -> tuple[int, ...]:
        """The axes of the file's weights [1, height, width, channels] in the order that the kernel
        reads: channels, then taps along lines.
        """
        return (3, 2, 1, 0) if self.turned else (3, 1, 2, 0)

    @property
    def buffered(self) -> int:
        """Input lines in the buffer."""
        return (self.band - 1) * self.lines.stride + self.lines.size

    @property
    def buffer_bytes(self) -> int:
        """The buffer on any instruction set."""
        return max(self._buffer_bytes(one) for one in instruction_sets())

    def _buffer_bytes(self, one: InstructionSet) -> int:
        return self.buffered * self.pitch * most("CHANNEL_TAP_BYTES", one)

    @property
    def bytes_3x3(self) -> int:
        """The buffer for 3x3 filters on any instruction set, and the lines that some lay side by
        side behind it; there they read a vector from wherever a window begins.
        """
        return max(
            self._buffer_bytes(one)
            + _side_by_side(most("3X3_LINES", one), self.pitch, most("3X3_VECTOR_BYTES", one))
            + self.positions.stride * most("3X3_VECTOR_BYTES", one)
            for one in instruction_sets()
        )

    @property
    def filter_bytes(self) -> int:
        """A channel's filter of any size, expanded to taps of the buffer's type; copies begin at
        the words' first tap, at their second, and so on, for windows that start there.
        """
        return max(
            self.lines.size
            * most("CHANNEL_TAP_BYTES", one)
            * _copies(self.positions.size, most("CHANNEL_FILTER_COPIES", one))
            for one in instruction_sets()
        )


def _side_by_side(lines: int, pitch: int, vector: int) -> int:
    """Bytes of lines of taps of a byte that lie side by side, each in whole vectors."""
    return lines * vector * -(-pitch // vector) if lines else 0


def _copies(taps: int, copies: int) -> int:
    """Taps of all copies of a filter's line in words of as many taps as there are copies."""
    return copies * copies * -(-(taps + copies - 1) // copies)


def fits_3x3(layout: PerChannelLayout, epilogue: Mapping[str, Parameter | None]) -> bool:
    """Whether the loops for 3x3 filters serve: they move by 1 or 2 along a line, the requantization epilogue
    is of the single-multiply form, and its constants fit 32 bits where an instruction set scales
    them so that the shift becomes its own.
    """
    scaled_shift = smallest("3X3_SHIFT")
    lines, positions, shift = layout.lines, layout.positions, epilogue["epilogue.shift"]
    if not lines.size == positions.size == 3 or positions.stride > 2:
        return False
    if (
        not epilogue["epilogue.single_multiply"]
        or not isinstance(shift, int)
        or shift > scaled_shift
    ):
        return False
    bias, _, offset = np.asarray(epilogue["epilogue.constants"], np.int64).T << (
        scaled_shift - shift
    )
    return bool(np.all(np.abs(bias) < 2**30) and np.all(np.abs(offset) < 2**30))


def per_channel_layout(rows: Window, columns: Window) -> PerChannelLayout:
    """The cut with the longer lines. Columns may be lines only where the output has all of the
    input's columns: then each channel's output column lies on its own input column, which was read
    before.
    """
    turned = columns.output == columns.input and rows.output > columns.output
    lines, positions = (columns, rows) if turned else (rows, columns)
    pairs = 2 * -(-positions.output // 2)  # inner loops compute two outputs at a time
    taps = max(positions.before + positions.input, (pairs - 1) * positions.stride + positions.size)
    pitch = -(-taps // 4) * 4
    fitting = BUFFER_BYTES // (pitch * largest("CHANNEL_TAP_BYTES"))
    band = max((fitting - lines.size) // lines.stride + 1, 1)
    band = (
        lines.output if band >= lines.output else max(band - band % 2, 1)
    )  # Helium computes two lines at a time
    return PerChannelLayout(lines, positions, turned, pitch, band)


def per_channel_parameters(
    node: Node, layout: PerChannelLayout, weights: Values | None
) -> dict[str, Parameter | None]:
    """The C fields of `edgeq_per_channel` (per_channel.h) without the requantization epilogue.

    weights: int8 [channels, taps along lines], None where they are decoded first.
    """
    x, y = node.input(0), node.output
    lines, positions, channels = layout.lines, layout.positions, x.shape[3]
    in_steps, out_steps = (
        (t.shape[2] * channels, channels)[:: -1 if layout.turned else 1] for t in (x, y)
    )
    return {
        "weights": weights,
        **extents(
            channels=channels,
            input_line_step=in_steps[0],
            input_position_step=in_steps[1],
            output_line_step=out_steps[0],
            output_position_step=out_steps[1],
        ),
        **small_extents(
            batches=x.shape[0],
            input_lines=lines.input,
            input_positions=positions.input,
            output_lines=lines.output,
            output_positions=positions.output,
            filter_lines=lines.size,
            filter_positions=positions.size,
            line_stride=lines.stride,
            position_stride=positions.stride,
            lines_before=lines.before,
            positions_before=positions.before,
            pitch=layout.pitch,
            band=layout.band,
        ),
        "input_zero_point": x.zero_point,
    }

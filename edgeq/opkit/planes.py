"""Depthwise convolutions one channel after the other, as planes.h computes them: lines, bands, scratch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from edgeq.opkit.contract import Node, Parameter, constant, extents, small_extents
from edgeq.opkit.windows import Window

BUFFER_BYTES = 768  # a plane longer than this is computed in bands of lines, as long as one output line fits
SHIFT = 8  # of the output stage as planes_dsp.h computes it
TAP_BYTES = 2  # on cores with the DSP extension; others take half


@dataclass(frozen=True)
class Planes:
    """How a channel's plane is cut into lines of positions. Lines are rows, or columns if `turned`.

    pitch: taps of a buffered line, padding included; band: output lines computed from one filling of the buffer.
    """

    lines: Window
    positions: Window
    turned: bool
    pitch: int
    band: int

    @property
    def buffered(self) -> int:
        """Input lines in the buffer."""
        return (self.band - 1) * self.lines.stride + self.lines.size

    @property
    def buffer_bytes(self) -> int:
        return self.buffered * self.pitch * TAP_BYTES

    @property
    def bytes_3x3(self) -> int:
        """The buffer for 3x3 filters. Helium keeps taps of one byte, then four lines of them, 16 positions at a time,
        and reads 16 bytes from wherever a window begins.
        """
        helium = self.buffered * self.pitch + 64 * -(-self.pitch // 16) + 16 * self.positions.stride
        return max(self.buffer_bytes, helium)

    @property
    def filter_bytes(self) -> int:
        """A channel's filter of any size, expanded to pairs for windows that start at even positions and odd ones."""
        return 8 * self.lines.size * (self.positions.size // 2 + 1)


def fits_3x3(planes: Planes, stage: Mapping[str, Parameter | None]) -> bool:
    """Whether the loops for 3x3 filters serve: they move by 1 or 2 along a line, the output stage is of the one-sided
    form, and its constants fit 32 bits when they are scaled so that the shift becomes SHIFT.
    """
    lines, positions, shift = planes.lines, planes.positions, stage["stage.shift"]
    if not lines.size == positions.size == 3 or positions.stride > 2:
        return False
    if not stage["stage.one_sided"] or not isinstance(shift, int) or shift > SHIFT:
        return False
    bias, _, offset = np.asarray(stage["stage.constants"], np.int64).T << (SHIFT - shift)
    return bool(np.all(np.abs(bias) < 2**30) and np.all(np.abs(offset) < 2**30))


def cut_planes(rows: Window, columns: Window) -> Planes:
    """The cut with the longer lines. Columns may be lines only where the output has all of the input's columns:
    then each channel's output column lies on its own input column, which was read before.
    """
    turned = columns.output == columns.input and rows.output > columns.output
    lines, positions = (columns, rows) if turned else (rows, columns)
    pairs = 2 * -(-positions.output // 2)  # inner loops compute two outputs at a time
    taps = max(positions.before + positions.input, (pairs - 1) * positions.stride + positions.size)
    pitch = -(-taps // 4) * 4
    fitting = BUFFER_BYTES // (pitch * TAP_BYTES)
    band = max((fitting - lines.size) // lines.stride + 1, 1)
    band = lines.output if band >= lines.output else max(band - band % 2, 1)  # Helium computes two lines at a time
    return Planes(lines, positions, turned, pitch, band)


def plane_parameters(node: Node, planes: Planes) -> dict[str, Parameter | None]:
    """The C fields of `edgeq_planes` (planes.h) without the output stage."""
    x, y = node.input(0), node.output
    lines, positions, channels = planes.lines, planes.positions, x.shape[3]
    axes = (3, 2, 1, 0) if planes.turned else (3, 1, 2, 0)
    weights = constant(node, 1).transpose(axes)
    in_steps, out_steps = ((t.shape[2] * channels, channels)[:: -1 if planes.turned else 1] for t in (x, y))
    return {
        "weights": np.ascontiguousarray(weights),
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
            pitch=planes.pitch,
            band=planes.band,
        ),
        "input_zero_point": x.zero_point,
    }

"""Cuts of planes: nothing that is still to be gathered is overwritten where the output lies on the input."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeq.opkit.planes import BUFFER_BYTES, TAP_BYTES, Planes, cut_planes
from edgeq.opkit.windows import window


@st.composite
def cuts(draw: st.DrawFn) -> tuple[Planes, int]:
    """A cut and how many columns an image has."""
    axes = []
    for _ in range(2):
        size, stride = draw(st.integers(1, 5)), draw(st.integers(1, 4))
        padding = draw(st.sampled_from(["SAME", "VALID"]))
        axes.append(window(padding, draw(st.integers(size if padding == "VALID" else 1, 40)), size, stride))
    rows, columns = axes
    return cut_planes(rows, columns), columns.input


@settings(max_examples=300, deadline=None)
@given(cuts())
def test_outputs_lie_on_pixels_that_were_read(cut: tuple[Planes, int]) -> None:
    """A channel alone, as no kernel touches another's bytes: pixels written, in the order of lines, and read."""
    planes, width = cut
    lines, positions = planes.lines, planes.positions
    out_width = lines.output if planes.turned else positions.output
    written = np.zeros(lines.input * positions.input, bool)
    gathered = 0
    for line in range(0, lines.output, planes.band):
        count = min(planes.band, lines.output - line)
        top = line * lines.stride - lines.before
        first = max(top, gathered, 0)
        end = max(min(top + (count - 1) * lines.stride + lines.size, lines.input), first)
        for i in range(first, end):
            at = np.arange(positions.input) * (width if planes.turned else 1) + i * (1 if planes.turned else width)
            assert not written[at].any()
        gathered = max(gathered, end)
        for o in range(line, line + count):
            at = np.arange(positions.output)
            written[at * out_width + o if planes.turned else o * out_width + at] = True


@given(cuts())
def test_a_buffer_is_small_or_holds_one_output_line(cut: tuple[Planes, int]) -> None:
    planes, _ = cut
    taps = planes.buffered * planes.pitch * TAP_BYTES
    assert taps <= BUFFER_BYTES or planes.band == 1
    assert taps <= planes.buffer_bytes
    assert planes.pitch * TAP_BYTES % 8 == 0
    assert 1 <= planes.band <= planes.lines.output


@given(cuts())
def test_a_line_of_the_buffer_has_room_for_pairs_of_outputs_and_no_more(cut: tuple[Planes, int]) -> None:
    planes, _ = cut
    p = planes.positions
    last = p.output - 1 + p.output % 2  # the loops compute two outputs at a time
    needed = max(p.before + p.input, last * p.stride + p.size)
    assert needed <= planes.pitch < needed + 4

"""Cuts of layout: nothing that is still to be gathered is overwritten where the output lies on the
input.
"""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeq.opkit.instruction_sets import largest
from edgeq.opkit.per_channel import BUFFER_BYTES, PerChannelLayout, per_channel_layout
from edgeq.opkit.windows import window


@st.composite
def cuts(draw: st.DrawFn) -> tuple[PerChannelLayout, int]:
    """A cut and how many columns an image has."""
    axes = []
    for _ in range(2):
        size, stride = draw(st.integers(1, 5)), draw(st.integers(1, 4))
        padding = draw(st.sampled_from(["SAME", "VALID"]))
        axes.append(
            window(padding, draw(st.integers(size if padding == "VALID" else 1, 40)), size, stride)
        )
    rows, columns = axes
    return per_channel_layout(rows, columns), columns.input


@settings(max_examples=300, deadline=None)
@given(cuts())
def test_outputs_lie_on_pixels_that_were_read(cut: tuple[PerChannelLayout, int]) -> None:
    """A channel alone, as no kernel touches another's bytes: pixels written, in the order of lines,
    and read.
    """
    layout, width = cut
    lines, positions = layout.lines, layout.positions
    out_width = lines.output if layout.turned else positions.output
    written = np.zeros(lines.input * positions.input, bool)
    gathered = 0
    for line in range(0, lines.output, layout.band):
        count = min(layout.band, lines.output - line)
        top = line * lines.stride - lines.before
        first = max(top, gathered, 0)
        end = max(min(top + (count - 1) * lines.stride + lines.size, lines.input), first)
        for i in range(first, end):
            at = np.arange(positions.input) * (width if layout.turned else 1) + i * (
                1 if layout.turned else width
            )
            assert not written[at].any()
        gathered = max(gathered, end)
        for o in range(line, line + count):
            at = np.arange(positions.output)
            written[at * out_width + o if layout.turned else o * out_width + at] = True


@given(cuts())
def test_a_buffer_is_small_or_holds_one_output_line(cut: tuple[PerChannelLayout, int]) -> None:
    layout, _ = cut
    tap_bytes = largest("CHANNEL_TAP_BYTES")
    taps = layout.buffered * layout.pitch * tap_bytes
    assert taps <= BUFFER_BYTES or layout.band == 1
    assert taps <= layout.buffer_bytes
    assert layout.pitch * tap_bytes % 8 == 0
    assert 1 <= layout.band <= layout.lines.output


@given(cuts())
def test_a_line_of_the_buffer_has_room_for_pairs_of_outputs_and_no_more(
    cut: tuple[PerChannelLayout, int],
) -> None:
    layout, _ = cut
    p = layout.positions
    last = p.output - 1 + p.output % 2  # the loops compute two outputs at a time
    needed = max(p.before + p.input, last * p.stride + p.size)
    assert needed <= layout.pitch < needed + 4

"""The input rows that a row kernel reads for the rows that it writes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.rows import RowKernel, Span
from edgeq.opkit.windows import Window, window

CALL = KernelCall("kernel", "edgeq_kernel_params", {})


@st.composite
def windows(draw: st.DrawFn) -> Window:
    size, dilation = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    padding = draw(st.sampled_from(["SAME", "VALID"]))
    least = (size - 1) * dilation + 1 if padding == "VALID" else 1
    return window(padding, draw(st.integers(least, 30)), size, draw(st.integers(1, 4)), dilation)


@given(windows(), st.data())
def test_rows_are_those_on_which_a_tap_lies(w: Window, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, w.output - 1))
    end = data.draw(st.integers(first + 1, w.output))
    taps = {
        o * w.stride - w.before + k * w.dilation for o in range(first, end) for k in range(w.size)
    }
    on_input = {row for row in taps if 0 <= row < w.input}
    found = RowKernel(CALL, window=w).reads(Span(first, end))
    if on_input:
        assert found == (min(on_input), max(on_input) + 1) or w.dilation > 1
        assert found.first <= min(on_input)
        assert max(on_input) < found.end <= w.input
    assert 0 <= found.first <= w.input


@pytest.mark.parametrize("rows", [1, 3])
def test_without_a_window_a_row_reads_the_same_row(rows: int) -> None:
    kernel = RowKernel(CALL, rows)
    assert kernel.reads(Span(2, 5)) == (2, 5)
    assert kernel.advance == rows


def test_a_call_advances_by_its_rows_times_the_stride() -> None:
    assert RowKernel(CALL, 3, window("VALID", 20, 3, 2)).advance == 6

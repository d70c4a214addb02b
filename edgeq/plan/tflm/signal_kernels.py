"""What TFLM's signal operators allocate (signal/micro/kernels; see `kernels.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from edgeq.plan.tflm.kernel import Kernel, Sizes
from edgeq.plan.tflm.node import Node

INT16, INT32, INT64, POINTER = 2, 4, 8, 4
CIRCULAR_BUFFER = 24
REAL_FOURIER, FOURIER = 12, 264  # kiss_fftr_state; kiss_fft_state without its twiddles
WIDTHS = {"int16": 2, "int32": 4, "float32": 4}


def _circular(capacity: int) -> int:
    """A CircularBuffer, which has its int16 elements twice."""
    return CIRCULAR_BUFFER + 2 * INT16 * capacity


def _for_each_row(rows: int, nbytes: int, lists: int) -> tuple[int, ...]:
    """So many lists of pointers, and what those of the last one point to."""
    return (POINTER * rows,) * lists + (nbytes,) * rows


def _fourier(inverse: bool) -> Sizes:
    """The twiddles of a transform of n / 2 complex numbers, a buffer, and the twiddles of its ends;
    of floats the inverse keeps its length beside.
    """

    def sizes(node: Node, simd: str) -> tuple[int, ...]:
        width = 2 * WIDTHS[node.x.dtype]
        half = node.size("fft_length") // 2
        parts = FOURIER + width * half, width * (half * 3 // 2)
        more = 8 if inverse and node.x.dtype == "float32" else 0
        return (REAL_FOURIER + sum(parts) + more,)

    return sizes


def _delay(node: Node, simd: str) -> tuple[int, ...]:
    samples = node.x.shape[-1]
    buffer = _circular(samples + node.size("delay_length"))
    return _for_each_row(node.x.size // samples, buffer, 2)


def _framer(node: Node, simd: str) -> tuple[int, ...]:
    size, step = node.size("frame_size"), node.size("frame_step")
    return _for_each_row(node.x.size // node.x.shape[-1], _circular(-(-size // step) * step), 2)


def _overlap_add(node: Node, simd: str) -> tuple[int, ...]:
    rows, size = prod(node.x.shape[:-2]), node.x.shape[-1]
    return _for_each_row(rows, size * WIDTHS[node.x.dtype], 1)


def _stacker(node: Node, simd: str) -> tuple[int, ...]:
    frames = 1 + node.size("stacker_left_context") + node.size("stacker_right_context")
    return (_circular(node.size("num_channels") * frames),)


SIGNALS: Mapping[str, Kernel] = {
    "SIGNAL_DELAY": Kernel(state=20, persistent=_delay),
    "SIGNAL_ENERGY": Kernel(state=8),
    "SIGNAL_FFT_AUTO_SCALE": Kernel(temporaries="i0 o0 o1"),
    "SIGNAL_FILTER_BANK": Kernel(
        state=36,
        temporaries="i* o0",
        init=lambda node, simd: (INT64 * (node.size("num_channels") + 1),),
    ),
    "SIGNAL_FILTER_BANK_LOG": Kernel(state=8),
    "SIGNAL_FILTER_BANK_SPECTRAL_SUBTRACTION": Kernel(
        state=44,
        temporaries="i0 o0 o1",
        init=lambda node, simd: (INT32 * node.size("num_channels"),),
    ),
    "SIGNAL_FILTER_BANK_SQUARE_ROOT": Kernel(temporaries="i0 i1 o0"),
    "SIGNAL_FRAMER": Kernel(state=28, temporaries="i0 o0 o1", persistent=_framer),
    "SIGNAL_IRFFT": Kernel(state=24, init=_fourier(inverse=True)),
    "SIGNAL_OVERLAP_ADD": Kernel(state=24, persistent=_overlap_add),
    "SIGNAL_PCAN": Kernel(state=4, temporaries="i0 i1 i2 o0"),
    "SIGNAL_RFFT": Kernel(
        state=32,
        init=_fourier(inverse=False),
        scratch=lambda node, simd: (node.size("fft_length") * WIDTHS[node.x.dtype],),
    ),
    "SIGNAL_STACKER": Kernel(state=36, temporaries="i0 o0 o1", init=_stacker),
    "SIGNAL_WINDOW": Kernel(state=8, temporaries="i0 i1 o0"),
}

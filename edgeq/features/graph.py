"""The micro-frontend behind its window as a graph of signal operators, from which its C is made.

The window and the shift to the left are not in it: the operator SIGNAL_FFT_AUTO_SCALE treats
samples of -32768 otherwise than the micro-frontend.
"""

from __future__ import annotations

import numpy as np

from edgeq.features.graph_builder import GraphBuilder
from edgeq.features.parameters import MicroParameters
from edgeq.features.tables import bands, gains, smoothing
from edgeq.graph import Model

_SMOOTHING_BITS = 14
_INT16 = 7  # in TensorType of the schema


def micro_graph(p: MicroParameters) -> Model:
    """Inputs: a frame as it is transformed, int16 [window], and by how many bits it was shifted left,
    int32. Output: int16 [channels] where p.log, else uint32.
    """
    b = GraphBuilder()
    frame = b.tensor("frame", "int16", p.window)
    shift = b.tensor("shift", "int32")
    bins, n = p.transform // 2 + 1, p.channels
    spectrum = b.tensor("spectrum", "int16", 2 * bins)
    b.custom("SignalRfft", (frame,), (spectrum,), T=_INT16, fft_length=p.transform)
    energy = b.tensor("energy", "uint32", bins)
    b.custom("SignalEnergy", (spectrum,), (energy,), start_index=0, end_index=bins)
    banks = bands(p)
    tables = (banks.weights, banks.unweights, banks.bins, banks.offsets, banks.widths)
    names = ("weights", "unweights", "bins", "offsets", "widths")
    constants = tuple(b.constant(name, t) for name, t in zip(names, tables, strict=True))
    sums = b.tensor("sums", "uint64", n)
    b.custom("SignalFilterBank", (energy, *constants), (sums,), num_channels=n)
    roots = b.tensor("channels", "uint32", n)
    b.custom("SignalFilterBankSquareRoot", (sums, shift), (roots,))
    even, odd, least = smoothing(p)
    kept, noise = b.tensor("kept", "uint32", n), b.tensor("noise", "uint32", n)
    x = b.custom(
        "SignalFilterBankSpectralSubtraction",
        (roots,),
        (kept, noise),
        num_channels=n,
        smoothing=even,
        one_minus_smoothing=(1 << _SMOOTHING_BITS) - even,
        alternate_smoothing=odd,
        alternate_one_minus_smoothing=(1 << _SMOOTHING_BITS) - odd,
        min_signal_remaining=least,
        smoothing_bits=p.smoothing_bits,
        spectral_subtraction_bits=_SMOOTHING_BITS,
        clamping=0,
    )
    if p.pcan:
        table = b.constant("gains", np.asarray(gains(p)))
        gained = b.tensor("gained", "uint32", n)
        x = b.custom("SignalPCAN", (x, noise, table), (gained,), snr_shift=p.snr_shift)
    if p.log:
        logs = b.tensor("logs", "int16", n)
        scale = 1 << p.log_scale_shift
        options = {"input_correction_bits": p.correction_bits, "output_scale": scale}
        x = b.custom("SignalFilterBankLog", (x,), (logs,), **options)
    return b.model((frame, shift), x)

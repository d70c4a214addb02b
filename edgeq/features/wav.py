"""Sound files: .wav with 16-bit PCM of one channel."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np

from edgeq.errors import EdgeqError
from edgeq.files import read_bytes
from edgeq.opkit.node import Values

MAX_BYTES = 256 << 20  # more than two hours at 16 kHz
_BROKEN = (wave.Error, EOFError, ValueError, RuntimeError, OverflowError, MemoryError)
_CONVERT = "convert it: sox IN.wav -r {rate} -b 16 -c 1 OUT.wav"


def read_wav(path: Path, rate: int) -> Values:
    """The samples of a file: int16 [n].

    rate: samples a second that the file must have.

    Raises EdgeqError for files that are broken, truncated, larger than 256 MiB or no files, and for
    other rates, widths, encodings and numbers of channels.
    """
    what = f"sound {path}"
    content = read_bytes(path, "sound", MAX_BYTES)
    try:
        with wave.open(io.BytesIO(content)) as file:
            channels, width, found = file.getnchannels(), file.getsampwidth(), file.getframerate()
            count = file.getnframes()
            data = b"" if width != 2 or channels != 1 else file.readframes(count)
    except _BROKEN as error:
        why = f"it is no .wav with PCM samples: {str(error)[:80] or 'it ends too early'}"
        raise EdgeqError(what, why, "save it again, 16-bit PCM") from error
    found_as = f"it has {channels} channels of {8 * width} bits at {found:,} Hz"
    if (channels, width, found) != (1, 2, rate):
        why = f"{found_as}, 1 of 16 bits at {rate:,} Hz is read"
        raise EdgeqError(what, why, _CONVERT.format(rate=rate))
    if len(data) != 2 * count:
        why = f"its header says {count:,} samples, it holds {len(data) // 2:,}"
        raise EdgeqError(what, why, "save it again whole")
    return np.frombuffer(data, "<i2").astype(np.int16)

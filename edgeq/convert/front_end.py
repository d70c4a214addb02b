"""The audio front end of calibration data, kept in the model that is made with them."""

from __future__ import annotations

from edgeq.data import Samples
from edgeq.features import front_end
from edgeq.graph import read_tflite, write_tflite


def with_front_end_written(content: bytes, samples: Samples | None) -> bytes:
    """The .tflite with the samples' front end in its metadata; as it is where they have none.

    Raises EdgeqError for a front end that edgeq does not compute.
    """
    if samples is None or not samples.front_end:
        return content
    found = front_end(samples.front_end, samples.origin)
    return write_tflite(read_tflite(content).with_front_end(found.to_bytes()))

"""Search for the best quantization options, by trials scored on data that calibration never saw."""

from edgeq.callable_package import make_callable

make_callable(__name__, "tune")

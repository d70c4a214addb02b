"""Which way to quantize a model: methods and parameters by trial, judged on data that calibration never saw."""

from edgeq.room import make_callable

make_callable(__name__, "tune")

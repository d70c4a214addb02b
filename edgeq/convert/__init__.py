"""Keras, SavedModel or float .tflite -> fully integer .tflite. TensorFlow is imported on first use."""

from edgeq.convert.convert import ConvertResult, convert
from edgeq.convert.quantize import quantize_with_tensorflow
from edgeq.convert.to_float import to_float_tflite
from edgeq.room import make_callable

__all__ = ["ConvertResult", "convert", "quantize_with_tensorflow", "to_float_tflite"]

make_callable(__name__, "convert")

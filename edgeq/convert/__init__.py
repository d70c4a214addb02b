"""Keras, SavedModel or float .tflite -> fully integer .tflite. TensorFlow is imported on first use."""

from edgeq.callable_package import make_callable
from edgeq.convert.convert import convert
from edgeq.convert.options import ConvertOptions
from edgeq.convert.quantize import quantize_with_tensorflow
from edgeq.convert.result import ConvertResult
from edgeq.convert.to_float import to_float_tflite

__all__ = [
    "ConvertOptions",
    "ConvertResult",
    "convert",
    "quantize_with_tensorflow",
    "to_float_tflite",
]

make_callable(__name__, "convert")

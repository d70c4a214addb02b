"""Data sets for models: readers for files, image folders, tables and Python callables, and checks of what they hold."""

from edgeq.data.load import as_samples, load_samples
from edgeq.data.quantized import dequantize, quantize, quantized_inputs
from edgeq.data.range_check import check_range
from edgeq.data.samples import ImageOptions, InputSpec, LoadOptions, Samples, input_specs

__all__ = [
    "ImageOptions", "InputSpec", "LoadOptions", "Samples",
    "as_samples", "check_range", "dequantize", "input_specs", "load_samples", "quantize", "quantized_inputs",
]  # fmt: skip

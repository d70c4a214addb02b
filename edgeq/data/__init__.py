"""Data sets for models: readers of files, image folders, tables and Python callables, and checks of
their content.
"""

from edgeq.data.class_names import by_names, names_note, numbered, with_classes
from edgeq.data.class_order import WrongOrderError
from edgeq.data.label_check import LabelCheck, check_labels
from edgeq.data.load import as_samples, check_sources, load_samples
from edgeq.data.quantized import dequantize, quantize, quantized_inputs
from edgeq.data.range_check import check_range
from edgeq.data.samples import ImageOptions, InputSpec, LoadOptions, Samples, input_specs

__all__ = [
    "ImageOptions",
    "InputSpec",
    "LabelCheck",
    "LoadOptions",
    "Samples",
    "WrongOrderError",
    "as_samples",
    "by_names",
    "check_labels",
    "check_range",
    "check_sources",
    "dequantize",
    "input_specs",
    "load_samples",
    "names_note",
    "numbered",
    "quantize",
    "quantized_inputs",
    "with_classes",
]

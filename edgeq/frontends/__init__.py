"""Models of other frameworks become float .tflite files: ONNX by onnx2tf, PyTorch's exported
programs by litert-torch. Each library runs in a process of its own.
"""

from edgeq.frontends.foreign_model import ForeignModel
from edgeq.frontends.input_layout import Layout
from edgeq.frontends.load import load_foreign
from edgeq.frontends.reference import LayerValues, Outputs, Reference

__all__ = ["ForeignModel", "LayerValues", "Layout", "Outputs", "Reference", "load_foreign"]

"""The one in-memory model, its reader, its writer, its checks."""

from edgeq.graph.check import check_model
from edgeq.graph.model import DTYPES, AttributeValue, Graph, Model, Op, Quantization, Signature, Tensor
from edgeq.graph.read import read_tflite
from edgeq.graph.write import write_tflite

__all__ = [
    "DTYPES", "AttributeValue", "Graph", "Model", "Op", "Quantization", "Signature", "Tensor",
    "check_model", "read_tflite", "write_tflite",
]  # fmt: skip

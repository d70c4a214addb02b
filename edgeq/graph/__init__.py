"""The one in-memory model, its reader, its writer, its checks."""

from edgeq.graph.model import DTYPES, AttributeValue, Graph, Model, Op, Quantization, Signature, Tensor
from edgeq.graph.read import read_tflite

__all__ = ["DTYPES", "AttributeValue", "Graph", "Model", "Op", "Quantization", "Signature", "Tensor", "read_tflite"]

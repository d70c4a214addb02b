"""The one in-memory model, its reader, its writer, its checks."""

from edgeq.graph.check import check_model
from edgeq.graph.compression import expanded
from edgeq.graph.model import DTYPES, AttributeValue, Graph, Model, Op, Quantization, Signature, Tensor
from edgeq.graph.packing import Codebook, pack_int4
from edgeq.graph.read import read_tflite
from edgeq.graph.write import write_tflite

__all__ = [
    "DTYPES", "AttributeValue", "Codebook", "Graph", "Model", "Op", "Quantization", "Signature", "Tensor",
    "check_model", "expanded", "pack_int4", "read_tflite", "write_tflite",
]  # fmt: skip

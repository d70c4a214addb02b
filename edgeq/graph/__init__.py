"""The in-memory model, its reader and writer, and its checks."""

from edgeq.graph.check import check_model
from edgeq.graph.compression import expanded
from edgeq.graph.custom import custom_op
from edgeq.graph.model import (
    DTYPES,
    AttributeValue,
    Graph,
    Model,
    Op,
    Quantization,
    Signature,
    Tensor,
)
from edgeq.graph.packing import Codebook, pack_int4
from edgeq.graph.read import read_tflite
from edgeq.graph.restarts import restarting, with_all_restarting, with_kept
from edgeq.graph.source import ModelSource, as_model, stem_of
from edgeq.graph.variables import initial_bytes
from edgeq.graph.write import stored_model, write_tflite

__all__ = [
    "DTYPES",
    "AttributeValue",
    "Codebook",
    "Graph",
    "Model",
    "ModelSource",
    "Op",
    "Quantization",
    "Signature",
    "Tensor",
    "as_model",
    "check_model",
    "custom_op",
    "expanded",
    "initial_bytes",
    "pack_int4",
    "read_tflite",
    "restarting",
    "stem_of",
    "stored_model",
    "with_all_restarting",
    "with_kept",
    "write_tflite",
]

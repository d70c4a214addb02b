"""Constants that TFLM decompresses during inference (TFLM_DECODE, micro/kernels/decode.cc) become the
constants that they are; tables of int8 stay with them as codebooks, so that weights stay packed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from edgeq.cleanup.decoders import HEAD, channel_axis, from_codes, from_pruned, from_table
from edgeq.graph import DTYPES, Codebook, Graph, Op, Tensor
from edgeq.opkit.legal import MAX_ELEMENTS
from edgeq.opkit.node import Values

CODE = "TFLM_DECODE"
"""The operator's name in files. Its inputs are pairs: an encoding, then 16 bytes with tables or values."""
_TABLE, _CODES, _PRUNED = 0, 1, 2  # byte 0: the form
_DECODERS: Mapping[int, Callable[[bytes, bytes, Tensor], Values]] = {
    _TABLE: from_table,
    _CODES: from_codes,
    _PRUNED: from_pruned,
}
_VERSIONS = (1, 4)  # bytes that say a version, of which 1 is known
_BITS, _STRIDE = 5, 6


def fold_decode(graph: Graph) -> Graph:
    """The graph without decoders of constants; one that decodes something else, or what is damaged,
    stays, to be refused.
    """
    tensors, ops = list(graph.tensors), list[Op]()
    for op in graph.ops:
        try:
            made = _decoded(tensors, op) if op.custom_code == CODE else None
        except ValueError:
            made = None
        if made is None:
            ops.append(op)
        else:
            for t, tensor in zip(op.outputs, made, strict=True):
                tensors[t] = tensor
    if len(ops) == len(graph.ops):
        return graph
    return replace(graph, tensors=tuple(tensors), ops=tuple(ops))


def _decoded(tensors: Sequence[Tensor], op: Op) -> list[Tensor]:
    """The outputs as constants. Raises ValueError for what TFLM does not decode."""
    if len(op.inputs) != 2 * len(op.outputs) or -1 in op.inputs:
        raise ValueError("its inputs are no pairs")
    made = list[Tensor]()
    for k, t in enumerate(op.outputs):
        encoded, head = (tensors[i].buffer for i in op.inputs[2 * k : 2 * k + 2])
        if encoded is None or head is None:
            raise ValueError("what it decodes is computed")
        made.append(_constant(tensors[t], encoded, head))
    return made


def _constant(y: Tensor, encoded: bytes, head: bytes) -> Tensor:
    known = len(head) >= HEAD and all(head[place] == 1 for place in _VERSIONS)
    decoder = _DECODERS.get(head[0]) if known else None
    if decoder is None or y.dtype not in DTYPES or not 0 < y.size <= MAX_ELEMENTS:
        raise ValueError("its form, version or output is another")
    values = decoder(encoded, head, y)
    content = np.ascontiguousarray(values.astype(values.dtype.newbyteorder("<"))).tobytes()
    book = _codebook(y, head) if head[0] == _TABLE and y.dtype == "int8" else None
    return replace(y, buffer=content, codebook=book, shape_signature=None)


def _codebook(y: Tensor, head: bytes) -> Codebook | None:
    """The tables of an int8 constant; None where the last one is shorter than the others."""
    by, bits, stride = y.quantization, head[_BITS] & 7, head[_STRIDE]
    several = by is not None and by.per_channel
    count, axis = (len(by.scale), channel_axis(y)) if by is not None and several else (1, 0)
    size = (min(len(head) - HEAD, 1 << bits) if count == 1 else stride) or 0
    if not 0 < size <= 1 << bits or len(head) - HEAD < count * size:
        return None
    rows = np.frombuffer(head, np.int8, count * size, HEAD).reshape(count, size)
    return Codebook(bits, tuple(map(tuple, rows.tolist())), axis)

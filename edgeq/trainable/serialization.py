"""Operators and tensors as plain values that a Keras configuration can hold, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from edgeq.graph import Graph, Op, Tensor
from edgeq.quantize.scale_groups import same_scale

Record = dict[str, Any]


def input_name(name: str) -> str:
    """A tensor's name as the name of a Keras input."""
    return re.sub(r"\W", "_", name) or "input"


def op_record(index: int, op: Op) -> Record:
    """An operator as plain values, with its index in the graph."""
    return {
        "index": index,
        "keeps": same_scale(op),
        "kind": op.kind,
        "attributes": dict(op.attributes),
        "inputs": list(op.inputs),
        "outputs": list(op.outputs),
        "version": op.version,
        "options_type": op.options_type,
    }


def op_from_record(record: Mapping[str, Any]) -> Op:
    """The operator of a record that `op_record` made."""
    attributes = {
        name: tuple(v) if isinstance(v, list) else v for name, v in record["attributes"].items()
    }
    inputs, outputs = tuple(record["inputs"]), tuple(record["outputs"])
    return Op(
        record["kind"],
        inputs,
        outputs,
        tuple(sorted(attributes.items())),
        record["version"],
        options_type=record["options_type"],
    )


def tensor_records(graph: Graph, op: Op) -> dict[str, Record]:
    """Index -> name, shape and dtype, of an operator's inputs and outputs."""
    tensors = {t: graph.tensors[t] for t in (*op.inputs, *op.outputs) if t >= 0}
    return {
        str(t): {"name": x.name, "shape": list(x.shape), "dtype": x.dtype}
        for t, x in tensors.items()
    }


def constant_records(graph: Graph, op: Op) -> dict[str, Any]:
    """Index -> values, of an operator's constants; None for float ones, which are weights of the
    layer.
    """
    tensors = {t: graph.tensors[t] for t in op.inputs if t >= 0 and graph.tensors[t].constant}
    return {str(t): None if x.dtype == "float32" else x.array.tolist() for t, x in tensors.items()}


def tensor_from_record(record: Mapping[str, Any], values: Any = None) -> Tensor:
    """The tensor of a record, constant if it has values."""
    shape, dtype = tuple(record["shape"]), str(record["dtype"])
    buffer = (
        None if values is None else np.asarray(values, np.dtype(dtype).newbyteorder("<")).tobytes()
    )
    return Tensor(str(record["name"]), shape, dtype, buffer=buffer)

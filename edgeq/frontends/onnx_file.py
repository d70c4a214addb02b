"""An ONNX file from anywhere: read without following paths that lead outside, and its sizes bounded,
before another library gets it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

from edgeq.errors import EdgeqError, listed, shown
from edgeq.files import MAX_MODEL_BYTES

MAX_ELEMENTS = 1 << 27  # of one tensor; the largest that a microcontroller holds are a thousandth
_OWN_DOMAINS = frozenset({"", "ai.onnx"})
_QUANTIZED = ("QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "ConvInteger")
_SEPARATE = "save the model in one file: onnx.save(onnx.load(path), path)"


def read_onnx(path: Path) -> Any:
    """The `ModelProto` of a file, with all data of its tensors inside.

    Raises EdgeqError for files that are no ONNX, too large, not consistent or quantized, for
    operators of other domains than ONNX's own, and for data outside of the model's folder.
    """
    import onnx

    _check_size(path.stat().st_size)
    try:
        model = onnx.load_model_from_string(path.read_bytes())
    except Exception as error:
        raise EdgeqError("", "it is no ONNX model", "export it again") from error
    _check_data(model, path)
    onnx.load_external_data_for_model(model, str(path.parent))
    _check_nodes(model)
    try:
        onnx.checker.check_model(model)
        # Sizes that follow from constants too: a few bytes can ask for tensors of gigabytes.
        inferred = onnx.shape_inference.infer_shapes(model, data_prop=True)
    except Exception as error:
        raise EdgeqError("", f"it is not valid: {error}"[:400], "export it again") from error
    for info in _messages(inferred, "ValueInfoProto"):
        _check_elements(info.name, [d.dim_value for d in info.type.tensor_type.shape.dim])
    return model


def _check_size(size: int) -> None:
    if size > MAX_MODEL_BYTES:
        why = f"it has {size:,} bytes, at most {MAX_MODEL_BYTES:,} are read"
        raise EdgeqError("", why, "make the model smaller")


def _messages(message: Any, kind: str) -> Iterator[Any]:
    """Every protobuf message of a kind within another, at any depth."""
    pending = [message]
    while pending:
        current = pending.pop()
        if current.DESCRIPTOR.name == kind:
            yield current
        for descriptor, value in current.ListFields():
            if descriptor.message_type is not None:
                pending += [value] if hasattr(value, "DESCRIPTOR") else list(value)


def _check_data(model: Any, path: Path) -> None:
    """Looks at where tensors say that their data is."""
    import onnx

    folder, total = Path(os.path.realpath(path.parent)), path.stat().st_size
    sizes = dict[Path, int]()
    for tensor in _messages(model, "TensorProto"):
        _check_elements(tensor.name, tensor.dims)
        if tensor.data_location != onnx.TensorProto.EXTERNAL:
            continue
        stated = {entry.key: entry.value for entry in tensor.external_data}
        place = stated.get("location", "")
        file = Path(os.path.realpath(folder / place))
        what = f"the data of tensor {shown(tensor.name)!r}"
        if not place or Path(place).is_absolute() or not file.is_relative_to(folder):
            why = f"{what} is in {shown(place)!r}, outside of the model's folder"
            raise EdgeqError("", why, _SEPARATE)
        if not file.is_file():
            raise EdgeqError("", f"{what} is in {shown(place)!r}, which is missing", _SEPARATE)
        sizes[file] = file.stat().st_size
    _check_size(total + sum(sizes.values()))


def _check_elements(name: str, shape: Any) -> None:
    elements = prod(max(int(n), 1) for n in shape)
    if elements > MAX_ELEMENTS:
        why = f"tensor {shown(name)!r} has {elements:,} elements, at most {MAX_ELEMENTS:,}"
        raise EdgeqError("", why, "make the tensor smaller, then export the model again")


def _check_nodes(model: Any) -> None:
    nodes = list(_messages(model, "NodeProto"))
    own = {(function.domain, function.name) for function in model.functions}
    foreign = {
        f"{node.domain}::{node.op_type}"
        for node in nodes
        if node.domain not in _OWN_DOMAINS and (node.domain, node.op_type) not in own
    }
    if foreign:
        why = f"its operators {listed(sorted(map(shown, foreign)), 4)} are not ONNX's own"
        raise EdgeqError("", why, "export it with operators of ONNX alone")
    quantized = [
        node.op_type for node in nodes if node.op_type.startswith(("QLinear", *_QUANTIZED))
    ]
    if quantized:
        why = f"its operator {quantized[0]} shows that it is quantized"
        raise EdgeqError("", why, "give the float model; edgeq quantizes it")

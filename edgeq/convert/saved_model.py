"""A SavedModel folder -> a callable on tensors and the model's inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from edgeq.convert.backend import imported, quietly, tensorflow
from edgeq.convert.keras_model import Callee, input_spec
from edgeq.errors import EdgeqError

FORBIDDEN = frozenset(
    {"PyFunc", "PyFuncStateless", "EagerPyFunc", "ReadFile", "WriteFile", "MatchingFiles", "PrintV2", "Print"}
    | {"WholeFileReaderV2", "FixedLengthRecordReaderV2", "TextLineReaderV2", "TFRecordReaderV2"}
)  # reach outside the graph: Python, files, the terminal
MAX_GRAPH = 1 << 30
SIGNATURE = "serving_default"


def load_saved_model(path: Path) -> Callee:
    """The serving signature of a SavedModel.

    Its graph cannot carry Python, but operators that call into the process or reach files are refused before it is
    loaded. Raises EdgeqError for those, for a broken folder, and without a signature to choose.
    """
    _refuse_outside_reach(path)
    what, remedy = f"model {path.name}", "export the model again with model.export()"
    loaded = quietly(what, remedy, lambda: tensorflow().saved_model.load(str(path)))
    signatures = dict(loaded.signatures)
    if SIGNATURE not in signatures and len(signatures) != 1:
        known = ", ".join(signatures) or "none"
        raise EdgeqError(what, f"it has no signature {SIGNATURE}; it has {known}", remedy)
    signature = signatures.get(SIGNATURE) or next(iter(signatures.values()))
    return _callee(signature, loaded, path.name)


def _callee(signature: Any, loaded: Any, model: str) -> Callee:
    specs = signature.structured_input_signature[1]
    open_rank = [name for name, spec in specs.items() if spec.shape.rank is None]
    if open_rank:
        raise EdgeqError(f"model {model}: input {open_rank[0]!r}", "its shape is open", "export it with a fixed shape")
    inputs = tuple(input_spec(n, spec.shape.as_list(), spec.dtype.name, model) for n, spec in specs.items())
    return Callee(_by_name(signature, tuple(specs)), inputs, keep=loaded, framework="the SavedModel")


def _by_name(signature: Any, names: tuple[str, ...]) -> Callable[..., Any]:
    def call(*tensors: Any) -> Any:
        return signature(**dict(zip(names, tensors, strict=True)))

    return call


def _refuse_outside_reach(path: Path) -> None:
    file = path / "saved_model.pb"
    if not file.is_file():
        remedy = "give .keras, .h5, .tflite or a SavedModel folder"
        raise EdgeqError(f"model {path.name}", "the folder holds no saved_model.pb", remedy)
    if file.stat().st_size > MAX_GRAPH:
        raise EdgeqError(f"model {path.name}", f"its graph is over {MAX_GRAPH} bytes", "export it again")
    schema = imported("tensorflow.core.protobuf.saved_model_pb2")
    remedy = "export the model again"
    content = quietly(f"model {path.name}", remedy, lambda: schema.SavedModel.FromString(file.read_bytes()))
    for node in _nodes(content):
        if node.op in FORBIDDEN:
            why = f"its graph holds {node.op}, which reaches outside the model"
            raise EdgeqError(f"model {path.name}: node {node.name!r}", why, "export it without that operator")


def _nodes(content: Any) -> Iterator[Any]:
    for graph in content.meta_graphs:
        yield from graph.graph_def.node
        for function in graph.graph_def.library.function:
            yield from function.node_def

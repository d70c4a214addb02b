"""The graph of a SavedModel as plain protocol buffers, looked through before TensorFlow sees any of
it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from edgeq.convert.backend import imported, quietly, tensorflow
from edgeq.convert.saved_operators import computes, saves, trains
from edgeq.errors import EdgeqError, UnsupportedError
from edgeq.files import read_bytes

MAX_GRAPH = 1 << 30  # bytes of saved_model.pb
MAX_CONSTANTS = 2 << 30  # bytes that its constants may unpack to
SERVE = "serve"
SIGNATURE = "serving_default"
REMEDY = "export the model again with model.export()"
Name = str


@dataclass(frozen=True, eq=False)
class SavedGraph:
    """One meta graph: its top-level nodes and its functions by name, and the signature that is
    converted.
    """

    meta: Any
    signature: Any
    nodes: Mapping[Name, Any]
    functions: Mapping[Name, Any]

    @property
    def run(self) -> tuple[frozenset[Name], frozenset[Name]]:
        """The top-level nodes and the functions that the signature's outputs need."""
        return self.reached(info.name for info in self.signature.outputs.values())

    def reached(self, tensors: Iterable[Name]) -> tuple[frozenset[Name], frozenset[Name]]:
        """Nodes and functions behind tensors of the top level, by data, control and calls."""
        nodes: set[Name] = set()
        pending = [node_of(name) for name in tensors]
        while pending:
            name = pending.pop()
            if name not in nodes and name in self.nodes:
                nodes.add(name)
                pending += [node_of(x) for x in self.nodes[name].input]
        return frozenset(nodes), self._called([self.nodes[name] for name in nodes])

    def _called(self, nodes: Iterable[Any]) -> frozenset[Name]:
        found: set[Name] = set()
        pending = [name for node in nodes for name in calls_of(node)]
        while pending:
            name = pending.pop()
            if name not in found and name in self.functions:
                found.add(name)
                pending += [x for node in self.functions[name].node_def for x in calls_of(node)]
        return frozenset(found)


def node_of(tensor: Name) -> Name:
    """The node that a tensor `name:0` or a control input `^name` comes from."""
    return tensor.removeprefix("^").split(":")[0]


def data_inputs(node: Any) -> list[Name]:
    """The tensors that a node reads."""
    return [x for x in node.input if not x.startswith("^")]


def control_inputs(node: Any) -> list[Name]:
    """The nodes, as `^name`, that run before a node without giving it anything."""
    return [x for x in node.input if x.startswith("^")]


def calls_of(node: Any) -> Iterator[Name]:
    """Functions that a node names in its attributes, and the one whose name is its operator."""
    yield node.op
    for value in node.attr.values():
        if value.HasField("func"):
            yield value.func.name
        yield from (func.name for func in value.list.func)


def read_saved_graph(path: Path) -> SavedGraph:
    """The graph that serves, of a SavedModel folder. Raises EdgeqError for a broken one, and as
    `refuse` says.
    """
    file, what = path / "saved_model.pb", f"model {path.name}"
    if not file.is_file():
        remedy = "give .keras, .h5, .tflite or a SavedModel folder"
        raise EdgeqError(what, "the folder holds no saved_model.pb", remedy)
    data = read_bytes(file, "model", MAX_GRAPH)
    schema = imported("tensorflow.core.protobuf.saved_model_pb2")
    content = quietly(what, "export the model again", lambda: schema.SavedModel.FromString(data))
    serving = [meta for meta in content.meta_graphs if SERVE in meta.meta_info_def.tags] or list(
        content.meta_graphs
    )
    if not serving:
        raise EdgeqError(what, "it holds no graph", REMEDY)
    meta = serving[0]
    graph = SavedGraph(
        meta,
        _signature(meta, what),
        {node.name: node for node in meta.graph_def.node},
        {f.signature.name: f for f in meta.graph_def.library.function},
    )
    refuse(graph, what)
    return graph


def _signature(meta: Any, what: str) -> Any:
    signatures = {
        name: s for name, s in meta.signature_def.items() if s.outputs and not name.startswith("__")
    }
    if SIGNATURE not in signatures and len(signatures) != 1:
        known = ", ".join(sorted(signatures)) or "none"
        raise EdgeqError(what, f"it has no signature {SIGNATURE}; it has {known}", REMEDY)
    return signatures.get(SIGNATURE) or next(iter(signatures.values()))


def refuse(graph: SavedGraph, what: str) -> None:
    """Raises UnsupportedError for an operator that is not on the list of where it stands
    (`saved_operators`).

    What the signature needs may compute alone; the saver may also save and restore, all else may
    also train. Neither of these two is ever run. Constants that unpack to more than `MAX_CONSTANTS`
    bytes are refused as well.
    """
    saver = graph.meta.saver_def
    run, saving = (
        graph.run,
        graph.reached((saver.save_tensor_name, saver.restore_op_name, saver.filename_tensor_name)),
    )
    places = [
        (run, computes),
        (saving, saves),
        ((frozenset(graph.nodes), frozenset(graph.functions)), trains),
    ]
    done_nodes: set[Name] = set()
    done_functions: set[Name] = set()
    size = 0
    for (nodes, functions), allowed in places:
        found = [graph.nodes[name] for name in sorted(nodes - done_nodes)]
        found += [
            node
            for name in sorted(functions - done_functions)
            for node in graph.functions[name].node_def
        ]
        for node in found:
            _refuse_node(node, allowed, graph, what)
        size += sum(_constant_bytes(node) for node in found)
        done_nodes |= nodes
        done_functions |= functions
    if size > MAX_CONSTANTS:
        raise EdgeqError(
            what, f"its constants take over {MAX_CONSTANTS} bytes", "export a smaller model"
        )


def _refuse_node(node: Any, allowed: Callable[[str], bool], graph: SavedGraph, what: str) -> None:
    if not allowed(node.op) and node.op not in graph.functions:
        why = f"its graph holds {node.op}, which is not among the operators that compute a model's outputs"
        remedy = "export it for inference alone, with what reads files, looks up words or prints left outside"
        raise UnsupportedError(f"{what}: node {node.name!r}", why, remedy)


def _constant_bytes(node: Any) -> int:
    """What a constant takes in memory: a splat of one value is small in the file at any shape."""
    if node.op != "Const":
        return 0
    tensor = node.attr["value"].tensor
    elements = prod(max(dim.size, 0) for dim in tensor.tensor_shape.dim)
    return int(elements * max(tensorflow().dtypes.as_dtype(tensor.dtype or 1).size or 1, 1))

"""`--outputs apart`: parts that a model joins at its end become outputs of their own, each with a scale of its own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Model, Op, Signature
from edgeq.graph.compact import without_unused
from edgeq.opkit.input_front import VIEWS
from edgeq.quantize.parts import JOINS
from edgeq.quantize.state import is_activation, replace_main


def apart(model: Model) -> Model:
    """The float model without the joins at its end, however many lie behind one another with views between them.

    The parts take the place of the output that they make up, in their order and shapes; views behind a join are left
    out with it. An output that nothing joins stays. Raises EdgeqError where no output is joined.
    """
    graph = model.main
    found = {t: tuple(leaves(graph, t)) for t in graph.outputs}
    if all(parts == (t,) for t, parts in found.items()):
        why = "none of its outputs is joined of several parts by a last CONCATENATION or PACK"
        raise EdgeqError("--outputs apart", f"the model has nothing to take apart: {why}", "leave the option out")
    outputs = tuple(dict.fromkeys(part for t in graph.outputs for part in found[t]))
    signatures = tuple(_renamed(s, found, graph) if s.graph == 0 else s for s in model.signatures)
    return without_unused(replace_main(replace(model, signatures=signatures), _needed(replace(graph, outputs=outputs))))


def apart_like(exact: Model, integer: Model) -> Model:
    """The float model with its outputs apart, where an integer model made from it has them so."""
    found = [part for t in exact.main.outputs for part in leaves(exact.main, t)]
    wanted = len(integer.main.outputs)
    return apart(exact) if len(exact.main.outputs) != wanted == len(dict.fromkeys(found)) else exact


def leaves(graph: Graph, output: int) -> Iterator[int]:
    """The computed tensors that an output is joined of; itself where it is of none."""
    makers = graph.makers()
    reads = Counter(t for op in graph.ops for t in op.inputs)
    waiting = [output]
    while waiting:
        t = waiting.pop()
        join = _join(makers, reads, t)
        if join is None or not all(s in makers and is_activation(graph.tensors[s]) for s in join.inputs):
            yield t
        else:
            waiting += reversed(join.inputs)


def _join(makers: Mapping[int, Op], reads: Counter[int], t: int) -> Op | None:
    """The join that makes a tensor, through views that nothing else reads."""
    op = makers.get(t)
    while op is not None and op.kind in VIEWS and reads[op.inputs[0]] == 1:
        op = makers.get(op.inputs[0])
    return None if op is None or op.kind not in JOINS or op.fused_activation != "NONE" else op


def _needed(graph: Graph) -> Graph:
    """The graph without operators that no output depends on."""
    wanted, ops = set(graph.outputs), list[Op]()
    for op in reversed(graph.ops):
        if wanted & set(op.outputs) or not op.outputs:
            wanted |= set(op.inputs)
            ops.append(op)
    return replace(graph, ops=tuple(reversed(ops)))


def _renamed(signature: Signature, found: Mapping[int, tuple[int, ...]], graph: Graph) -> Signature:
    """A signature whose joined outputs are replaced by their parts, called like the layers that make them."""
    kept = {name: t for name, t in signature.outputs if found[t] == (t,)}
    parts = {part: name for name, t in signature.outputs for part in found[t] if found[t] != (t,)}
    named = _layer_names(graph, [part for part in parts if part not in kept.values()])
    outputs = dict(kept)
    for number, (part, layer) in enumerate(named.items()):
        name = layer or f"{parts[part]}_{number}"
        outputs[name if name not in outputs else f"{parts[part]}_{number}"] = part
    return replace(signature, outputs=tuple(outputs.items()))


def _layer_names(graph: Graph, tensors: Sequence[int]) -> dict[int, str]:
    """Tensor -> the layer in the converter's name `model/layer/Op;...`, or the operator of `model/op`, without the
    number that Keras's export adds where that leaves them different; empty for other names, or equal ones."""
    paths = [graph.tensors[t].name.split(";")[0].split("/") for t in tensors]
    named = [path[-2] if len(path) > 2 else path[-1] if len(path) == 2 else "" for path in paths]
    layers = [name if re.fullmatch(r"[\w.-]{1,64}", name, re.ASCII) else "" for name in named]
    for names in ([re.sub(r"_\d+$", "", layer) for layer in layers], layers):
        if all(names) and len(set(names)) == len(names):
            return dict(zip(tensors, names, strict=True))
    return dict.fromkeys(tensors, "")


def joined_outputs(graph: Graph) -> frozenset[int]:
    """The outputs of those joins that `apart` would leave out."""
    makers = graph.makers()
    found, waiting = set[int](), list(graph.outputs)
    reads = Counter(t for op in graph.ops for t in op.inputs)
    while waiting:
        join = _join(makers, reads, waiting.pop())
        if join is not None:
            found.add(join.outputs[0])
            waiting += join.inputs
    return frozenset(found)

"""`--outputs apart`: the parts that a final CONCATENATION or PACK joins become outputs of their
own, each with its own scale.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Model, Op, Signature
from edgeq.graph.compact import without_unused
from edgeq.opkit.input_affine import VIEWS
from edgeq.quantize.quantization_state import is_activation, replace_main
from edgeq.quantize.shared_scales import JOINS


def split_outputs(model: Model) -> Model:
    """The float model without the CONCATENATION and PACK operators at its end, several in a row and
    views between them included.

    The parts replace the joined output, in their order and with their shapes; views behind a
    removed operator are removed too. Outputs that no such operator makes stay. Raises EdgeqError
    where no output is joined.
    """
    graph = model.main
    found = {t: tuple(joined_parts(graph, t)) for t in graph.outputs}
    if all(parts == (t,) for t, parts in found.items()):
        why = "none of its outputs is joined of several parts by a last CONCATENATION or PACK"
        raise EdgeqError(
            "--outputs apart", f"the model has nothing to split: {why}", "leave the option out"
        )
    outputs = tuple(dict.fromkeys(part for t in graph.outputs for part in found[t]))
    signatures = tuple(_renamed(s, found, graph) if s.graph == 0 else s for s in model.signatures)
    return without_unused(
        replace_main(
            replace(model, signatures=signatures), _needed(replace(graph, outputs=outputs))
        )
    )


def split_like(exact: Model, integer: Model) -> Model:
    """The float model with its outputs split if those of the integer model made from it are split."""
    found = [part for t in exact.main.outputs for part in joined_parts(exact.main, t)]
    wanted = len(integer.main.outputs)
    return (
        split_outputs(exact)
        if len(exact.main.outputs) != wanted == len(dict.fromkeys(found))
        else exact
    )


def joined_parts(graph: Graph, output: int) -> Iterator[int]:
    """The computed tensors that an output is concatenated or stacked from; the output itself if it
    is not.
    """
    makers = graph.makers()
    reads = Counter(t for op in graph.ops for t in op.inputs)
    waiting = [output]
    while waiting:
        t = waiting.pop()
        join = _join(makers, reads, t)
        if join is None or not all(
            s in makers and is_activation(graph.tensors[s]) for s in join.inputs
        ):
            yield t
        else:
            waiting += reversed(join.inputs)


def _join(makers: Mapping[int, Op], reads: Counter[int], t: int) -> Op | None:
    """The CONCATENATION or PACK that makes a tensor, directly or through views that nothing else
    reads.
    """
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
    """A signature in which each joined output is replaced by its parts, named after the layers that
    make them.
    """
    kept = {name: t for name, t in signature.outputs if found[t] == (t,)}
    parts = {part: name for name, t in signature.outputs for part in found[t] if found[t] != (t,)}
    named = _layer_names(graph, [part for part in parts if part not in kept.values()])
    outputs = dict(kept)
    for number, (part, layer) in enumerate(named.items()):
        name = layer or f"{parts[part]}_{number}"
        outputs[name if name not in outputs else f"{parts[part]}_{number}"] = part
    return replace(signature, outputs=tuple(outputs.items()))


def _layer_names(graph: Graph, tensors: Sequence[int]) -> dict[int, str]:
    """Tensor -> name of the Keras layer that made it, "" where none can be told or two would be
    equal.

    The converter names a tensor `model/layer/Op;...` or `model/op`. The number that Keras's export
    appends to a layer's name is removed if the names stay different without it.
    """
    paths = [graph.tensors[t].name.split(";")[0].split("/") for t in tensors]
    named = [path[-2] if len(path) > 2 else path[-1] if len(path) == 2 else "" for path in paths]
    layers = [name if re.fullmatch(r"[\w.-]{1,64}", name, re.ASCII) else "" for name in named]
    for names in ([re.sub(r"_\d+$", "", layer) for layer in layers], layers):
        if all(names) and len(set(names)) == len(names):
            return dict(zip(tensors, names, strict=True))
    return dict.fromkeys(tensors, "")


def joined_outputs(graph: Graph) -> frozenset[int]:
    """The output tensors of the CONCATENATION and PACK operators that `split_outputs` would remove."""
    makers = graph.makers()
    found, waiting = set[int](), list(graph.outputs)
    reads = Counter(t for op in graph.ops for t in op.inputs)
    while waiting:
        join = _join(makers, reads, waiting.pop())
        if join is not None:
            found.add(join.outputs[0])
            waiting += join.inputs
    return frozenset(found)

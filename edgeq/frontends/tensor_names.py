"""Names of a .tflite's tensors, each once, without what converters pad them with."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from edgeq.graph import Model


def with_distinct_names(model: Model) -> Model:
    """The model whose main graph has every name once; inputs and outputs keep theirs.

    Parts of a name are separated by ";", as TFLite's converters join the operators that they fuse;
    empty parts are left out. A name that is taken gets a number.
    """
    graph = model.main
    fixed = {*graph.inputs, *graph.outputs}
    taken = {graph.tensors[t].name for t in fixed}
    tensors, numbers = list(graph.tensors), Counter[str]()
    for t, tensor in enumerate(tensors):
        if t in fixed:
            continue
        plain = name = ";".join(filter(None, tensor.name.split(";"))) or f"tensor_{t}"
        while name in taken:
            numbers[plain] += 1
            name = f"{plain}/{numbers[plain]}"
        taken.add(name)
        tensors[t] = replace(tensor, name=name)
    return replace(model, graphs=(replace(graph, tensors=tuple(tensors)), *model.graphs[1:]))

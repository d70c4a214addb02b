"""What each node does with channels, by what its operator declares."""

from __future__ import annotations

from edgeq.graph import Graph
from edgeq.opkit.channels import Channels, channelwise
from edgeq.opkit.node import Node
from edgeq.ops import operator


def behaviour(graph: Graph, node: Node) -> Channels | None:
    """None where all channels of the node's tensors must stay: of operators that declare nothing, and
    of those with several outputs, regions, or variables.
    """
    op, known = graph.ops[node.index], operator(node.kind)
    kept = {t for t in (*op.inputs, *op.outputs) if t >= 0 and graph.tensors[t].variable}
    if len(op.outputs) != 1 or op.regions or kept:
        return None
    declared = known.channels(node)
    return channelwise(node) if declared is None and known.elementwise else declared

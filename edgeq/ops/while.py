"""WHILE: steps of a loop, each computing values from those of the step before, as long as a
condition on these holds (TFLM while.cc).
"""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.graph.regions import BODY, COND
from edgeq.opkit.kernel_call import Loop
from edgeq.opkit.loops import MAX_STEPS, count_steps, run_loop
from edgeq.opkit.node import Node, Shape, Values, unsupported


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = dict[tuple[str, ...], tuple[str, ...]]()
OPTIONS = "WhileOptions"
NEWEST_VERSION = 1


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The shapes of the inputs, which are carried from step to step. Raises UnsupportedError unless
    both regions take values of the inputs' types and shapes, the body gives such, and the condition
    one bool.
    """
    if sorted(name for name, _ in node.regions) != [BODY, COND]:
        raise unsupported(node, "its subgraphs call themselves, or are too many")
    cond, body = node.region(COND).graph, node.region(BODY).graph
    given = [None if t is None else (t.dtype, t.shape) for t in node.inputs]
    ends = {
        "condition takes": [cond.tensors[t] for t in cond.inputs],
        "body takes": [body.tensors[t] for t in body.inputs],
        "body gives": [body.tensors[t] for t in body.outputs],
    }
    for who, tensors in ends.items():
        if [(t.dtype, t.shape) for t in tensors] != given:
            raise unsupported(node, f"its {who} other types or shapes than its inputs have")
    if [t.dtype for t in node.outputs] != [t.dtype for t in node.inputs if t is not None]:
        raise unsupported(node, "its outputs are other types than its inputs have")
    made = [cond.tensors[t] for t in cond.outputs]
    if [(t.dtype, t.size) for t in made] != [("bool", 1)]:
        raise unsupported(node, "its condition does not give one bool")
    if made[0].constant:
        raise unsupported(node, "its condition is constant, so it never ends or never begins")
    return tuple(t.shape for t in node.inputs if t is not None)


def _step_work(node: Node) -> int:
    return sum(region.work for _, region in node.regions)


def work(node: Node) -> int:
    """The work of all steps, of `MAX_STEPS` where their number is not known."""
    counted = count_steps(node)
    return _step_work(node) * (MAX_STEPS if counted is None else counted.steps + 1)


def macs(node: Node) -> int:
    """Those of all steps, of one where their number is not known."""
    counted = count_steps(node)
    steps = 1 if counted is None else counted.steps
    return steps * sum(region.macs for _, region in node.regions)


def simulate(node: Node, *values: Values | None) -> tuple[Values, ...]:
    """Carried values [samples, ...] -> the same after the last step of each sample.

    Raises EndlessLoopError for a loop that does not end within `MAX_STEPS`.
    """
    return run_loop(node, [value for value in values if value is not None]).carried


def kernel(node: Node) -> Loop:
    """A loop in C around the calls of its body."""
    return Loop(COND, BODY, count_steps(node))

"""A loop as the rules of clean-up take it: the operator with its condition and body."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from edgeq.graph import Graph, Op, Tensor
from edgeq.graph.regions import BODY, COND
from edgeq.opkit.loops import depends_on
from edgeq.ops import supported


@dataclass(frozen=True)
class LoopOp:
    """An operator that is a loop whose ends fit: it and both regions have the same carried values."""

    op: Op
    cond: Graph
    body: Graph

    @property
    def invariant(self) -> set[int]:
        """Positions of the values that the body gives back as they were."""
        ends = zip(self.body.inputs, self.body.outputs, strict=True)
        return {p for p, (given, made) in enumerate(ends) if given == made}

    def keeps_scales(self, tensors: Sequence[Tensor]) -> bool:
        """Whether every carried value has one quantization, outside and in the body, so that the
        body's operators compute the same outside. A loop itself copies integers, whatever the scales.

        tensors: of the graph that has the loop.
        """
        op, body = self.op, self.body
        outer, inner = (
            zip(op.inputs, op.outputs, strict=True),
            zip(body.inputs, body.outputs, strict=True),
        )
        return all(
            tensors[a].quantization == tensors[b].quantization
            and tensors[a].quantization == body.tensors[c].quantization
            and tensors[a].quantization == body.tensors[d].quantization
            for (a, b), (c, d) in zip(outer, inner, strict=True)
        )

    def passed_on(self, tensors: Sequence[Tensor]) -> set[int]:
        """Positions of the values whose output is the input: the body gives them back as they were,
        and both have one quantization.

        tensors: of the graph that has the loop.
        """
        given, made = self.op.inputs, self.op.outputs
        return {
            p
            for p in self.invariant
            if tensors[given[p]].quantization == tensors[made[p]].quantization
        }

    def live(self, used: Collection[int]) -> set[int]:
        """Positions of the values that the condition, or outputs at positions `used`, depend on at
        any step.
        """
        found, ahead = set[int](), {*used, *depends_on(self.cond, self.cond.outputs)}
        while ahead:
            found |= ahead
            made = [self.body.outputs[p] for p in ahead]
            ahead = depends_on(self.body, made) - found
        return found

    def without(self, positions: Collection[int]) -> LoopOp:
        """The loop without some of its carried values, which no operator of a region reads."""

        def kept(tensors: tuple[int, ...]) -> tuple[int, ...]:
            return tuple(t for p, t in enumerate(tensors) if p not in positions)

        body = replace(self.body, inputs=kept(self.body.inputs), outputs=kept(self.body.outputs))
        cond = replace(self.cond, inputs=kept(self.cond.inputs))
        op = replace(self.op, inputs=kept(self.op.inputs), outputs=kept(self.op.outputs))
        return LoopOp(op, cond, body).settled()

    def settled(self) -> LoopOp:
        """The loop with its regions in the operator."""
        regions = ((BODY, self.body), (COND, self.cond))
        return replace(self, op=replace(self.op, regions=regions))


def loop_of(op: Op) -> LoopOp | None:
    """The operator as a loop, None where it is none, or one whose ends do not fit. A damaged file may
    give the subgraphs of a loop to any operator.
    """
    regions = dict(op.regions)
    if sorted(regions) != [BODY, COND] or -1 in op.inputs or op.kind not in supported():
        return None
    cond, body = regions[COND], regions[BODY]
    counts = {len(t) for t in (op.inputs, op.outputs, cond.inputs, body.inputs, body.outputs)}
    return LoopOp(op, cond, body) if len(counts) == 1 else None

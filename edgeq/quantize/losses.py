"""Warnings from the figures of `judge`: which layer, how much is left, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from edgeq.errors import listed, shown
from edgeq.graph import Model
from edgeq.quantize.apart import joined_outputs
from edgeq.quantize.judge import Judged, Kept, PartKept

LEAST = {"input": 15.0, "output": 15.0, "joined": 15.0, "addend": 6.0}
"""Decibels of signal over error below which a part counts as lost; of an addend even less tells in the sum."""
LEAST_OF_OUTPUT = 10.0
SHOWN = 4  # features or parts of one tensor that are named
MOST = 8  # lines
LONGEST = 60  # characters of a name
REMEDIES = {
    "input": "scale each feature to a like range, as by an adapted Normalization layer, or use --scheme int16x8",
    "output": "train on targets of like ranges, give them output layers of their own, or use --scheme int16x8",
    "joined": "bring the parts to like ranges before they are joined, or use --scheme int16x8",
    "addend": "keep both addends in like ranges, as by batch normalization, or use --scheme int16x8",
}
APART = "convert with --outputs apart, which gives each part an output and a scale of its own"


def part_losses(judged: Judged, exact: Model) -> tuple[str, ...]:
    """One line for each tensor in whose scale some part is lost. exact: the float model that was judged against."""
    return _foremost(list(_of_parts(judged, exact)))


def output_losses(judged: Judged, exact: Model) -> tuple[str, ...]:
    """One line for each output of which little is left in the integer model."""
    return _foremost(list(_of_outputs(judged, exact)))


def _foremost(found: Sequence[str]) -> tuple[str, ...]:
    more = len(found) - MOST
    return (*found[:MOST], *([f"{more} more lose as much"] if more > 0 else []))


def _of_parts(judged: Judged, exact: Model) -> Iterator[str]:
    names = _names(exact)
    for (sort, whole), group in groupby(judged.parts, key=lambda p: (p.part.sort, p.part.whole)):
        together = list(group)
        lost = [(p, k) for p in together for k in range(len(p.kept)) if p.kept[k].decibels < LEAST[sort]]
        if lost:
            yield _line(sort, whole, together, lost, names, exact)


def _line(sort: str, whole: int, together: Sequence[PartKept], lost: Sequence[tuple[PartKept, int]],
          names: Mapping[int, str], exact: Model) -> str:  # fmt: skip
    kept = [p.kept[k] for p, k in lost]
    featured = lost[0][0].part.axis is not None
    called = [str(k) if featured else names[p.part.values] for p, k in lost]
    lossy = f"feature{'s' * (len(called) > 1)} {listed(called, SHOWN)}" if featured else listed(called, SHOWN)
    reach = max(k.reach for p in together for k in p.kept)
    what = {"input": f"input {names[whole]}", "output": f"output {names[whole]}"}.get(sort, f"layer {names[whole]}")
    return (f"{what}: {_left(kept)} of {lossy}, up to {max(k.reach for k in kept):.3g} beside values up to {reach:.3g} "
            f"in one scale of {together[0].step:.3g}; {_remedy(sort, whole, exact)}")  # fmt: skip


def _left(kept: Sequence[Kept]) -> str:
    """Of what is kept least."""
    least, fewest = min(k.decibels for k in kept), min(k.distinct for k in kept)
    values = "1 distinct value" if fewest == 1 else f"{fewest} distinct values"
    return f"{values} and {round(least)} dB of signal over error are left"


def _remedy(sort: str, whole: int, exact: Model) -> str:
    final = sort == "joined" and whole in joined_outputs(exact.main)
    return APART if final else REMEDIES[sort]


def _of_outputs(judged: Judged, exact: Model) -> Iterator[str]:
    names = _names(exact)
    for t, kept in judged.outputs.items():
        if kept.decibels != kept.decibels or kept.varies == 0:
            yield (f"output {names[t]} is the same for all calibration samples; check that the model is "
                   "trained and that the samples differ")  # fmt: skip
        elif kept.decibels < LEAST_OF_OUTPUT:
            yield (f"output {names[t]}: {_left([kept])}, as it varies by {kept.varies:.2g} (standard deviation) from "
                   "sample to sample; if the model is trained, explain shows which layers lose it, and --scheme "
                   "int16x8 keeps more")  # fmt: skip


def _names(exact: Model) -> dict[int, str]:
    """Tensor -> its name as people may see it, inputs and outputs as the signature calls them."""
    graph = exact.main
    names = {t: tensor.name.split(";")[0] for t, tensor in enumerate(graph.tensors)}
    for signature in exact.signatures:
        names |= {t: name for name, t in (*signature.inputs, *signature.outputs) if signature.graph == 0}
    return {t: f"'{shown(name, LONGEST)}'" for t, name in names.items()}

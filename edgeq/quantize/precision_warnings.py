"""Warnings about parts and outputs with a low SQNR: which layer, how much is left, and the remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from edgeq.errors import listed, shown
from edgeq.graph import Model
from edgeq.quantize.split_outputs import joined_outputs
from edgeq.quantize.sqnr import PartStatistics, SqnrReport, ValueStatistics

LEAST = {"input": 15.0, "output": 15.0, "joined": 15.0, "addend": 6.0}
"""SQNR in dB below which a part counts as lost; addends need less because the sum is what matters.
"""
LEAST_OF_OUTPUT = 10.0
SHOWN = 4  # features or parts named per tensor
MOST = 8  # warnings
LONGEST = 60  # characters of a name that are shown
REMEDIES = {
    "input": "scale each feature to a like range, as by an adapted Normalization layer, or use --scheme int16x8",
    "output": "train on targets of like ranges, give them output layers of their own, or use --scheme int16x8",
    "joined": "bring the parts to like ranges before they are joined, or use --scheme int16x8",
    "addend": "keep both addends in like ranges, as by batch normalization, or use --scheme int16x8",
}
APART = "convert with --outputs apart, which gives each part an output and a scale of its own"


def part_warnings(report: SqnrReport, float_model: Model) -> tuple[str, ...]:
    """One line for each tensor whose scale leaves too little of one of its parts.

    report: of `measure_sqnr`.
    float_model: the float model that was compared with.
    """
    return _first_lines(list(_of_parts(report, float_model)))


def output_warnings(report: SqnrReport, float_model: Model) -> tuple[str, ...]:
    """One line for each output of the integer model with a low SQNR.

    report: of `measure_sqnr`.
    float_model: the float model that was compared with.
    """
    return _first_lines(list(_of_outputs(report, float_model)))


def _first_lines(found: Sequence[str]) -> tuple[str, ...]:
    more = len(found) - MOST
    return (*found[:MOST], *([f"{more} more lose as much"] if more > 0 else []))


def _of_parts(report: SqnrReport, float_model: Model) -> Iterator[str]:
    names = _names(float_model)
    for (role, whole), group in groupby(report.parts, key=lambda p: (p.part.role, p.part.whole)):
        together = list(group)
        lost = [
            (p, k)
            for p in together
            for k in range(len(p.statistics))
            if p.statistics[k].sqnr_db < LEAST[role]
        ]
        if lost:
            yield _line(role, whole, together, lost, names, float_model)


def _line(
    role: str,
    whole: int,
    together: Sequence[PartStatistics],
    lost: Sequence[tuple[PartStatistics, int]],
    names: Mapping[int, str],
    float_model: Model,
) -> str:
    kept = [p.statistics[k] for p, k in lost]
    featured = lost[0][0].part.axis is not None
    called = [str(k) if featured else names[p.part.values] for p, k in lost]
    lossy = (
        f"feature{'s' * (len(called) > 1)} {listed(called, SHOWN)}"
        if featured
        else listed(called, SHOWN)
    )
    largest = max(k.magnitude for p in together for k in p.statistics)
    what = {"input": f"input {names[whole]}", "output": f"output {names[whole]}"}.get(
        role, f"layer {names[whole]}"
    )
    return (
        f"{what}: {_left(kept)} of {lossy}, up to {max(k.magnitude for k in kept):.3g}, next to "
        f"values up to {largest:.3g} in one scale of {together[0].step:.3g}; {_remedy(role, whole, float_model)}"
    )


def _left(kept: Sequence[ValueStatistics]) -> str:
    """The least SQNR and the fewest distinct values, in words."""
    least, fewest = min(k.sqnr_db for k in kept), min(k.distinct for k in kept)
    values = "1 distinct value" if fewest == 1 else f"{fewest} distinct values"
    return f"{values} and {round(least)} dB of SQNR are left"


def _remedy(role: str, whole: int, float_model: Model) -> str:
    final = role == "joined" and whole in joined_outputs(float_model.main)
    return APART if final else REMEDIES[role]


def _of_outputs(report: SqnrReport, float_model: Model) -> Iterator[str]:
    names = _names(float_model)
    for t, kept in report.outputs.items():
        if kept.sqnr_db != kept.sqnr_db or kept.deviation == 0:
            yield (
                f"output {names[t]} is the same for all calibration samples; check that the model is "
                "trained and that the samples differ"
            )
        elif kept.sqnr_db < LEAST_OF_OUTPUT:
            yield (
                f"output {names[t]}: {_left([kept])}, as it varies by {kept.deviation:.2g} (standard deviation) from "
                "sample to sample; if the model is trained, explain shows which layers lose it, and --scheme "
                "int16x8 keeps more"
            )


def _names(float_model: Model) -> dict[int, str]:
    """Tensor -> quoted name for messages; inputs and outputs are named as in the signature."""
    graph = float_model.main
    names = {t: tensor.name.split(";")[0] for t, tensor in enumerate(graph.tensors)}
    for signature in float_model.signatures:
        names |= {
            t: name for name, t in (*signature.inputs, *signature.outputs) if signature.graph == 0
        }
    return {t: f"'{shown(name, LONGEST)}'" for t, name in names.items()}

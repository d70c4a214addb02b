"""What `edgeq verify` shows people of its result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from edgeq.errors import shown

if TYPE_CHECKING:
    from edgeq.verify import LayerResult, TargetResult, VerifyResult


def show(result: VerifyResult) -> None:
    """The targets as a table for people, then what went wrong."""
    from edgeq.cli.show import number, print_table, print_text

    ran = [
        [
            t.name,
            t.status,
            number(t.samples),
            f"{number(t.bytes_different)} of {number(t.bytes_compared)}",
            number(t.instructions_per_inference),
        ]
        for t in result.targets
    ]
    print_table("", ["target", "status", "samples", "bytes different", "instructions"], ran)
    show_memory([(t.name, t) for t in result.targets])
    _show_layers(result)
    for t in result.targets:
        if t.toolchain:
            print_text(f"{t.name}: {t.toolchain}")
        if t.microseconds_per_inference is not None:
            print_text(f"{t.name}: {number(t.microseconds_per_inference)} us per inference")
        if t.score is not None:
            print_text(f"{t.name}: {t.score['metric']} {number(t.score['value'])}")
        for note in t.notes:
            print_text(f"{t.name}: {note}")
        if t.reason:
            print_text(f"{t.name}: {t.reason}")
        if t.first_difference is not None:
            d = t.first_difference
            where = "tensor" if d.layer is None else f"layer {d.layer}"
            name = shown(d.tensor.split(";")[0])
            place = f"sample {d.sample}, {where} '{name}' {list(d.index)}"
            print_text(f"{t.name}: first difference in {place}: {d.got}, not {d.expected}")
    if result.skipped:
        print_text(
            f"{result.skipped} targets skipped: their tool is missing, or the model does not fit"
        )


def show_memory(targets: Sequence[tuple[str, TargetResult]]) -> None:
    """What each named target takes of flash and RAM; nothing where none can tell."""
    from edgeq.cli.show import number, print_table

    rows = [
        [name, *map(number, (t.code_bytes, t.model_bytes, t.arena_bytes, t.stack_bytes))]
        for name, t in targets
    ]
    if any(t.code_bytes is not None for _, t in targets):
        print_table("", ["bytes of", "code", "constants", "arena", "stack"], rows)


def _show_layers(result: VerifyResult) -> None:
    """The time of each layer, where a board measured it, and what it sent of its output."""
    from edgeq.cli.show import number, print_table

    for t in result.targets:
        timed = [layer for layer in t.layers if layer.microseconds is not None]
        sent = any(layer.bytes_compared is not None for layer in timed)
        rows = [
            [str(layer.index), layer.op, layer.name.split(";")[0], number(layer.microseconds)]
            + ([_different(layer), _held(layer)] if sent else [])
            for layer in timed
        ]
        more = ["bytes different", "held"] if sent else []
        if rows:
            print_table("", ["layer", "operator", "name", "us", *more], rows)


def _different(layer: LayerResult) -> str:
    from edgeq.cli.show import number

    return f"{number(layer.bytes_different)} of {number(layer.bytes_compared)}"


def _held(layer: LayerResult) -> str:
    """How the layer's output lies in the board's memory."""
    part = "whole" if layer.part_of is None else "some channels"
    return "row by row" if layer.by_rows else part

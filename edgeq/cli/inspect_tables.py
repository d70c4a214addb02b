"""What `edgeq inspect` shows people of its result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from edgeq.errors import shown

if TYPE_CHECKING:
    from edgeq.dead_channels import LeftOut
    from edgeq.inspection import FrontPoint, InspectResult, TensorInfo

INTEGER_BITS = {"int4": 4, "int8": 8, "int16": 16}


def show(result: InspectResult, title: str) -> None:
    """The layers as a table for people, then the model's memory and how it runs."""
    from edgeq.cli.show import number, print_table, print_text

    rows = [
        [
            str(layer.index),
            shown(layer.op) if layer.supported else f"{shown(layer.op)} (unsupported)",
            shown(layer.name.split(";")[0], 48),
            str(list(layer.output_shape)),
            number(layer.macs),
        ]
        for layer in result.layers
    ]
    print_table(title, ["layer", "operator", "name", "output", "MACs"], rows)
    print_text(
        f"multiply-accumulates {number(result.macs)}, constants {number(result.weights_bytes)} bytes"
    )
    for layer in result.open_loops:
        print_text(
            f"layer {layer} takes as many steps as its input asks for; multiply-accumulates are those of one"
        )
    if result.left_out is not None:
        print_text(left_out_line(result.left_out))
    print_text(_arena_line(result))
    if result.arena is not None and result.feed_rows_bytes is not None:
        print_text(_feed_rows_line(result.arena["planned_bytes"], result.feed_rows_bytes))
    if result.front:
        _show_front(result.front)
    if result.state_bytes:
        print_text(
            f"state {number(result.state_bytes)} bytes, kept between inferences apart from the arena"
        )
    for layers in result.as_data_comes:
        print_text(
            f"layers {', '.join(map(str, layers))} are computed by the float helper as data is put in"
        )
    for count in sorted({count for _, count in result.in_blocks}):
        blocks = ", ".join(str(layer) for layer, of in result.in_blocks if of == count)
        print_text(
            f"layers {blocks} run in {count} blocks of channels: of the maps between them only a block is kept"
        )
    for layers in result.row_by_row:
        print_text(
            f"layers {', '.join(map(str, layers))} run row by row: of the maps between them only a few rows are kept"
        )


def _show_front(front: Sequence[FrontPoint]) -> None:
    """What less arena costs; of schedules that compute again, how much that is, and how often the input
    comes.
    """
    from edgeq.cli.show import number, print_table

    again = any(point.passes > 1 for point in front)
    head = ["arena (--max-ram)", "instructions", *(("MACs", "passes") if again else ())]
    rows = [
        [
            number(point.arena_bytes),
            f"{point.instructions:+.1%}",
            *((f"{point.macs:+.1%}", str(point.passes)) if again else ()),
        ]
        for point in front
    ]
    print_table("", head, rows)


def show_tensors(result: InspectResult) -> None:
    """Each tensor's quantization and the real values that it can hold."""
    from edgeq.cli.show import print_table, print_text

    rows = [
        [
            shown(tensor.name.split(";")[0], 48),
            tensor.dtype,
            "" if tensor.scale is None else f"{tensor.scale:.4g}",
            "" if tensor.scale is None else str(tensor.zero_point),
            str(tensor.channels or ""),
            *real_range(tensor),
        ]
        for tensor in result.tensors
    ]
    head = ["tensor", "type", "scale", "zero point", "scales", "least", "most"]
    print_text("")
    print_table("", head, rows)


def real_range(tensor: TensorInfo) -> tuple[str, str]:
    """The real values of the least and the largest integer of a tensor's type, of its first channel;
    empty for a tensor without a scale, and for the wide integers of biases.
    """
    bits = INTEGER_BITS.get(tensor.dtype)
    if bits is None or tensor.scale is None or tensor.zero_point is None:
        return "", ""
    ends = (-(1 << bits - 1), (1 << bits - 1) - 1)
    low, high = (f"{tensor.scale * (q - tensor.zero_point):.3g}" for q in ends)
    return low, high


def left_out_line(left_out: LeftOut) -> str:
    """What the native engine lacks of a model with dead channels."""
    from edgeq.cli.show import number

    layers = ", ".join(str(layer.index) for layer in left_out.layers if layer.channels)
    return (
        f"the native engine leaves out {number(left_out.channels)} channels that no output depends on: "
        f"{number(left_out.macs)} multiply-accumulates and {number(left_out.bytes)} bytes of constants "
        f"(layers {layers})"
    )


def _feed_rows_line(planned: int, fed: int) -> str:
    """What feeding the input by rows spares, or spared."""
    from edgeq.cli.show import number

    if fed == planned:
        return "the input comes row by row (--feed-rows): only its latest rows are kept"
    return f"with --feed-rows {number(fed)} bytes, {number(planned - fed)} less: the input comes row by row"


def _arena_line(result: InspectResult) -> str:
    from edgeq.cli.show import number

    if result.arena is None:
        return f"arena unknown: {result.arena_reason}"
    arena = {name: number(nbytes) for name, nbytes in result.arena.items()}
    scope = "these layers row by row" if result.row_by_row else "this order of layers"
    parted = result.row_by_row or result.in_blocks
    if not parted and result.arena["planned_bytes"] == result.arena["order_bound_bytes"]:
        scope = "whole tensors in any order of layers"
    floor = arena["overlap_bound_bytes"]
    proof = (
        f"proved the least for {scope}"
        if result.arena["proved"]
        else f"no plan takes less than {floor} for {scope}"
    )
    return (
        f"arena {arena['planned_bytes']} bytes, {proof}; without overlap at least {arena['bound_bytes']}\n"
        f"bounds: {arena['order_bound_bytes']} bytes with whole tensors in any order of layers, "
        f"{arena['row_bound_bytes']} with any layers row by row in this order"
    )

"""Checks of dtypes, quantization and options that many operators share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from edgeq.errors import ModelError, shown
from edgeq.graph import Op, Tensor
from edgeq.opkit.node import Node, unsupported

Types = Mapping[tuple[str, ...], tuple[str, ...]]


def parse_attributes(attributes_type: type[Any], op: Op, options: str, where: str) -> Any:
    """The options that the dataclass `attributes_type` declares, as the operator has them; defaults
    where the file has no table of options.

    options: the name of the table that holds them; a table of another name counts as none, as in
    TFLite. where: the layer's name, for messages. Raises ModelError if an option without a default
    is missing.
    """
    given = dict(op.attributes) if op.options_type in ("", options) else {}
    missing = [
        f.name for f in fields(attributes_type) if f.default is MISSING and f.name not in given
    ]
    if missing:
        raise ModelError(
            f"{where} does not say its {', '.join(missing)}",
            f"TFLite takes that from {options}, and the file has {op.options_type or 'no table of options'}",
            "convert the model again",
        )
    return attributes_type(
        **{f.name: given[f.name] for f in fields(attributes_type) if f.name in given}
    )


def check_types(node: Node, types: Types, left_out: int = 0) -> None:
    """Raises UnsupportedError unless the dtypes of the node's inputs and outputs are a row of
    `types`, or that has no rows.

    left_out: of the outputs of a row, how many at its end the node has none for.
    """
    if not types:
        return
    got = tuple(t.dtype for t in node.inputs if t is not None)
    outputs = tuple(t.dtype for t in node.outputs)
    counts = sorted({len(row) for row in types})
    if len(got) not in counts:
        known = f"{counts[0]} to {counts[-1]}" if len(counts) > 1 else f"{counts[0]}"
        raise unsupported(node, f"it has {len(got)} inputs, known are {known}")
    expected = types.get(got, ())
    expected = expected[: len(expected) - left_out]
    if expected[1:] == ("...",):
        expected = expected[:1] * len(outputs)
    if len(expected) != len(outputs) or any(
        o not in e.split("|") for o, e in zip(outputs, expected, strict=True)
    ):
        near = [row for row in types.items() if len(row[0]) == len(got)]
        known = ", ".join(f"{' x '.join(i)} -> {' x '.join(o)}" for i, o in near)
        raise unsupported(
            node,
            f"its types are {' x '.join(got)} -> {' x '.join(outputs)}, known are {known}",
            "convert it to full integers (int8)",
        )


def check_quantized(node: Node, *tensors: Tensor) -> None:
    """Raises UnsupportedError unless each tensor has exactly one scale and zero point."""
    for tensor in tensors:
        if tensor.quantization is None or tensor.quantization.per_channel:
            raise unsupported(
                node,
                f'"{shown(tensor.name)}" has {"no" if tensor.quantization is None else "more than one"} scale, '
                "it takes one",
                "convert the model to full integers (int8)",
            )


def check_same_quantization(node: Node, *tensors: Tensor) -> None:
    """Raises UnsupportedError unless all tensors of int8 or int16 have the scale and zero point of
    the first one, as views and pooling require.
    """
    first = _affine(tensors[0])
    for other in tensors[1:]:
        if other.dtype in ("int8", "int16") and _affine(other) != first:
            raise unsupported(
                node,
                f'"{shown(tensors[0].name)}" and "{shown(other.name)}" differ in scale or zero point, '
                "which this operator keeps",
            )


def _affine(tensor: Tensor) -> tuple[object, ...]:
    """Scales and zero points to compare; their axis counts only if there are several."""
    q = tensor.quantization
    return () if q is None else (q.scale, q.zero_point, q.axis if q.per_channel else 0)

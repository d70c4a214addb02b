"""Custom operators of known meaning: read with attributes, written as they were."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Model, Op, Tensor, custom_op, read_tflite, write_tflite
from edgeq.graph.custom import KINDS, with_known_kind
from edgeq.ops import supported

X, Y = Tensor("x", (8,), "int16"), Tensor("y", (8,), "int16")


def model(op: Op) -> Model:
    return Model((Graph((X, Y), (op,), (0,), (1,)),))


def test_options_become_attributes() -> None:
    op = custom_op("SignalDelay", (0,), (1,), delay_length=300, gain=0.5, on=True)
    assert op.kind == "SIGNAL_DELAY"
    assert op.attributes == (("delay_length", 300), ("gain", 0.5), ("on", True))
    assert read_tflite(write_tflite(model(op))) == model(op)


def test_reals_are_those_of_float32() -> None:
    op = custom_op("SignalDelay", (0,), (1,), gain=0.1)
    assert op.attributes == (("gain", float(np.float32(0.1))),)
    assert read_tflite(write_tflite(model(op))) == model(op)


def test_an_operator_without_options() -> None:
    op = custom_op("SignalFftAutoScale", (0,), (1,))
    assert (op.attributes, op.custom_options) == ((), b"")
    assert read_tflite(write_tflite(model(op))) == model(op)


def test_unknown_custom_operators_keep_their_bytes() -> None:
    op = Op("CUSTOM", (0,), (1,), custom_code="SignalDelays", custom_options=b"\1\2\3")
    assert read_tflite(write_tflite(model(op))) == model(op)


def test_every_known_kind_has_a_module() -> None:
    assert set(KINDS.values()) <= supported()


def test_other_values_than_numbers_are_left_out() -> None:
    from flatbuffers import flexbuffers

    content = bytes(flexbuffers.Dumps({"delay_length": 3, "name": "x", "list": [1, [2, {}]]}))
    raw = Op("CUSTOM", (0,), (1,), custom_code="SignalDelay", custom_options=content)
    assert with_known_kind(raw).attributes == (("delay_length", 3),)


def test_damaged_options_are_refused_and_nothing_else_happens() -> None:
    """Every byte is changed to many others, and every beginning is read."""
    op = custom_op("SignalDelay", (0,), (1,), delay_length=70_000, gain=0.5)
    raw, generator = replace(op, kind="CUSTOM"), np.random.default_rng(0)
    contents = [op.custom_options[:end] for end in range(1, len(op.custom_options))]
    for at in range(len(op.custom_options)):
        for value in generator.integers(0, 256, 30).tolist():
            changed = bytearray(op.custom_options)
            changed[at] = value
            contents.append(bytes(changed))
    refused = 0
    for content in contents:
        try:
            read = with_known_kind(replace(raw, custom_options=content))
            assert all(isinstance(value, int | float) for _, value in read.attributes)
        except EdgeqError:
            refused += 1
    assert 100 < refused < len(contents)


def test_many_options_are_refused() -> None:
    with pytest.raises(EdgeqError, match="cannot be read"):
        custom_op("SignalDelay", (0,), (1,), **{f"o{k}": k for k in range(65)})

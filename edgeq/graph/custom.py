"""Custom operators whose meaning is known: their names in files, and options as plain attributes.

A file has such an operator as CUSTOM with a name and a FlexBuffer of options. A model has it under a
kind of its own, with options as attributes; name and bytes stay beside, which is what is written.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import replace

from flatbuffers import flexbuffers

from edgeq.errors import ModelError
from edgeq.graph.model import AttributeValue, Op

CUSTOM = "CUSTOM"

KINDS: Mapping[str, str] = {
    "CIRCULAR_BUFFER": "CIRCULAR_BUFFER",
    "SignalDelay": "SIGNAL_DELAY",
    "SignalEnergy": "SIGNAL_ENERGY",
    "SignalFftAutoScale": "SIGNAL_FFT_AUTO_SCALE",
    "SignalFilterBank": "SIGNAL_FILTER_BANK",
    "SignalFilterBankLog": "SIGNAL_FILTER_BANK_LOG",
    "SignalFilterBankSpectralSubtraction": "SIGNAL_FILTER_BANK_SPECTRAL_SUBTRACTION",
    "SignalFilterBankSquareRoot": "SIGNAL_FILTER_BANK_SQUARE_ROOT",
    "SignalFramer": "SIGNAL_FRAMER",
    "SignalIrfft": "SIGNAL_IRFFT",
    "SignalOverlapAdd": "SIGNAL_OVERLAP_ADD",
    "SignalPCAN": "SIGNAL_PCAN",
    "SignalRfft": "SIGNAL_RFFT",
    "SignalStacker": "SIGNAL_STACKER",
    "SignalWindow": "SIGNAL_WINDOW",
    "TFLite_Detection_PostProcess": "DETECTION_POSTPROCESS",
}
"""A custom operator's name in files (TFLM micro_mutable_op_resolver.h) -> its kind in models."""

MAX_OPTIONS = 64  # entries of a map of options; the known operators have at most 11


def with_known_kind(op: Op) -> Op:
    """The operator under its own kind with its options as attributes, if it is a custom operator
    that `KINDS` knows; other operators as they are.

    Raises ModelError for options that are no FlexBuffer map.
    """
    kind = KINDS.get(op.custom_code) if op.kind == CUSTOM else None
    if kind is None:
        return op
    return replace(op, kind=kind, attributes=_attributes(op))


def custom_op(
    code: str, inputs: tuple[int, ...], outputs: tuple[int, ...], **options: bool | int | float
) -> Op:
    """A custom operator of `KINDS` by its name in files, with its options in both forms."""
    builder = flexbuffers.Builder()
    with builder.Map():
        for name, value in sorted(options.items()):
            builder.Key(name)
            builder.Add(value)
    content = bytes(builder.Finish()) if options else b""
    return with_known_kind(Op(CUSTOM, inputs, outputs, custom_code=code, custom_options=content))


def _attributes(op: Op) -> tuple[tuple[str, AttributeValue], ...]:
    if not op.custom_options:
        return ()
    try:
        return tuple(sorted(_scalars(bytearray(op.custom_options))))
    except (ArithmeticError, AssertionError, LookupError, TypeError, ValueError, struct.error):
        raise ModelError(
            f"the options of a {op.custom_code} operator cannot be read",
            "they are no FlexBuffer map of numbers",
            "copy or convert the model again",
        ) from None


def _scalars(content: bytearray) -> Iterator[tuple[str, AttributeValue]]:
    """The numbers of a map; entries of other types are left out, and nothing is followed into
    them.
    """
    options = flexbuffers.GetRoot(content).AsMap
    keys, values = options.Keys, options.Values
    if len(keys) != len(values) or len(keys) > MAX_OPTIONS:
        raise ValueError("keys and values differ in number, or are too many")
    for number in range(len(keys)):
        value = values[number]
        if value.IsBool or value.IsInt or value.IsFloat:
            yield str(keys[number].AsKey), _single(value.Value)


def _single(value: AttributeValue) -> AttributeValue:
    """Reals as float32, which TFLM's kernels read them as; others as they are."""
    return float(struct.unpack("f", struct.pack("f", value))[0]) if type(value) is float else value

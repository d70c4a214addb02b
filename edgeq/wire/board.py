"""What a board on the wire does: says what it is, takes inputs, runs, gives outputs and times."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from edgeq.wire.frame import PAYLOAD_BYTES
from edgeq.wire.layer_bytes import Stretch
from edgeq.wire.link import AGAIN, TOKEN_BYTES, BoardError, Link, Take

HELLO, WRITE, RUN, READ, LAYERS, RESET, TENSORS = range(0x20, 0x27)
HAS_CLOCK, HAS_STATE, HAS_TENSORS = 1, 2, 4
TRACED = 1
_FACTS = struct.Struct("<8sBIHBB")
_LAYER = struct.Struct("<II")
WRITE_BYTES = 228  # of inputs in a frame, whole elements of all types
RUN_BYTES = PAYLOAD_BYTES - TOKEN_BYTES - 4  # of outputs that come with the answer to a run
READ_BYTES = PAYLOAD_BYTES - TOKEN_BYTES
LAYERS_AT_ONCE = READ_BYTES // _LAYER.size


@dataclass(frozen=True)
class Hello:
    """What a board says of itself.

    model: the hash of its model, 16 hex digits. clock: whether it measures time. state: whether its
    model keeps some. program: what names its layers and their order. layers: how many it can trace.
    inputs, outputs: bytes of each. tensors: whether it can send what its layers write.
    """

    model: str
    clock: bool
    state: bool
    program: int
    layers: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    tensors: bool = False


@dataclass(frozen=True)
class Inference:
    """outputs: the bytes of all, one behind the other. microseconds: None without a clock."""

    outputs: bytes
    microseconds: int | None


@dataclass(frozen=True)
class LayerTrace:
    """What a board measured of a layer. crc: of all bytes that it wrote."""

    microseconds: int
    crc: int


def say_hello(link: Link, trace: bool = False) -> Hello:
    """Begins a session. trace: whether the board is to measure each layer, which takes time itself.

    Raises BoardError where what it says is no hello.
    """
    answer = link.ask(HELLO, bytes([TRACED if trace else 0]))
    if len(answer) < _FACTS.size:
        raise _no_hello(answer)
    model, flags, program, layers, inputs, outputs = _FACTS.unpack_from(answer)
    if len(answer) != _FACTS.size + 4 * (inputs + outputs):
        raise _no_hello(answer)
    sizes = struct.unpack_from(f"<{inputs + outputs}I", answer, _FACTS.size)
    return Hello(
        model.hex(),
        bool(flags & HAS_CLOCK),
        bool(flags & HAS_STATE),
        program,
        layers,
        sizes[:inputs],
        sizes[inputs:],
        bool(flags & HAS_TENSORS),
    )


def ask_for_tensors(link: Link, stretch: Stretch) -> None:
    """From now on the board sends these of the bytes that its layers write, until it is asked for others.
    Needs a session that traces. Raises BoardError as `Link.ask`.
    """
    link.ask(TENSORS, stretch.packed(), size=0)


def infer(link: Link, hello: Hello, inputs: Sequence[bytes], take: Take | None = None) -> Inference:
    """One inference. inputs: the bytes of each. take: keeps what the board sends of its layers; parts
    that the line lost never come. Raises BoardError as `Link.ask`.
    """
    for index, data in enumerate(inputs):
        for at in range(0, len(data), WRITE_BYTES):
            part = data[at : at + WRITE_BYTES]
            link.ask(WRITE, struct.pack("<BI", index, at) + part, size=0, take=take)
    total = sum(hello.outputs)
    answer = link.ask(RUN, size=4 + min(total, RUN_BYTES), take=take)
    outputs = answer[4:]
    while len(outputs) < total:
        count = min(total - len(outputs), READ_BYTES)
        outputs += link.ask(READ, struct.pack("<IB", len(outputs), count), size=count)
    microseconds = int.from_bytes(answer[:4], "little") if hello.clock else None
    return Inference(outputs, microseconds)


def layer_traces(link: Link, hello: Hello) -> list[LayerTrace]:
    """Each layer of the last inference, of a session that traces. Raises BoardError."""
    found: list[LayerTrace] = []
    while len(found) < hello.layers:
        count = min(hello.layers - len(found), LAYERS_AT_ONCE)
        answer = link.ask(LAYERS, struct.pack("<H", len(found)), size=count * _LAYER.size)
        found += [LayerTrace(*row) for row in _LAYER.iter_unpack(answer)]
    return found


def reset(link: Link) -> None:
    """Gives the model's state its initial values. Raises BoardError where it has none."""
    link.ask(RESET, size=0)


def _no_hello(answer: bytes) -> BoardError:
    why = f"{len(answer)} bytes came where it should say what it is"
    return BoardError("the board's hello is none", why, AGAIN)

"""Requests over lines that lose and damage, and to boards that mean harm."""

from __future__ import annotations

import random
import re
import struct
import zlib
from collections.abc import Callable

import pytest
from cobs import cobs
from wire.boards import faulty
from wire.twin import Twin, echo, mixer

from edgeq.wire import (
    BoardError,
    Frame,
    Link,
    LostSessionError,
    encode_frame,
    infer,
    reset,
    say_hello,
)
from edgeq.wire.link import READ_BYTES

MODEL = "0123456789abcdef"


def twin(inputs: tuple[int, ...] = (500, 3), outputs: tuple[int, ...] = (4,)) -> Twin:
    return Twin(MODEL, inputs, outputs, mixer)


def linked(board: Twin, seconds: float = 60) -> Link:
    return Link(board, seconds, board.now)


def samples(count: int, sizes: tuple[int, ...] = (500, 3)) -> list[list[bytes]]:
    chance = random.Random(5)
    return [[chance.randbytes(size) for size in sizes] for _ in range(count)]


def test_a_board_says_what_it_is_and_computes() -> None:
    board = twin()
    link = linked(board)
    hello = say_hello(link)
    assert (hello.model, hello.clock, hello.state, hello.inputs, hello.outputs) == (
        MODEL,
        True,
        False,
        (500, 3),
        (4,),
    )
    for given in samples(3):
        done = infer(link, hello, given)
        assert (done.outputs, done.microseconds) == (mixer(given), 1500)
    assert board.time < 1
    assert board.executed == [0x20] + 3 * [0x21, 0x21, 0x21, 0x21, 0x22]


def test_large_outputs_come_in_several_answers() -> None:
    board = Twin(MODEL, (700,), (500, 200), echo)
    link = linked(board)
    hello = say_hello(link)
    (given,) = samples(1, (700,))
    assert infer(link, hello, given).outputs == given[0]


@pytest.mark.parametrize("seed", range(3))
def test_a_line_with_faults_costs_time_but_no_byte(seed: int) -> None:
    board = twin((250, 3))
    board.to, board.fro = faulty(seed, 500), faulty(seed + 100, 100)
    link, given = linked(board), samples(10, (250, 3))
    hello = say_hello(link)
    assert [infer(link, hello, one).outputs for one in given] == [mixer(one) for one in given]
    assert len(board.sent) > len(board.executed)  # some were asked for again
    assert board.executed == [0x20] + 10 * [0x21, 0x21, 0x21, 0x22]  # and none was done twice


def test_a_board_that_restarts_is_noticed() -> None:
    board = twin()
    link = linked(board)
    hello = say_hello(link)
    board.token, board._last = None, b""
    with pytest.raises(LostSessionError, match="forgot the session"):
        infer(link, hello, samples(1)[0])


def test_answers_to_an_earlier_session_are_not_taken() -> None:
    """Two programs in turn: what came too late for the first is no answer to the second."""
    board = twin()
    first = linked(board)
    hello = say_hello(first)
    infer(first, hello, samples(1)[0])
    late = b"".join(map(encode_frame, board.sent))
    second = linked(board)
    board.fro = lambda data: late + data
    given = samples(2)[1]
    assert infer(second, say_hello(second), given).outputs == mixer(given)


class Hostile(Twin):
    """says: what the board sends for the n-th frame, in place of its answer."""

    says: Callable[[Twin, Frame, int], bytes]
    frames = 0

    def write(self, data: bytes) -> None:
        for frame in self._reader.take(data):
            self.frames += 1
            self._line += type(self).says(self, frame, self.frames)


def hostile(says: Callable[[Twin, Frame, int], bytes]) -> Hostile:
    kind = type("Kind", (Hostile,), {"says": staticmethod(says)})
    board: Hostile = kind(MODEL, (500, 3), (4,), mixer)
    return board


def right(board: Twin, frame: Frame) -> bytes:
    return b"".join(b"\0" + encode_frame(answer) for answer in board.answers(frame))


def of_version_2(board: Twin, frame: Frame, _: int) -> bytes:
    body = b"\2" + bytes([frame.type + 0x10, 0]) + frame.payload
    return bytes(cobs.encode(body + struct.pack("<I", zlib.crc32(body)))) + b"\0"


def only_the_first(board: Twin, frame: Frame, n: int) -> bytes:
    """The answer to the hello, again and again."""
    return right(board, frame) if n == 1 else encode_frame(board.sent[0]) if board.sent else b""


def swollen(board: Twin, frame: Frame, n: int) -> bytes:
    (answer,) = board.answers(frame)
    return encode_frame(Frame(answer.type, 0, answer.payload + b"\0" * (n > 1)))


CHANCE = random.Random(3)
HOSTILE: dict[str, tuple[Callable[[Twin, Frame, int], bytes], str]] = {
    "silent": (lambda b, f, n: b"", "no answer within 8 s"),
    "noise": (lambda b, f, n: CHANCE.randbytes(3000), r"no answer within 8 s; \d+ damaged frames"),
    "zeros": (lambda b, f, n: bytes(3000), "no answer within 8 s"),
    "no zero": (lambda b, f, n: b"\x55" * 3000, "no answer within 8 s"),
    "other tokens": (lambda b, f, n: encode_frame(Frame(f.type + 0x10, 0, b"abcd")), "no answer"),
    "other types": (lambda b, f, n: encode_frame(Frame(f.type, 0, f.payload)), "no answer"),
    "no token": (lambda b, f, n: encode_frame(Frame(f.type + 0x10, 0, b"")), "no answer"),
    "replay": (only_the_first, "no answer within 8 s"),
    "short hello": (
        lambda b, f, n: encode_frame(Frame(f.type + 0x10, 0, f.payload[:4] + b"x")),
        "1 bytes came where it should say",
    ),
    "many ports": (
        lambda b, f, n: encode_frame(
            Frame(f.type + 0x10, 0, f.payload[:4] + bytes(15) + b"\xff\xff" + bytes(40))
        ),
        "57 bytes came where it should say",
    ),
    "large answers": (swollen, "1 bytes came, not 0"),
    "another version": (of_version_2, "of another version of the protocol"),
    "refuses versions": (
        lambda b, f, n: encode_frame(Frame(0x3F, 0, b"\0\0\0\0\6")),
        "another version",
    ),
    "refuses": (lambda b, f, n: encode_frame(Frame(0x3F, 0, f.payload[:4] + b"\5")), "it failed"),
    "refuses by 200": (
        lambda b, f, n: encode_frame(Frame(0x3F, 0, f.payload[:4] + b"\xc8")),
        "code 200",
    ),
    "refuses at length": (
        lambda b, f, n: encode_frame(Frame(0x3F, 0, f.payload[:4] + b"\5\0")),
        "no answer",
    ),
    "refuses nothing": (lambda b, f, n: encode_frame(Frame(0x3F, 0, b"ab")), "no answer"),
    "refuses others": (lambda b, f, n: encode_frame(Frame(0x3F, 0, b"abcd\5")), "no answer"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_board_is_left_in_time(case: str) -> None:
    says, why = HOSTILE[case]
    board = hostile(says)
    link = linked(board, seconds=8)
    with pytest.raises(BoardError) as raised:
        infer(link, say_hello(link), samples(1)[0])
    assert re.search(why, str(raised.value))
    assert board.time < 20
    assert len(link._reader._pending) < 300


def test_a_silent_board_is_not_flooded() -> None:
    board = hostile(lambda b, f, n: b"")
    with pytest.raises(BoardError, match="no answer within 60 s"):
        say_hello(linked(board))
    assert 30 < board.frames < 40


def test_a_slow_board_is_asked_again_in_time_where_a_request_is_lost() -> None:
    """What takes 20 s is asked for every few seconds, so that a loss does not cost the answer."""
    board = twin()
    right, lost = board.infer, [True]

    def slow(inputs: list[bytes]) -> bytes:
        board.time += 20
        return right(inputs)

    def line(data: bytes) -> bytes:
        return b"" if data[3:4] == b"\x22" and lost and lost.pop() else data

    board.infer = slow
    link, given = linked(board), samples(2)
    hello = say_hello(link)
    assert infer(link, hello, given[0]).outputs == mixer(given[0])
    board.to = line
    assert infer(link, hello, given[1]).outputs == mixer(given[1])
    assert board.time < 50


def test_an_endless_stream_ends_in_time() -> None:
    board = twin()
    board.write = lambda data: None  # type: ignore[method-assign]

    def read(size: int) -> bytes:
        board.time += 0.1
        return b"\x11" * READ_BYTES

    board.read = read  # type: ignore[method-assign]
    with pytest.raises(BoardError, match="no answer within 8 s"):
        say_hello(linked(board, seconds=8))
    assert board.time < 9


def test_a_state_is_reset() -> None:
    board = twin()
    board.state = True
    link = linked(board)
    assert say_hello(link).state
    reset(link)
    assert board.executed == [0x20, 0x25]

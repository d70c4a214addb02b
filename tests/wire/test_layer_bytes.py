"""Parts of tensors: put together in any order, and refused where no layer has their bytes."""

from __future__ import annotations

import contextlib
import random
import struct
import zlib

import pytest
from wire.twin import Twin, mixer

from edgeq.wire import (
    NOTHING,
    BoardError,
    Frame,
    LayerBytes,
    Link,
    Place,
    Stretch,
    ask_for_tensors,
    encode_frame,
    infer,
    say_hello,
)

SIZES = (5, 0, 300, 1, 0)
ALL = Stretch(Place(0, 0), Place(2, 0))


def part(layer: int, offset: int, data: bytes) -> bytes:
    return struct.pack("<HI", layer, offset) + data


@pytest.mark.parametrize("seed", range(3))
def test_parts_come_in_any_order_and_more_than_once(seed: int) -> None:
    chance, came = random.Random(seed), LayerBytes(SIZES)
    whole = [chance.randbytes(size) for size in SIZES]
    places = [(k, at) for k, size in enumerate(SIZES) for at in range(size)]
    missing = set(places)
    assert came.missing() == Stretch(Place(0, 0), Place(3, 1))
    while missing:
        layer, at = chance.choice(places)
        data = whole[layer][at : at + chance.randrange(1, 40)]
        new = missing & {(layer, at + k) for k in range(len(data))}
        missing -= new
        assert (came.take(part(layer, at, data)), came.left) == (len(new), len(missing))
        if missing:
            first, last = min(missing), max(missing)
            assert came.missing() == (first, (last[0], last[1] + 1))
    assert came.missing() == NOTHING
    assert [came.of(k) for k in range(len(SIZES))] == whole
    crcs = [zlib.crc32(data) for data in whole]
    came.check(crcs)
    for layer in (0, 2, 3):
        wrong = [crc ^ (k == layer) for k, crc in enumerate(crcs)]
        with pytest.raises(BoardError, match=f"sent other bytes of layer {layer}"):
            came.check(wrong)
    came.clear()
    assert (came.left, came.of(0)) == (306, bytes(5))


BAD = {
    "no such layer": (part(5, 0, b"a"), "1 bytes came of layer 5"),
    "the last number": (part(65535, 0, b"a"), "1 bytes came of layer 65535"),
    "a layer without bytes": (part(1, 0, b"a"), "1 bytes came of layer 1"),
    "behind its end": (part(0, 5, b"a"), "1 bytes came of layer 0, from byte 5 on"),
    "beyond its end": (part(0, 3, b"abc"), "3 bytes came of layer 0, from byte 3 on"),
    "far behind": (part(2, 2**32 - 1, b"a"), "1 bytes came of layer 2, from byte 4294967295 on"),
    "nothing in it": (part(0, 0, b""), "0 bytes came of layer 0"),
    "half a place": (b"\0\0\0", "0 bytes came of layer 0"),
    "no place": (b"", "0 bytes came of layer 65535"),
}


@pytest.mark.parametrize("case", BAD)
def test_bytes_that_no_layer_has_are_refused(case: str) -> None:
    data, why = BAD[case]
    came = LayerBytes(SIZES)
    with pytest.raises(BoardError, match=f"sends what no layer writes — {why}"):
        came.take(data)
    assert (came.left, came.of(0)) == (306, bytes(5))


def test_no_bytes_make_it_keep_more_than_the_layers_have() -> None:
    chance, came, kept = random.Random(1), LayerBytes(SIZES), 0
    for _ in range(2000):
        layer, at = chance.choice((0, 1, 2, 3, 4, 5)), chance.choice((0, 1, 4, 250, 2**31))
        data = part(layer, at, chance.randbytes(chance.randrange(60)))
        with contextlib.suppress(BoardError):
            kept += came.take(data[: chance.choice((3, 6, 99))])
        assert kept + came.left == sum(SIZES)
    assert list(map(len, map(came.of, range(5)))) == list(SIZES)


def board() -> Twin:
    """What its first layer writes is its input, 500 bytes, and of the second 300."""
    twin = Twin("0123456789abcdef", (500,), (4,), mixer, layer_count=2)
    twin.layers = lambda inputs: [inputs[0], inputs[0][:300]]
    return twin


def test_a_board_sends_what_it_is_asked_for() -> None:
    twin, given = board(), random.Random(4).randbytes(500)
    link, came = Link(twin, 8, twin.now), LayerBytes((500, 300))
    hello = say_hello(link, trace=True)
    assert (hello.tensors, hello.layers) == (True, 2)
    ask_for_tensors(link, Stretch(Place(0, 400), Place(1, 100)))
    infer(link, hello, [given], came.take)
    assert (came.left, came.of(0)[400:], came.of(1)[:100]) == (600, given[400:], given[:100])
    ask_for_tensors(link, ALL)
    infer(link, hello, [given], came.take)
    assert (came.left, came.of(0), came.of(1)) == (0, given, given[:300])


@pytest.mark.parametrize("most", [1, 500])
def test_an_endless_stream_of_parts_ends_in_time(most: int) -> None:
    """A board repeats the same bytes and never answers: only new bytes extend the time-out."""
    twin = board()
    link, came = Link(twin, 8, twin.now), LayerBytes((500, 300))
    hello = say_hello(link, trace=True)
    ask_for_tensors(link, ALL)
    right, turn = twin.read, [0]

    def read(size: int) -> bytes:
        if twin.executed[-1] != 0x22:
            return right(size)
        twin.time += 0.1
        assert twin.time < 100  # else it never ends
        turn[0] += 1
        head = struct.pack("<I", twin.token or 0) + struct.pack("<HI", 0, turn[0] % most)
        return encode_frame(Frame(0x12, 0, head + b"x")) * 30

    twin.read = read  # type: ignore[method-assign]
    with pytest.raises(BoardError, match="no answer within 8 s"):
        infer(link, hello, [bytes(500)], came.take)
    assert twin.time < 12


def test_a_slow_line_is_waited_for() -> None:
    """240 bytes a second come, longer than an answer is waited for; the request is sent once."""
    twin = board()
    link, came = Link(twin, 2, twin.now), LayerBytes((500, 300))
    hello = say_hello(link, trace=True)
    ask_for_tensors(link, ALL)
    right = twin.read

    def read(size: int) -> bytes:
        if twin.executed[-1] != 0x22:
            return right(size)
        twin.time += 1
        return right(min(size, 240))

    twin.read = read  # type: ignore[method-assign]
    link._patience = {0x22: 1.5}
    infer(link, hello, [bytes(500)], came.take)
    assert came.left == 0
    assert twin.time > 3.5
    assert [frame.type for frame in twin.sent].count(0x32) == 1

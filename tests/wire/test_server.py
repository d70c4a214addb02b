"""The board's server in C, under sanitizers: any bytes, any requests, and what each is answered with."""

from __future__ import annotations

import random
import struct
import subprocess
import zlib
from pathlib import Path

import pytest
from cobs import cobs
from codegen.building import tool
from wire.test_frame import FLAGS, chance_frames, damage

from edgeq.codegen.wire import LAYER_BYTES, SERVER_BYTES
from edgeq.resources import resource_folder
from edgeq.wire import Frame, FrameReader, encode_frame

HELLO, WRITE, RUN, READ, LAYERS, RESET, TENSORS = range(0x20, 0x27)
PART = 0x12
STRANGE, UNKNOWN, BOUNDS, EARLY, FAILED, VERSIONS = range(1, 7)

pytestmark = pytest.mark.slow  # it is built under sanitizers


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Path:
    wire, folder = resource_folder("firmware_templates") / "wire", tmp_path_factory.mktemp("server")
    sources = [
        wire / "edgeq_wire.c",
        wire / "edgeq_wire_server.c",
        Path(__file__).with_name("server.c"),
    ]
    command = ["gcc", *FLAGS.split(), "-fno-sanitize-recover=all", f"-I{wire}", *sources]
    subprocess.run([*command, "-o", folder / "server"], check=True)
    return folder / "server"


def said(server: Path, data: bytes) -> list[Frame]:
    """All that the server sends for the bytes; an address or an overflow that is wrong ends it."""
    done = subprocess.run([server], input=data, capture_output=True, timeout=60, check=True)
    reader = FrameReader()
    frames = reader.take(done.stdout)
    assert (reader.damaged, reader.foreign) == (0, 0)
    return frames


def asked(server: Path, *requests: tuple[int, int, bytes]) -> list[tuple[int, bytes]]:
    """Type and what is behind the token of each answer. requests: type, token, fields."""
    frames = [Frame(kind, 0, struct.pack("<I", token) + rest) for kind, token, rest in requests]
    answers = said(server, b"".join(map(encode_frame, frames)))
    tokens = [struct.unpack_from("<I", answer.payload)[0] for answer in answers]
    assert tokens == [token for _, token, _ in requests]
    return [(answer.type, answer.payload[4:]) for answer in answers]


def refused(why: int) -> tuple[int, bytes]:
    return 0x3F, bytes([why])


def write(index: int, at: int, data: bytes) -> bytes:
    return struct.pack("<BI", index, at) + data


def test_a_run_is_done_once_however_often_it_is_asked_for(server: Path) -> None:
    hello = (HELLO, 7, b"\0")
    fill = [(WRITE, 8, write(0, 0, bytes(range(200)))), (WRITE, 9, write(0, 200, bytes(100)))]
    more = [(WRITE, 10, write(1, 0, b"\1\2\3"))]
    runs, count = [(RUN, 11, b"")] * 3, [(READ, 12, struct.pack("<IB", 500, 4))] * 2
    answers = asked(server, hello, hello, *fill, fill[1], *more, *runs, *count)
    sizes = struct.pack("<8sBIHBB4I", bytes(range(1, 9)), 7, 9, 41, 2, 2, 300, 3, 500, 4)
    assert answers[:2] == [(HELLO + 0x10, sizes)] * 2
    assert answers[2:6] == [(WRITE + 0x10, b"")] * 4
    first, second = [*range(200), *[0] * 100], (1, 2, 3)
    sums = bytes((first[i % 300] + second[i % 3]) % 256 for i in range(500))
    assert answers[6:9] == [(RUN + 0x10, struct.pack("<I", 7) + sums[:232])] * 3
    assert answers[9:] == [(READ + 0x10, b"\1\0\0\0")] * 2


def test_layers_are_traced_if_the_hello_asks_for_it(server: Path) -> None:
    layers = [(LAYERS, 3, b"\0\0"), (LAYERS, 4, b"\x1d\0"), (LAYERS, 5, b"\x29\0")]
    answers = asked(server, (HELLO, 1, b"\1"), (RUN, 2, b""), *layers)
    assert [len(rest) for _, rest in answers[2:]] == [29 * 8, 12 * 8, 0]
    *times, last = struct.iter_unpack("<II", answers[2][1] + answers[3][1])
    assert {time for time, _ in times} == {7 * 13, 7 * 12}  # of firings, a tick of the clock each
    assert {crc for _, crc in times} == {zlib.crc32(bytes(13)), zlib.crc32(bytes(12))}
    assert last == (7 * 2, zlib.crc32(bytes(800)))
    assert answers[1][1][:4] == struct.pack("<I", 7 * 503)  # and one behind all layers


NOTHING, ALL = struct.pack("<HIHI", 0, 0, 0, 0), struct.pack("<HIHI", 0, 0, 41, 0)


def written(first: bytes) -> list[bytes]:
    """What each layer writes where the second input is all zeros."""
    sums = bytes(first[i % 300] for i in range(500))
    return [*(sums[k::40] for k in range(40)), first + sums]


def run_twice(
    server: Path, first: bytes, wanted: bytes, trace: bytes = b"\1"
) -> list[dict[tuple[int, int], bytes]]:
    """What came of each of two runs, before its answer, which the second time is asked for twice:
    (layer, offset) -> bytes.
    """
    fills = [(WRITE, write(0, 0, first[:200])), (WRITE, write(0, 200, first[200:]))]
    asks = [(HELLO, trace), (TENSORS, wanted), *fills, (RUN, b""), *fills, (RUN, b""), (RUN, b"")]
    tokens = [1, 2, 3, 4, 5, 6, 7, 8, 8]
    data = b"".join(
        encode_frame(Frame(kind, 0, struct.pack("<I", token) + fields))
        for token, (kind, fields) in zip(tokens, asks, strict=True)
    )
    runs = list[dict[tuple[int, int], bytes]]([{}])
    frames = said(server, data)
    assert [frame.sequence for frame in frames] == [k % 256 for k in range(len(frames))]
    for frame in frames:
        token, layer, offset = struct.unpack_from("<IHI", frame.payload.ljust(10))
        if frame.type == PART:
            assert token == (5 if len(runs) == 1 else 8)
            assert (layer, offset) not in runs[-1]
            runs[-1][layer, offset] = frame.payload[10:]
        elif frame.type == RUN + 0x10:
            runs.append({})
    assert runs[2:] == [{}, {}]  # what was asked for again is not sent again
    return runs[:2]


def joined(parts: dict[tuple[int, int], bytes]) -> dict[int, bytes]:
    """Layer -> its bytes, where its parts leave no gap."""
    whole: dict[int, bytes] = {}
    for (layer, offset), part in sorted(parts.items()):
        assert offset == len(whole.get(layer, b""))
        whole[layer] = whole.get(layer, b"") + part
    return whole


def test_what_layers_write_is_sent(server: Path) -> None:
    first = random.Random(1).randbytes(299) + b"\0"
    for parts in run_twice(server, first, ALL):
        assert joined(parts) == dict(enumerate(written(first)))
        assert max(map(len, parts.values())) == 230


def test_a_stretch_is_sent_alone(server: Path) -> None:
    first, chance = random.Random(2).randbytes(299) + b"\0", random.Random(3)
    whole = written(first)
    places = [(k, at) for k in range(41) for at in range(len(whole[k]))]
    stretches = [sorted(chance.sample(places, 2)) for _ in range(6)]
    for begin, end in [*stretches, ((40, 299), (40, 301)), ((3, 5), (3, 5)), ((9, 9), (41, 0))]:
        for parts in run_twice(server, first, struct.pack("<HIHI", *begin, *end)):
            came = {
                (layer, at + k): byte
                for (layer, at), part in parts.items()
                for k, byte in enumerate(part)
            }
            wanted = [place for place in places if begin <= place < end]
            assert came == {(k, at): whole[k][at] for k, at in wanted}


def test_nothing_is_sent_unless_it_is_asked_for(server: Path) -> None:
    for wanted, trace in ((NOTHING, b"\1"), (ALL, b"\0"), (ALL, b"")):
        assert run_twice(server, bytes(300), wanted, trace) == [{}, {}]
    asks = [(HELLO, 1, b"\1"), (TENSORS, 2, ALL), (HELLO, 3, b"\1"), (RUN, 4, b"")]
    assert len(asked(server, *asks)) == 4  # a hello ends what was asked for before


REFUSALS = [
    ((RUN, 1, b""), STRANGE),
    ((0x27, 8, b""), UNKNOWN),
    ((TENSORS, 8, b""), BOUNDS),
    ((TENSORS, 8, bytes(13)), BOUNDS),
    ((WRITE, 8, write(2, 0, b"a")), BOUNDS),
    ((WRITE, 8, write(1, 1, b"abc")), BOUNDS),
    ((WRITE, 8, write(0, 2**32 - 1, b"ab")), BOUNDS),
    ((WRITE, 8, b"\0\0\0\0\0"), BOUNDS),
    ((READ, 8, struct.pack("<IB", 0, 4)), EARLY),
    ((LAYERS, 8, b"\0\0"), EARLY),
    ((RUN, 9, b""), STRANGE),
    ((RUN, 6, b""), STRANGE),
]


@pytest.mark.parametrize(("request_", "why"), REFUSALS)
def test_wrong_requests_are_refused(
    server: Path, request_: tuple[int, int, bytes], why: int
) -> None:
    assert asked(server, (HELLO, 7, b"\0"), request_)[1] == refused(why)


def test_reads_outside_of_the_outputs_are_refused(server: Path) -> None:
    reads = [(500, 5), (505, 0), (2**32 - 1, 2), (0, 237), (0, 255)]
    asks = [(READ, 3 + k, struct.pack("<IB", *read)) for k, read in enumerate(reads)]
    last = [
        (LAYERS, 8, b"\0\0"),
        (READ, 9, b"\0\0\0\0\1\0"),
        (READ, 10, struct.pack("<IB", 504, 0)),
    ]
    answers = asked(server, (HELLO, 1, b"\0"), (RUN, 2, b""), *asks, *last)
    assert answers[2:9] == [refused(BOUNDS)] * 7
    assert answers[9] == (READ + 0x10, b"")


def test_outputs_lie_one_behind_the_other(server: Path) -> None:
    ask = (READ, 4, struct.pack("<IB", 498, 5))
    given = (WRITE, 2, write(1, 0, b"\1\2\3"))
    answers = asked(server, (HELLO, 1, b"\0"), given, (RUN, 3, b""), ask)
    assert answers[3] == (READ + 0x10, b"\1\2" + b"\1\0\0")


@pytest.mark.parametrize("change", [(WRITE, write(0, 0, b"a")), (RESET, b""), (HELLO, b"\0")])
def test_outputs_are_not_read_once_the_next_inference_begins(
    server: Path, change: tuple[int, bytes]
) -> None:
    kind, fields = change
    ask = (READ, 4, struct.pack("<IB", 0, 4))
    answers = asked(server, (HELLO, 1, b"\0"), (RUN, 2, b""), (kind, 3, fields), ask)
    assert answers[3] == refused(EARLY)


def test_nothing_is_asked_before_a_hello(server: Path) -> None:
    assert asked(server, (RUN, 1, b""), (RESET, 0, b"")) == [refused(STRANGE)] * 2


def test_a_model_that_fails_is_said_and_its_outputs_are_not_read(server: Path) -> None:
    runs = [(RUN, 3, b""), (RUN, 3, b""), (READ, 4, struct.pack("<IB", 0, 4))]
    answers = asked(server, (HELLO, 1, b"\0"), (WRITE, 2, write(0, 0, b"\xff")), *runs)
    assert answers[2:] == [refused(FAILED), refused(FAILED), refused(EARLY)]


def test_another_version_is_told_of_this_one(server: Path) -> None:
    body = b"\2\x20\0abcd\0"
    data = cobs.encode(body + struct.pack("<I", zlib.crc32(body))) + b"\0"
    (answer,) = said(server, data)
    assert (answer.type, answer.payload) == (0x3F, b"\0\0\0\0\6")


@pytest.mark.parametrize("seed", range(4))
def test_no_bytes_bring_it_down(seed: int, server: Path) -> None:
    """Noise, frames of any kind, and requests with right tokens and wrong fields, whole and damaged."""
    chance = random.Random(seed)
    token, data = 0, bytearray(chance.randbytes(20_000))
    for frame in chance_frames(chance, 200):
        data += encode_frame(frame)
    data += encode_frame(Frame(HELLO, 0, struct.pack("<IB", token, chance.randrange(2))))
    for _ in range(4000):
        token += chance.random() < 0.95
        kind = chance.choice(
            (WRITE, WRITE, RUN, RUN, READ, READ, LAYERS, LAYERS, RESET, HELLO, TENSORS, 0x27)
        )
        index, at = chance.randrange(3), chance.choice((0, 1, 299, 300, 500, 504, 2**32 - 1))
        fields = {
            WRITE: write(index, at, chance.randbytes(chance.choice((1, 3, 231)))),
            READ: struct.pack("<IB", at, chance.randrange(256)),
            LAYERS: struct.pack("<H", chance.choice((0, 40, 41, 65535))),
            TENSORS: struct.pack("<HIHI", index, at, 20 * chance.randrange(4), at),
        }.get(kind, chance.randbytes(chance.randrange(4)))
        cut = fields[: chance.randrange(len(fields) + 1)] if chance.random() < 0.1 else fields
        data += encode_frame(Frame(kind, 0, struct.pack("<I", token) + cut))
    whole = said(server, bytes(data))
    kinds = {answer.type for answer in whole}
    asked_for = (HELLO, WRITE, RUN, READ, LAYERS, TENSORS)
    assert kinds >= {*(kind + 0x10 for kind in asked_for), PART, 0x3F}
    said(server, damage(chance, bytes(data)))


@pytest.mark.parametrize("compiler", ["arm-none-eabi-gcc", "avr-gcc"])
def test_it_takes_the_ram_that_generate_states(compiler: str, tmp_path: Path) -> None:
    """With sending tensors, whose size makes no difference."""
    tool(compiler, "gcc-avr" if compiler == "avr-gcc" else "gcc-arm-none-eabi")
    wire = resource_folder("firmware_templates") / "wire"
    text = "edgeq_wire_server_t server; edgeq_wire_layer_t layers[10];"
    (tmp_path / "ram.c").write_text(f'#include "edgeq_wire_server.h"\n{text}\n')
    chip = "-mmcu=atmega2560" if compiler == "avr-gcc" else "-mcpu=cortex-m0"
    sources = [tmp_path / "ram.c", *wire.glob("*.c")]
    flags = ["-std=c99", "-Os", "-fno-common", chip, f"-I{wire}", "-c"]
    subprocess.run([compiler, *flags, *sources], cwd=tmp_path, check=True)
    size = [compiler.replace("gcc", "size"), "-t", *tmp_path.glob("*.o")]
    total = subprocess.run(size, capture_output=True, text=True, check=True).stdout.splitlines()[-1]
    _, data, bss, *_ = map(int, total.split()[:3])
    assert data + bss <= SERVER_BYTES + 10 * LAYER_BYTES

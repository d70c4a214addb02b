"""The GDB protocol against a peer that answers by the book, goes away, or says nothing."""

import socket
from collections.abc import Iterator

import pytest

from edgeq.errors import EdgeqError
from edgeq.verify.gdb import GdbLink


@pytest.fixture
def ends() -> Iterator[tuple[GdbLink, socket.socket]]:
    here, there = socket.socketpair()
    with here, there:
        yield GdbLink(here, 0.2), there


def test_packets_carry_their_checksum_and_answers_are_acknowledged(
    ends: tuple[GdbLink, socket.socket],
) -> None:
    link, peer = ends
    peer.sendall(b"+$01ff#8d")  # acknowledgement and answer may come together
    assert link.read(0x2000, 2) == b"\x01\xff"
    assert peer.recv(100) == b"$m2000,2#8d+"


def test_an_answer_may_come_in_pieces(ends: tuple[GdbLink, socket.socket]) -> None:
    link, peer = ends
    peer.sendall(b"+$O")
    peer.sendall(b"K#9a")
    link.write(0x10, b"\xab")
    assert peer.recv(100) == b"$M10,1:ab#08+"


def test_refusals_silence_and_ends_are_errors(ends: tuple[GdbLink, socket.socket]) -> None:
    link, peer = ends
    peer.sendall(b"+$E14#aa")
    with pytest.raises(EdgeqError, match="memory at 0x10 cannot be read"):
        link.read(0x10, 4)
    with pytest.raises(EdgeqError, match="no end after 0 s"):
        link.read(0x10, 4)
    peer.close()
    with pytest.raises(EdgeqError, match=r"it ended|went away"):
        link.read(0x10, 4)

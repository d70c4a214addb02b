"""The little of GDB's remote protocol that drives an emulator: memory, registers, breakpoints,
running.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping

from edgeq.errors import EdgeqError

CHUNK_BYTES = 1920  # of memory in one packet; QEMU takes packets of 4096 characters


class GdbLink:
    """A connected socket with a GDB server behind it. Raises EdgeqError where it goes away, refuses
    or hangs.
    """

    def __init__(self, link: socket.socket, seconds: float) -> None:
        self._link, self._pending = link, b""
        link.settimeout(seconds)

    def read(self, address: int, size: int) -> bytes:
        """Bytes of memory."""
        starts = range(address, address + size, CHUNK_BYTES)
        return b"".join(self._read(at, min(CHUNK_BYTES, address + size - at)) for at in starts)

    def _read(self, address: int, size: int) -> bytes:
        answer = self.ask(f"m{address:x},{size:x}")
        if len(answer) != 2 * size:
            raise _failure(f"memory at {address:#x} cannot be read")
        return bytes.fromhex(answer)

    def write(self, address: int, data: bytes) -> None:
        """Puts bytes into memory."""
        for at in range(0, len(data), CHUNK_BYTES):
            part = data[at : at + CHUNK_BYTES]
            self._order(
                f"M{address + at:x},{len(part):x}:{part.hex()}", f"memory at {address + at:#x}"
            )

    def register(self, word: int) -> int:
        """The value of the register that lies at a 32-bit word of all registers, little endian."""
        return int.from_bytes(bytes.fromhex(self.ask("g"))[4 * word : 4 * word + 4], "little")

    def set_registers(self, values: Mapping[int, int]) -> None:
        """Sets registers of 32 bits, by their words. (QEMU sets single ones on some cores only.)"""
        registers = bytearray.fromhex(self.ask("g"))
        for word, value in values.items():
            registers[4 * word : 4 * word + 4] = value.to_bytes(4, "little")
        self._order(f"G{registers.hex()}", "registers")

    def set_breakpoint(self, address: int, on: bool) -> None:
        """Stops, or no longer stops, before the instruction at an address."""
        self._order(f"{'Z' if on else 'z'}0,{address:x},2", f"a breakpoint at {address:#x}")

    def resume(self, step: bool = False) -> None:
        """Runs until a breakpoint, or one instruction. Raises EdgeqError where the machine stops
        for another reason.
        """
        answer = self.ask("s" if step else "c")
        if answer[:1] not in ("T", "S"):
            raise _failure(f"it stopped with {answer[:20]!r}")

    def _order(self, packet: str, what: str) -> None:
        if self.ask(packet) != "OK":
            raise _failure(f"{what} cannot be set")

    def ask(self, packet: str) -> str:
        """Sends a packet and gives the answer's text."""
        data = packet.encode()
        try:
            self._link.sendall(b"$%s#%02x" % (data, sum(data) & 0xFF))
            answer = self._answer()
            self._link.sendall(b"+")
        except TimeoutError as error:
            raise _failure(f"no end after {self._link.gettimeout():.0f} s") from error
        except OSError as error:
            raise _failure(f"it went away: {error}") from error
        return answer

    def _answer(self) -> str:
        """The next packet's text: `$text#cc`, with acknowledgements before it."""
        while (end := self._pending.find(b"#")) < 0 or len(self._pending) < end + 3:
            more = self._link.recv(1 << 16)
            if not more:
                raise _failure("it ended")
            self._pending += more
        packet, self._pending = self._pending[:end], self._pending[end + 3 :]
        return packet[packet.index(b"$") + 1 :].decode("ascii", "replace")


def _failure(why: str) -> EdgeqError:
    return EdgeqError("the emulator failed", why, "report this as a bug of edgeq with the model")

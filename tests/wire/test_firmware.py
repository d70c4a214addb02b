"""Generated firmware that is fed over the wire, as a program on the host and on a board that QEMU emulates."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from codegen.building import C99, SANITIZERS, WARNINGS, tool
from codegen.building import run as execute
from codegen.small_models import classifier, two_inputs
from codegen.test_audio import wake_word
from ops.streaming import ring_buffer
from ops.test_split import split
from plan.test_channel_blocks import tail
from plan.test_feed import by_hand
from verify.test_input_affine import five
from wire.boards import Tamper, faulty, program, untouched

from edgeq.cleanup import cleaned
from edgeq.cli import run
from edgeq.codegen.generate import generate
from edgeq.codegen.model_hash import model_hash
from edgeq.codegen.native import DEFAULT, NativeOptions, render_native
from edgeq.features import FrontEnd
from edgeq.graph import Model, write_tflite
from edgeq.simulate.execute import execute as execute_graph

pytestmark = pytest.mark.slow  # each builds a project


@dataclass(frozen=True)
class Firmware:
    """A built program, the file of its model, and the options that both were made by."""

    board: Path
    model: Path
    options: tuple[str, ...] = ()

    def verify(
        self,
        capsys: pytest.CaptureFixture[str],
        *arguments: str,
        to: Tamper = untouched,
        fro: Tamper = untouched,
    ) -> tuple[int, dict[str, Any]]:
        """Exit status and target of `edgeq verify`, the board being a program of this machine."""
        with program([self.board], to, fro) as url:
            return self.verified(capsys, url, *arguments)

    def verified(
        self, capsys: pytest.CaptureFixture[str], url: str, *arguments: str
    ) -> tuple[int, dict[str, Any]]:
        """Exit status and target of `edgeq verify` of a board on a port."""
        capsys.readouterr()
        code = run(["verify", str(self.model), "--port", url, *self.options, *arguments, "--json"])
        (target,) = json.loads(capsys.readouterr().out)["targets"]
        return code, target


def build(folder: Path, model: Model, options: NativeOptions = DEFAULT) -> Path:
    """The demonstration of a CMake project with the wire, under sanitizers."""
    generate(model, folder, framework="cmake", name="tiny", options=options, wire=True)
    sources = sorted((folder / "src").glob("*.c"))
    execute("gcc", *C99, *SANITIZERS, "-Isrc", "main.c", *sources, "-o", "board", "-lm", cwd=folder)
    return folder / "board"


def firmware(folder: Path, model: Model, feed_rows: bool = False) -> Firmware:
    (folder / "model.tflite").write_bytes(write_tflite(model))
    board = build(folder / "project", model, NativeOptions(feed_rows=feed_rows))
    return Firmware(board, folder / "model.tflite", ("--feed-rows",) if feed_rows else ())


KINDS = {
    "plain": (classifier(), False),
    "two inputs": (two_inputs(), False),
    "several outputs": (split((1, 4, 5, 60), 3, 3), False),
    "state": (ring_buffer(), False),
    "rows": (by_hand(), True),
    "real values": (five(), False),
    "large output": (by_hand(), False),
    "blocks of channels": (tail(), False),
    "front end": (wake_word().with_front_end(FrontEnd().to_bytes()), False),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_byte_is_as_the_simulator_says(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, feed_rows = KINDS[kind]
    made = firmware(tmp_path, model, feed_rows)
    for layers in ([], ["--layers"], ["--tensors"]):
        code, target = made.verify(capsys, "--random", "5", *layers)
        assert (code, target["status"], target["reason"]) == (0, "ok", None)
        assert (target["samples"], target["bytes_different"]) == (5, 0)
        assert target["bytes_compared"] > 0
        assert target["microseconds_per_inference"] >= 0
        assert bool(target["layers"]) == bool(layers)
    assert sum(layer["bytes_compared"] for layer in target["layers"]) == 5 * tensors(made)


def tensors(made: Firmware) -> int:
    """Bytes that all layers write in an inference, outputs included."""
    options = NativeOptions(feed_rows=bool(made.options))
    program = render_native(cleaned(made.model), "tiny", (), options).program
    return sum(program.graph.tensors[t].nbytes for step in program.steps for t in step.writes)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Firmware:
    return firmware(tmp_path_factory.mktemp("tiny"), classifier())


@pytest.mark.parametrize("seed", range(2))
def test_losses_and_damage_change_no_byte(
    seed: int, tiny: Firmware, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = {"to": faulty(seed, 300), "fro": faulty(seed + 50, 150)}
    code, target = tiny.verify(capsys, "--random", "12", "--tensors", **lines)
    assert (code, target["status"], target["samples"]) == (0, "ok", 12)
    assert target["bytes_different"] == 0


def test_a_wrong_layer_and_a_wrong_byte_are_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of an engine whose weights were changed behind edgeq's back."""
    made = firmware(tmp_path, classifier())
    source = tmp_path / "project/src/tiny_weights.h"
    first = re.compile(r"(int8_t \w+\[\d+\] EDGEQ_ALIGNED = \{\n *)(-?\d+)")
    text, changed = first.subn(lambda found: f"{found[1]}{-int(found[2]) | 64}", source.read_text())
    assert changed
    source.write_text(text)
    folder = tmp_path / "project"
    sources = sorted((folder / "src").glob("*.c"))
    execute("gcc", "-Isrc", "main.c", *sources, "-o", "board", "-lm", cwd=folder)
    code, target = made.verify(capsys, "--random", "5", "--layers")
    assert (code, target["status"], target["samples"]) == (1, "different", 5)
    assert "layer 0 CONV_2D" in target["reason"]
    assert target["first_difference"]["tensor"] == "scores"
    code, target = made.verify(capsys, "--random", "5", "--tensors")
    first = target["first_difference"]
    assert (code, target["status"], target["reason"]) == (1, "different", None)
    assert (first["sample"], first["layer"], first["tensor"]) == (0, 0, "conv/Relu")
    assert (first["index"][-1], first["got"] == first["expected"]) == (0, False)


def test_the_page_calls_a_board_from_python(
    tiny: Firmware, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (Path(__file__).parents[2] / "docs/wire.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", page, re.S)
    with program([tiny.board]) as url:
        exec(code.replace("/dev/ttyACM0", url), {})
    graph = classifier().main
    expected = execute_graph(graph, [np.zeros((1, 1, 8, 8, 1), np.int8)])[graph.outputs[0]]
    hello, outputs = capsys.readouterr().out.splitlines()
    assert hello == f"{model_hash(classifier())} (64,) (3,)"
    assert outputs.startswith(str(expected[0, 0]))


def test_other_options_make_other_layers(
    tiny: Firmware, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgeq.verify.traced_layers.program_digest", lambda layers: 1)
    code, target = tiny.verify(capsys, "--random", "1", "--layers")
    assert (code, target["status"]) == (1, "failed")
    assert "generated by other options" in target["reason"]


def test_another_model_is_refused(
    tmp_path: Path, tiny: Firmware, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "other.tflite").write_bytes(write_tflite(two_inputs()))
    code, target = Firmware(tiny.board, tmp_path / "other.tflite").verify(capsys)
    assert (code, target["status"]) == (1, "failed")
    assert "the board runs another model" in target["reason"]


@pytest.fixture(scope="module")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Firmware:
    """The classifier's firmware with the wire, built for QEMU's MPS2 board with a Cortex-M3."""
    tool("arm-none-eabi-gcc", "gcc-arm-none-eabi libnewlib-arm-none-eabi")
    tool("qemu-system-arm", "qemu-system-arm")
    folder, here = tmp_path_factory.mktemp("emulated"), Path(__file__).parent
    (folder / "model.tflite").write_bytes(write_tflite(classifier()))
    generate(classifier(), folder, framework="headers", name="tiny", wire=True)
    flags = ("-mcpu=cortex-m3", "-mthumb", "-O2", "-std=c99", *WARNINGS, "-nostartfiles", "-I.")
    sources = (here / "mps2.c", *sorted(folder.glob("*.c")), "-T", here / "mps2.ld")
    execute("arm-none-eabi-gcc", *flags, *sources, "-lm", "-o", "board", cwd=folder)
    return Firmware(folder / "board", folder / "model.tflite")


QEMU = "qemu-system-arm -M mps2-an385 -display none -monitor none -kernel".split()


def test_an_emulated_board_is_reached_by_qemus_own_socket(
    emulated: Firmware, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    line = f"tcp:127.0.0.1:{port},server=on,wait=on,nodelay=on"
    with subprocess.Popen([*QEMU, emulated.board, "-serial", line]) as board:
        try:
            until_listening(port)
            code, target = emulated.verified(
                capsys, f"socket://127.0.0.1:{port}", "--random", "6", "--tensors"
            )
        finally:
            board.kill()
    assert (code, target["status"], target["samples"], target["bytes_different"]) == (0, "ok", 6, 0)
    assert [layer["bytes_compared"] for layer in target["layers"]] == [6 * 64, 6 * 64, 6 * 3]
    assert target["microseconds_per_inference"] > 10
    assert sum(layer["microseconds"] for layer in target["layers"]) > 10


def until_listening(port: int) -> None:
    """Waits until /proc says that a process listens: a connection would be taken for the computer's."""
    deadline, row = time.monotonic() + 20, f"0100007F:{port:04X} 00000000:0000 0A"
    while row not in Path("/proc/net/tcp").read_text() and time.monotonic() < deadline:
        time.sleep(0.05)


def test_losses_and_damage_change_no_byte_of_an_emulated_board(
    emulated: Firmware, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [*QEMU, emulated.board, "-serial", "stdio"]
    with program(command, faulty(7, 300), faulty(8, 150)) as url:
        code, target = emulated.verified(capsys, url, "--random", "10", "--tensors")
    assert (code, target["status"], target["samples"]) == (0, "ok", 10)
    assert [layer["bytes_compared"] for layer in target["layers"]] == [640, 640, 30]
    assert target["bytes_different"] == 0

"""Completion in a shell: which names are offered, by bash itself, and how long that takes."""

import os
import pty
import select
import shutil
import sys
import time
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from edgeq.boards import load_boards
from edgeq.cli import build_app, completion
from edgeq.frameworks import FRAMEWORKS
from edgeq.sensors import SENSORS
from edgeq.verify.targets import TARGETS

SECONDS = 30


def completed(command: str, parameter: str, incomplete: str = "") -> list[str]:
    """What edgeq offers for a parameter of a command, as Typer finds it."""
    root = get_command(build_app())
    (found,) = (p for p in root.commands[command].params if p.name == parameter)
    with typer.Context(root) as context:
        return [item.value for item in found.shell_complete(context, incomplete)]


def test_every_name_is_offered() -> None:
    assert completed("generate", "framework") == list(FRAMEWORKS)
    assert completed("generate", "sensor") == list(SENSORS)
    assert completed("generate", "board") == [board.name for board in load_boards()]
    assert completed("boards", "name", "esp32-s3") == [
        board.name for board in load_boards() if board.name.startswith("esp32-s3")
    ]
    assert completed("verify", "target") == [*(target.name for target in TARGETS), "all"]
    assert "host" not in completed("bench", "target")
    assert completed("convert", "scheme", "int8") == ["int8"]
    assert completed("convert", "model") == []  # the shell completes files


def test_every_function_lists_names() -> None:
    functions = [f for f in vars(completion).values() if callable(f)]
    assert len(functions) > 15
    for function in functions:
        names = function()
        assert names
        assert len(set(names)) == len(names)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_completes_names_and_files(tmp_path: Path) -> None:
    """An interactive bash, into which keys are typed. What it would run is echoed, not run."""
    program = tmp_path / "bin" / "edgeq"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\nfrom edgeq.cli import main\nmain()\n")
    program.chmod(0o755)
    (tmp_path / "a model.tflite").touch()
    with _Bash(tmp_path, f"{program.parent}:{os.environ['PATH']}") as bash:
        bash.run('eval "$(edgeq --show-completion)"')
        assert bash.typed("edgeq gen\t") == "edgeq generate"
        assert bash.typed("edgeq generate a\t") == r"edgeq generate a\ model.tflite"
        assert bash.typed("edgeq generate m --framework arduino-\t") == (
            "edgeq generate m --framework arduino-library"
        )
        assert bash.typed("edgeq verify m --target avr\t") == (
            "edgeq verify m --target avr-atmega2560"
        )
        assert bash.typed("edgeq convert m --scheme dy\t") == "edgeq convert m --scheme dynamic"


class _Bash:
    """An interactive bash on a terminal of its own, in `folder`, without start-up files."""

    def __init__(self, folder: Path, path: str) -> None:
        self.folder, self.path = folder, path

    def __enter__(self) -> "_Bash":
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            environment = {"PATH": self.path, "PS1": "READY>", "TERM": "dumb", "HOME": "."}
            kept = {k: v for k, v in os.environ.items() if k.startswith("PYTHON")}
            os.chdir(self.folder)
            os.execvpe("bash", ["bash", "--norc", "--noprofile", "-i"], {**environment, **kept})
        self._until("READY>")
        self.run("bind 'set enable-bracketed-paste off'; bind 'set bell-style none'")
        return self

    def __exit__(self, *error: object) -> None:
        os.close(self.terminal)  # the shell ends by SIGHUP
        os.waitpid(self.process, 0)

    def run(self, line: str) -> None:
        os.write(self.terminal, f"{line}\n".encode())
        self._until("\nREADY>")

    def typed(self, keys: str) -> str:
        """The line that stands there after these keys, as Ctrl-A and `echo` before it show it."""
        os.write(self.terminal, keys.encode() + b"\x01printf 'LINE<%s>\\n' '\x05'\n")
        shown = self._until("\nREADY>")
        return shown.rpartition("LINE<")[2].partition(">")[0].strip()

    def _until(self, mark: str) -> str:
        shown, end = "", time.monotonic() + SECONDS
        while mark not in shown:
            ready, _, _ = select.select([self.terminal], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"no {mark!r} within {SECONDS} s: {shown!r}"
            shown += os.read(self.terminal, 4096).decode(errors="replace")
        return shown

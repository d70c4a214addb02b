"""The packages that the wire needs: who lacks them is told pip's command."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import edgeq
from edgeq.errors import EdgeqError
from edgeq.verify import Wanted, verify_port

PIP = r'a board on a serial port — {} not installed — pip install "edgeq\[serial\]"'
USES: dict[str, Callable[[Path], object]] = {
    "monitor": lambda folder: edgeq.monitor("port"),
    "record": lambda folder: edgeq.record("port", folder / "x.npz", label="wave"),
    "verify": lambda folder: verify_port("port", Wanted("0" * 16)),
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize(
    ("missing", "named"),
    [(("cobs",), "cobs"), (("serial",), "pyserial"), (("serial", "cobs"), "pyserial and cobs")],
)
def test_who_lacks_a_package_is_told_pips_command(
    use: str, missing: tuple[str, ...], named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in missing:
        monkeypatch.setitem(sys.modules, package, None)  # so that it cannot be found
    with pytest.raises(EdgeqError, match=PIP.format(named)):
        USES[use](tmp_path)
    assert not any(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("command", ["monitor", "record -o x.npz --label wave"])
def test_commands_start_without_the_packages(command: str, tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['cobs'] = sys.modules['serial'] = None;"
        "from edgeq.cli import run; sys.exit(run(sys.argv[1:]))"
    )
    line = [sys.executable, "-c", program, *command.split(), "--port", "port"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("Traceback")) == (2, 0)
    assert 'pyserial and cobs not installed — pip install "edgeq[serial]"' in done.stderr

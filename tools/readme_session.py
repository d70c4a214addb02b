"""The session in README.md, made by running it: `python tools/readme_session.py` writes it,
`--check` compares.

The commands are those that the README shows after `$ `. They run in a copy of examples/digits, one
after another.
What depends on the machine is left as it is if nothing else has changed: how fast it is, its
compilers, their code.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
SESSION = re.compile(r"(<!-- session -->.*?```console\n)(.*?)(```\n<!-- /session -->)", re.S)
LEFT_OUT = re.compile(r"confusion matrix.*?\n\n", re.S)
OF_THE_MACHINE = (
    (re.compile(r"(samples per second +)[\d,]+"), r"\1N"),
    (re.compile(r"^(host|cortex-m4): .*(?:\n  \S.*)*$", re.M), r"\1: COMPILER"),
    (
        re.compile(r"^(  (?:host|cortex-m4) +)[\d,]+( +[\d,]+ +[\d,]+ +(?:[\d,]+|-))$", re.M),
        r"\1CODE\2",
    ),
    (re.compile(r"^(  (?:host|cortex-m4) .*?)[\d,]+$", re.M), r"\1N"),  # instructions, stack
)


def shown_commands(text: str) -> list[str]:
    """The commands that the README shows after `$ `, in their order."""
    return re.findall(r"^\$ (.*)$", _block(text), re.M)


def run_session(commands: list[str]) -> str:
    """What people see who type the commands, in a terminal of 80 columns."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80"}
    parts = []
    with tempfile.TemporaryDirectory() as folder:
        place = shutil.copytree(ROOT / "examples" / "digits", Path(folder) / "digits")
        for command in commands:
            arguments = [sys.executable, "-m", *shlex.split(command)]
            done = subprocess.run(
                arguments, cwd=place, env=environment, capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise SystemExit(f"{command}\n{done.stderr}")
            parts.append(f"$ {command}\n{LEFT_OUT.sub('', done.stdout).rstrip()}\n")
    return "\n".join(parts)


def comparable(session: str) -> str:
    """The text of a session in which what depends on the machine (times, compiler versions) is blanked,
    so that sessions of two machines can be compared.
    """
    for pattern, replacement in OF_THE_MACHINE:
        session = pattern.sub(replacement, session)
    return re.sub(" +", " ", session)


def _block(text: str) -> str:
    found = SESSION.search(text)
    if found is None:
        raise SystemExit("README.md has no session between its marks")
    return found[2]


def main() -> None:
    """Runs the README's session; writes its output into README.md, or with --check compares it."""
    text = README.read_text()
    made = run_session(shown_commands(text))
    if comparable(made) == comparable(_block(text)):
        return
    if "--check" in sys.argv[1:]:
        raise SystemExit(
            f"README.md shows another session than this one; run python tools/readme_session.py\n{made}"
        )
    README.write_text(SESSION.sub(lambda found: found[1] + made + found[3], text))


if __name__ == "__main__":
    main()

"""A second process that takes a change back where the first one is killed while it makes it.

SIGKILL cannot be caught, and files are renamed one after the other, so a lone process would leave a
folder half changed until the next run. The guard is a shell, in a session of its own, that waits
for the word that all is done. Where it reads the end of its input instead, it becomes a Python that
takes the change back. It holds the lock of the folder, which another run waits for, and standard
output, whose reader so waits too.

What is left to the next run is what ends both at once: a machine without power, a container that is
stopped.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from edgeq.codegen.transaction import take_back
from edgeq.errors import EdgeqError

_DONE = b"done\n"
_WAIT = 'read -r word; [ "$word" = done ] || exec "$@"'
_TAKE_BACK = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from edgeq.codegen.guard import after_a_kill; after_a_kill(*sys.argv[2:])"
)
_ROOT = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def guarded(folder: Path, lock: int, made: Sequence[Path] = ()) -> Iterator[None]:
    """Changes of the folder within are taken back if this process is killed meanwhile.

    lock: the descriptor that locks the folder. made: folders that are removed again with the change
    if they are empty then, the innermost first.
    """
    guard = _start(folder, lock, made)
    try:
        yield
    finally:
        if guard is not None:
            with contextlib.suppress(OSError):  # it was killed itself
                guard.communicate(_DONE)


def _start(folder: Path, lock: int, made: Sequence[Path]) -> subprocess.Popen[bytes] | None:
    """The guard; None where this machine has no shell."""
    places = [str(place.absolute()) for place in (folder, *made)]
    python = (sys.executable, "-I", "-c", _TAKE_BACK, str(_ROOT), *places)
    try:
        return subprocess.Popen(
            ("/bin/sh", "-c", _WAIT, "edgeq", *python),
            stdin=subprocess.PIPE,
            pass_fds=(lock,),
            start_new_session=True,
        )
    except OSError:
        return None


def after_a_kill(folder: str, *made: str) -> None:
    """Takes back what the killed process had begun; what cannot be is left to the next run."""
    with contextlib.suppress(EdgeqError, OSError):
        take_back(Path(folder))
        for place in made:
            Path(place).rmdir()

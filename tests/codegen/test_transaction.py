"""A process that is killed while it changes a folder: the next one finds the old state or the new
one, whole.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from codegen.test_renewal import FIRST, RENAMED, SECOND, contents, write

from edgeq.codegen import project_folder
from edgeq.codegen.folder_files import digest_of
from edgeq.codegen.transaction import PARTIAL, alone_in, change, take_back
from edgeq.errors import EdgeqError

CHANGES_OF_FILES = (
    "open",
    "os.rename",
    "os.remove",
    "os.mkdir",
    "os.rmdir",
    "os.chmod",
    "shutil.copyfile",
    "shutil.copymode",
    "shutil.copystat",
    "shutil.rmtree",
)
"""Python's own audit events, each raised just before the file system is asked."""

NOT_REACHED = 3


def in_child(work: Callable[[], object], at: int, act: Callable[[], object]) -> int:
    """Runs `work` in a process of its own, where `act` is called before its event number `at`;
    gives the wait status.

    Exit status: NOT_REACHED if there were fewer events, 0 if the work was done in spite of `act`, 1
    if it raised.
    """
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    seen = 0

    def on_event(event: str, _: tuple[object, ...]) -> None:
        nonlocal seen
        if event in CHANGES_OF_FILES:
            seen += 1
            if seen == at + 1:
                act()

    try:
        sys.addaudithook(on_event)
        work()
        os._exit(0 if seen > at else NOT_REACHED)
    finally:
        os._exit(1)


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def refuse() -> None:
    raise OSError(28, "No space left on device")


def project(folder: Path) -> dict[str, bytes]:
    """A project with an edited file and one of the user's; gives those two."""
    write(folder, FIRST)
    mine = {"main.c": b"edited", "notes.txt": b"mine"}
    for path, content in mine.items():
        (folder / path).write_bytes(content)
    return mine


def unguarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard is killed as well, by not being there."""
    monkeypatch.setattr(project_folder, "guarded", lambda *_: contextlib.nullcontext())


@pytest.mark.slow
@pytest.mark.parametrize("guarded", [True, False], ids=["one process", "both processes"])
@pytest.mark.parametrize("files", [SECOND, RENAMED], ids=["renewed", "renamed"])
def test_a_kill_at_any_moment_leaves_the_old_state_or_the_new_one(
    tmp_path: Path, files: dict[str, bytes], guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not guarded:
        unguarded(monkeypatch)
    new = tmp_path / "new"
    mine = project(new)
    write(new, files)
    mixed = 0
    for at in range(200):
        out = tmp_path / str(at)
        project(out)
        old = contents(out)
        status = in_child(partial(write, out, files), at, kill)
        assert guarded or mine.items() <= contents(out).items()
        with alone_in(out):  # a guard has it until it is done
            mixed += contents(out) not in (old, contents(new))
            take_back(out)
        assert contents(out) in (old, contents(new))
        assert not (out / PARTIAL).exists()
        write(out, files)
        assert contents(out) == contents(new)
        if not os.WIFSIGNALED(status):
            break
    assert os.WEXITSTATUS(status) == NOT_REACHED
    assert at > 20  # the change has many steps, and each was one to be killed at
    assert mixed == 0 if guarded else mixed > 10


@pytest.mark.slow
def test_a_kill_at_any_moment_leaves_no_new_folder_half_full(tmp_path: Path) -> None:
    for at in range(200):
        out = tmp_path / str(at) / "out"
        status = in_child(partial(write, out, FIRST), at, kill)
        if out.exists():
            with alone_in(out):  # waits for the guard, which may remove it
                pass
        assert (contents(out) if out.exists() else {}) in ({}, FIRST)
        assert not (out / PARTIAL).exists()
        if not os.WIFSIGNALED(status):
            break
    assert os.WEXITSTATUS(status) == NOT_REACHED
    assert at > 15


@pytest.mark.slow
def test_who_reads_the_output_of_a_killed_process_waits_for_its_guard(tmp_path: Path) -> None:
    write(tmp_path, FIRST)
    code = (
        "import os, signal\n"
        "from pathlib import Path\n"
        "from codegen.test_renewal import SECOND, write\n"
        "os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"write(Path({str(tmp_path)!r}), SECOND)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment)
    assert done.returncode == -signal.SIGKILL
    assert contents(tmp_path) == FIRST


def test_without_a_shell_there_is_no_guard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object, **__: object) -> None:
        raise FileNotFoundError("/bin/sh")

    monkeypatch.setattr(subprocess, "Popen", missing)
    write(tmp_path, FIRST)
    assert contents(tmp_path) == FIRST


def test_a_killed_guard_is_not_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started, start = list[subprocess.Popen[bytes]](), subprocess.Popen[bytes]

    def started_and_killed(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        started.append(start(*arguments, **options))
        started[0].kill()
        started[0].wait()
        return started[0]

    monkeypatch.setattr(subprocess, "Popen", started_and_killed)
    write(tmp_path, FIRST)
    assert started
    assert contents(tmp_path) == FIRST


def test_what_both_processes_leave_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unguarded(monkeypatch)
    write(tmp_path, FIRST)
    for at in range(30):
        in_child(partial(write, tmp_path, SECOND), at, kill)
        if (tmp_path / PARTIAL / "README.txt").exists():
            break
    assert "Run it again" in (tmp_path / PARTIAL / "README.txt").read_text()
    write(tmp_path, SECOND)
    assert contents(tmp_path) == SECOND


@pytest.mark.slow
def test_a_file_system_that_refuses_at_any_moment_leaves_the_old_state_or_the_new_one(
    tmp_path: Path,
) -> None:
    new = tmp_path / "new"
    project(new)
    write(new, RENAMED)
    refused = 0
    for at in range(200):
        out = tmp_path / str(at)
        project(out)
        old = contents(out)
        status = os.WEXITSTATUS(in_child(partial(write, out, RENAMED), at, refuse))
        state = {
            path: content for path, content in contents(out).items() if not path.startswith(PARTIAL)
        }
        assert state in ((old, contents(new)) if status else (contents(new),))
        refused += state == old
        write(out, RENAMED)
        assert contents(out) == contents(new)
        if status == NOT_REACHED:
            break
    assert status == NOT_REACHED
    assert refused > 20


@pytest.mark.slow
def test_a_file_that_was_edited_after_the_kill_is_not_taken_back(tmp_path: Path) -> None:
    work = partial(change, tmp_path, {"a": b"new a", "b": b"new b"}, [])
    (tmp_path / "a").write_bytes(b"old a")
    for at in range(100):
        in_child(work, at, kill)
        if (tmp_path / "a").read_bytes() == b"new a":
            break
        take_back(tmp_path)
    (tmp_path / "a").write_bytes(b"edited")
    take_back(tmp_path)
    assert contents(tmp_path) == {"a": b"edited"}


@pytest.mark.parametrize("journal", ["", "[", "[1]", "{}", '[{"path": 1}]', "[" * 100_000, "null"])
def test_a_journal_that_is_not_whole_undoes_nothing(tmp_path: Path, journal: str) -> None:
    (tmp_path / PARTIAL).mkdir()
    (tmp_path / PARTIAL / "journal.json").write_text(journal)
    (tmp_path / "a").write_bytes(b"mine")
    take_back(tmp_path)
    assert contents(tmp_path) == {"a": b"mine"}


def test_a_journal_from_elsewhere_reaches_nothing_outside_the_folder(tmp_path: Path) -> None:
    victim, out = tmp_path / "victim", tmp_path / "out"
    victim.write_bytes(b"precious")
    (out / PARTIAL).mkdir(parents=True)
    steps = [
        {"path": path, "digest": digest_of(b"precious"), "existed": False}
        for path in ("../victim", str(victim))
    ]
    (out / PARTIAL / "journal.json").write_text(json.dumps(steps))
    take_back(out)
    assert victim.read_bytes() == b"precious"


def test_a_folder_of_that_name_with_other_things_is_not_removed(tmp_path: Path) -> None:
    (tmp_path / PARTIAL).mkdir()
    (tmp_path / PARTIAL / "thesis.txt").write_bytes(b"mine")
    with pytest.raises(
        EdgeqError, match="unfinished changes there, and it holds other things — move it away"
    ):
        take_back(tmp_path)
    assert contents(tmp_path) == {f"{PARTIAL}/thesis.txt": b"mine"}


def test_two_processes_take_turns(tmp_path: Path) -> None:
    child = os.fork()
    if not child:
        with alone_in(tmp_path):
            (tmp_path / "begun").touch()
            time.sleep(0.1)
            (tmp_path / "ended").touch()
        os._exit(0)
    while not (tmp_path / "begun").exists():
        time.sleep(0.001)
    with alone_in(tmp_path):
        assert (tmp_path / "ended").exists()
    os.waitpid(child, 0)


def test_a_signal_to_end_waits_for_the_change(tmp_path: Path) -> None:
    def end() -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    status = in_child(lambda: write(tmp_path, FIRST), 12, end)
    assert os.WTERMSIG(status) == signal.SIGTERM
    assert contents(tmp_path) == FIRST

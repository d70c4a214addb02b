"""A project's folder in use: what its user made there survives every later run, and what edgeq owns
is renewed.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgeq.codegen.folder_files import digest_of
from edgeq.codegen.manifest import MANIFEST, is_inside
from edgeq.codegen.project_folder import write_project
from edgeq.codegen.renewal import Renewal
from edgeq.codegen.transaction import PARTIAL
from edgeq.errors import EdgeqError

FIRST = {
    "main.c": b"main 1",
    "src/net.c": b"net 1",
    "src/net.h": b"header 1",
    "README.md": b"read 1",
}
SECOND = {
    "main.c": b"main 2",
    "src/net.c": b"net 2",
    "src/net.h": b"header 1",
    "README.md": b"read 1",
}
RENAMED = {"main.c": b"main of other", "src/other.c": b"other", "README.md": b"read 1"}


def contents(folder: Path) -> dict[str, bytes]:
    """Relative path -> content of every file below a folder, its manifest left out."""
    files = {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }
    return {path: content for path, content in files.items() if path != MANIFEST}


def write(folder: Path, files: dict[str, bytes], overwrite: bool = False) -> Renewal:
    return write_project(folder, files, {"name": "net"}, {"main.c"}, overwrite)


def test_a_project_that_nobody_touched_is_renewed(tmp_path: Path) -> None:
    out = tmp_path / "a" / "b"
    write(out, FIRST)
    assert contents(out) == FIRST
    write(out, SECOND)
    assert contents(out) == SECOND
    renewal = write(out, RENAMED)
    assert contents(out) == RENAMED
    assert renewal.removals == ("src/net.c", "src/net.h")


def test_the_same_project_again_touches_no_file(tmp_path: Path) -> None:
    write(tmp_path, FIRST)
    before = {path: path.stat().st_ino for path in tmp_path.rglob("*")}
    write(tmp_path, FIRST)
    assert {path: path.stat().st_ino for path in tmp_path.rglob("*")} == before


def test_what_the_user_made_survives_three_runs(tmp_path: Path) -> None:
    write(tmp_path, FIRST)
    mine = {
        "main.c": b"edited",
        "notes.txt": b"mine",
        ".git/HEAD": b"ref",
        "src/sensor.c": b"mine too",
    }
    for path, content in mine.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)
    for files in (FIRST, SECOND, RENAMED):
        renewal = write(tmp_path, files)
        assert mine.items() <= contents(tmp_path).items()
        assert renewal.kept == {"main.c": None if files is FIRST else "main.c.new"}
    assert contents(tmp_path) == {**RENAMED, **mine, "main.c.new": RENAMED["main.c"]}


def test_the_new_text_that_is_taken_over_makes_a_file_edgeqs_again(tmp_path: Path) -> None:
    write(tmp_path, FIRST)
    (tmp_path / "main.c").write_bytes(b"edited")
    write(tmp_path, SECOND)
    (tmp_path / "main.c.new").rename(tmp_path / "main.c")
    assert write(tmp_path, RENAMED).kept == {}
    assert contents(tmp_path) == RENAMED


def test_a_new_text_that_was_looked_at_and_removed_is_not_offered_again(tmp_path: Path) -> None:
    write(tmp_path, FIRST)
    (tmp_path / "main.c").write_bytes(b"edited")
    assert write(tmp_path, SECOND).kept == {"main.c": "main.c.new"}
    assert write(tmp_path, SECOND).kept == {"main.c": "main.c.new"}
    (tmp_path / "main.c.new").unlink()
    assert write(tmp_path, SECOND).kept == {"main.c": None}
    assert "main.c.new" not in contents(tmp_path)


def test_a_file_that_stands_where_the_new_text_would_go_is_kept_too(tmp_path: Path) -> None:
    write(tmp_path, FIRST)
    for name in ("main.c", "main.c.new"):
        (tmp_path / name).write_bytes(b"edited")
    assert write(tmp_path, SECOND).kept == {"main.c": "main.c.new.2"}
    assert contents(tmp_path) == {
        **SECOND,
        "main.c": b"edited",
        "main.c.new": b"edited",
        "main.c.new.2": b"main 2",
    }


def test_files_that_are_written_once_stay_away_when_removed_and_others_come_back(
    tmp_path: Path,
) -> None:
    write(tmp_path, FIRST)
    (tmp_path / "main.c").unlink()
    (tmp_path / "src/net.c").unlink()
    assert write(tmp_path, SECOND).kept == {"main.c": None}
    assert set(contents(tmp_path)) == {"src/net.c", "src/net.h", "README.md"}


def test_overwrite_renews_what_was_edited_but_not_what_is_the_users(tmp_path: Path) -> None:
    write(tmp_path, FIRST)
    (tmp_path / "src/other.c").write_bytes(b"not generated")
    for name in ("main.c", "src/net.c", "src/net.h"):
        (tmp_path / name).write_bytes(b"edited")
    write(tmp_path, SECOND, overwrite=True)
    assert contents(tmp_path) == {
        **SECOND,
        "main.c": b"edited",
        "main.c.new": b"main 2",
        "src/other.c": b"not generated",
    }
    write(tmp_path, RENAMED, overwrite=True)
    assert (tmp_path / "src/other.c").read_bytes() == b"not generated"


def test_a_file_of_the_users_is_not_edgeqs_after_it_met_one_of_the_same_name(
    tmp_path: Path,
) -> None:
    write(tmp_path, FIRST)
    (tmp_path / "src/other.c").write_bytes(b"not generated")
    for overwrite in (False, True):
        assert write(tmp_path, RENAMED, overwrite).kept == {"src/other.c": "src/other.c.new"}
    write(tmp_path, FIRST)
    assert contents(tmp_path) == {**FIRST, "src/other.c": b"not generated"}


def test_a_folder_of_other_files_takes_a_project_unless_names_meet(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_bytes(b"mine")
    write(tmp_path, FIRST)
    assert contents(tmp_path) == {**FIRST, "thesis.txt": b"mine"}
    (tmp_path / MANIFEST).unlink()
    before = contents(tmp_path)
    with pytest.raises(
        EdgeqError,
        match=r"was not generated by edgeq and has files of its own: main\.c, src/net\.c",
    ):
        write(tmp_path, SECOND)
    assert contents(tmp_path) == before


def test_the_manifest_of_an_older_edgeq_says_no_hashes_so_everything_that_differs_is_kept(
    tmp_path: Path,
) -> None:
    write(tmp_path, FIRST)
    (tmp_path / MANIFEST).write_text(json.dumps({"generator": "edgeq", "files": list(FIRST)}))
    assert write(tmp_path, SECOND).kept == {"main.c": "main.c.new", "src/net.c": "src/net.c.new"}
    assert FIRST.items() <= contents(tmp_path).items()
    write(tmp_path, SECOND, overwrite=True)
    assert contents(tmp_path) == {**SECOND, "main.c": b"main 1", "main.c.new": b"main 2"}


DAMAGED = {
    "cut off": b'{"generator": "edgeq", "fi',
    "empty": b"",
    "another program's": b'{"files": []}',
    "deep": b"[" * 100_000,
    "no table": b'{"generator": "edgeq", "files": 3}',
    "binary": b"\xff\xfe\x00",
    "large": b" " * 2_000_000,
}


@pytest.mark.parametrize("case", DAMAGED)
def test_a_damaged_manifest_is_kept_and_allows_nothing(tmp_path: Path, case: str) -> None:
    write(tmp_path, FIRST)
    (tmp_path / MANIFEST).write_bytes(DAMAGED[case])
    write(tmp_path, SECOND)
    assert {**FIRST, f"{MANIFEST}.old": DAMAGED[case]}.items() <= contents(tmp_path).items()
    assert json.loads((tmp_path / MANIFEST).read_bytes())["generator"] == "edgeq"


OUTSIDE = [
    *(
        "../victim",
        "/etc/passwd",
        "a/../../victim",
        "..",
        ".",
        "",
        "a//b",
        "./victim",
        "a\\..\\victim",
        "C:victim",
    ),
    *(
        "x/.git/config",
        ".GIT/HEAD",
        "nul\0",
        "line\nbreak",
        "a/" * 40 + "b",
        "n" * 300,
        7,
        None,
        ["a"],
    ),
]


@pytest.mark.parametrize("path", OUTSIDE, ids=repr)
def test_no_path_of_a_manifest_leads_out_of_the_folder(path: object) -> None:
    assert not is_inside(path)


def test_a_manifest_that_names_files_elsewhere_removes_none(tmp_path: Path) -> None:
    victim, out = tmp_path / "victim", tmp_path / "out"
    victim.write_bytes(b"precious")
    write(out, FIRST)
    (out / "link").symlink_to(tmp_path)
    names = ["../victim", str(victim), "link/victim", "src/../../victim"]
    hashes = dict.fromkeys(names, digest_of(b"precious"))
    (out / MANIFEST).write_text(json.dumps({"generator": "edgeq", "files": hashes}))
    write(out, RENAMED)
    assert victim.read_bytes() == b"precious"


def test_links_are_neither_written_through_nor_replaced(tmp_path: Path) -> None:
    shared, out = tmp_path / "shared.c", tmp_path / "out"
    write(out, FIRST)
    shared.write_bytes(b"net 1")
    (out / "src/net.c").unlink()
    (out / "src/net.c").symlink_to(shared)
    assert write(out, SECOND).kept == {"src/net.c": "src/net.c.new"}
    assert (shared.read_bytes(), (out / "src/net.c").is_symlink()) == (b"net 1", True)


def test_a_folder_of_links_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    elsewhere, out = tmp_path / "elsewhere", tmp_path / "out"
    elsewhere.mkdir()
    out.mkdir()
    (out / "src").symlink_to(elsewhere)
    with pytest.raises(
        EdgeqError, match="src — it is a link, which may lead anywhere — put a folder in its place"
    ):
        write(out, FIRST)
    assert [*elsewhere.iterdir(), *out.iterdir()] == [out / "src"]


def test_a_read_only_file_is_kept(tmp_path: Path) -> None:
    write(tmp_path, FIRST)
    for name in ("src/net.c", "src/net.h"):
        (tmp_path / name).chmod(0o444)
    renewal = write(tmp_path, SECOND)
    assert renewal.kept == {"src/net.c": "src/net.c.new"}
    assert write(tmp_path, RENAMED).left == ("src/net.c", "src/net.h")
    assert (tmp_path / "src/net.c").read_bytes() == b"net 1"


def test_the_rights_of_a_file_stay_as_they_were_set(tmp_path: Path) -> None:
    write(tmp_path, FIRST)
    (tmp_path / "src/net.c").chmod(0o600)
    write(tmp_path, SECOND)
    assert (tmp_path / "src/net.c").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("obstacle", ["output", "parent", "file", MANIFEST, PARTIAL])
def test_what_stands_in_the_way_is_named_and_left(tmp_path: Path, obstacle: str) -> None:
    out = tmp_path / "out"
    if obstacle == "output":
        out.write_bytes(b"mine")
    elif obstacle == "parent":
        out.mkdir()
        (out / "src").write_bytes(b"mine")
    else:
        folder = out / ("main.c" if obstacle == "file" else obstacle)
        folder.mkdir(parents=True)
        (folder / "thesis.txt").write_bytes(b"mine")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(
        EdgeqError, match=r"it is a file|a folder stands|no plain file|holds other things"
    ):
        write(out, FIRST)
    assert sorted(tmp_path.rglob("*")) == before

"""Names from outside in manifests and build files: made safe, so that each file still is what its
tool reads.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from codegen.building import board_for
from codegen.projects import COPY, text_of

from edgeq.codegen.generate import generate
from edgeq.errors import EdgeqError
from edgeq.frameworks import FRAMEWORKS, load_layout
from edgeq.plain_yaml import PlainFile

HOSTILE = 'EvilName", "x": ${HOME} $(id) <%s>\n- a: &b !!python/object\n[core]\nname=EvilName\\'
COMMENTED = {".c", ".h", ".cpp", ".ino", ".md"}  # show the name in comments, made safe for them


@pytest.mark.slow
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_hostile_name_reaches_no_manifest(tmp_path: Path, framework: str) -> None:
    board = board_for(framework, "nano-33-ble")
    generate(COPY, tmp_path, framework=framework, board=board, name=HOSTILE, selftest=1)
    files = [
        path
        for path in tmp_path.rglob("*")
        if path.is_file() and path.suffix not in (".zip", ".pack")
    ]
    plain = [path for path in files if path.suffix not in COMMENTED]
    assert [path for path in plain if "EvilName" in text_of(path)] == []
    for path in plain:
        if path.suffix in (".yml", ".yaml"):
            assert isinstance(yaml.safe_load(text_of(path)), dict)
        if path.suffix == ".json":
            assert isinstance(json.loads(text_of(path)), dict)


@pytest.mark.parametrize(
    ("entry_of", "fields", "why"),
    [("mbed", {}, "there is no framework mbed"), ("arduino", {"x": {}}, "has entries of its own")],
)
def test_a_layout_takes_the_entry_of_a_framework_that_is_there(
    monkeypatch: pytest.MonkeyPatch, entry_of: str, fields: dict[str, object], why: str
) -> None:
    declared = {name: {"pattern": "a"} for name in fields}
    data = {"title": "t", "sources": "", "entry_of": entry_of, "board_fields": declared}
    file = PlainFile(data, {(): 1, ("entry_of",): 3}, "cmake/layout.yaml", "correct it")
    monkeypatch.setattr("edgeq.frameworks.read_plain", lambda *_: file)
    with pytest.raises(EdgeqError, match=rf"cmake/layout.yaml:3 — .*{why}"):
        load_layout.__wrapped__("cmake")

"""Arduino's forms: the library as Arduino's rules want it, and both built with the core of AVR."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from codegen.building import run, tool
from codegen.mega import mega_firmware, simulated
from codegen.projects import OUTPUT, PASS, project, run_sketch, text_of
from codegen.small_models import classifier, two_inputs
from ops.streaming import ring_buffer
from plan.test_feed import by_hand
from wire.boards import program

from edgeq.cli import run as verify
from edgeq.codegen.generate import generate
from edgeq.codegen.native import NativeOptions
from edgeq.frameworks import load_layout
from edgeq.graph import write_tflite

RULES = {  # of arduino-lint for library.properties: etc/schemas/arduino-library-properties-*.json
    "name": r"(?!(?i:arduino))(?!.*(?i:library))[A-Za-z][A-Za-z0-9_.-]{0,62}",
    "version": r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)",
    "author": r".+",
    "maintainer": r"(?!.*(?i:arduino)).+",
    "sentence": r".+",
    "paragraph": r".+",
    "category": r"Data Processing",
    "url": r"https://[a-z0-9./-]+",
    "architectures": r"\*",
    "includes": r"[a-z0-9_]+\.h",
}
AVR_UART = Path(__file__).parents[1] / "wire" / "avr_uart.c"

pytestmark = pytest.mark.slow  # each builds a project


def properties(library: Path) -> dict[str, str]:
    """The fields of library.properties; a line that is no field and no comment is an error."""
    lines = text_of(library / "library.properties").splitlines()
    pairs = [line.partition("=") for line in lines if line and not line.startswith("#")]
    fields = [(name, value) for name, _, value in pairs]
    assert len(dict(fields)) == len(fields)
    return dict(fields)


@pytest.mark.parametrize("engine", ["native", "tflm"])
@pytest.mark.parametrize("name", ["tiny", "arduino", "Arduino LED */"])
def test_a_library_states_what_arduinos_rules_ask_for(
    tmp_path: Path, name: str, engine: str
) -> None:
    options = {"framework": "arduino-library", "board": "nano-33-ble", "engine": engine}
    made = generate(classifier(), tmp_path, name=name, **options)
    fields = properties(tmp_path / made.name)
    assert fields.pop("depends", None) == ("Chirale_TensorFLowLite" if engine == "tflm" else None)
    assert set(fields) == set(RULES)
    assert all(re.fullmatch(rule, fields[field]) for field, rule in RULES.items())
    assert (tmp_path / made.name / "src" / fields["includes"]).is_file()
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]{0,62}", made.name)


KINDS = {  # of models whose header has functions of its own
    "plain": (classifier(), NativeOptions()),
    "two inputs": (two_inputs(), NativeOptions()),
    "state": (ring_buffer(), NativeOptions()),
    "rows": (by_hand(), NativeOptions(feed_rows=True)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_keywords_are_names_of_the_header(tmp_path: Path, kind: str) -> None:
    model, options = KINDS[kind]
    generate(model, tmp_path, framework="arduino-library", name="tiny", options=options)
    library = tmp_path / "tiny"
    header = "".join(text_of(path) for path in (library / "src").glob("*.h"))
    lines = text_of(library / "keywords.txt").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    assert {kind for _, kind in rows} == {"KEYWORD1", "KEYWORD2", "LITERAL1"}
    assert [name for name, _ in rows if not re.search(rf"\b{name}\b", header)] == []


def test_the_zip_holds_the_folder(tmp_path: Path) -> None:
    """One folder at its root, as the IDE wants it, and its bytes follow from the files alone."""
    folders = [project(tmp_path / turn, "arduino-library") for turn in "ab"]
    content, again = ((folder / "tiny.zip").read_bytes() for folder in folders)
    assert content == again
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        packed = {name: archive.read(name) for name in archive.namelist()}
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    files = [path for path in (folders[0] / "tiny").rglob("*") if path.is_file()]
    assert packed == {p.relative_to(folders[0]).as_posix(): p.read_bytes() for p in files}


def test_what_its_user_edits_stays(tmp_path: Path) -> None:
    library = project(tmp_path, "arduino-library") / "tiny"
    edited = [library / "library.properties", library / "examples/tiny_demo/tiny_demo.ino"]
    for path in edited:
        path.write_text("mine\n")
    again = project(tmp_path, "arduino-library")
    assert [text_of(path) for path in edited] == ["mine\n"] * 2
    assert b"mine" not in (again / "tiny.zip").read_bytes()


def test_an_example_runs(tmp_path: Path) -> None:
    library = project(tmp_path, "arduino-library") / "tiny"
    said = run_sketch(tmp_path, library / "src", library / "examples/tiny_demo/tiny_demo.ino")
    assert PASS.match(said)
    assert len(OUTPUT.findall(said)) == 3


def test_the_layouts_name_one_entry_of_boards() -> None:
    assert load_layout("arduino-library").entry_of == "arduino"


@pytest.mark.parametrize(
    ("framework", "sources", "sketch"),
    [
        ("arduino", "tiny/src", "tiny/tiny.ino"),
        ("arduino-library", "tiny/src", "tiny/examples/tiny_demo/tiny_demo.ino"),
    ],
)
def test_a_mega_2560_runs_it_on_arduinos_core(
    tmp_path: Path, core: Path, framework: str, sources: str, sketch: str
) -> None:
    tool("simavr", "simavr")
    folder = project(tmp_path, framework, board="mega-2560")
    firmware = mega_firmware(tmp_path, core, folder / sources, folder / sketch)
    said = simulated(firmware, "us per inference")
    assert said.count(" same") == 3
    assert "count 3 different 0" in said


def test_a_mega_2560_is_fed_over_the_wire(
    tmp_path: Path, core: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tool("/usr/include/simavr/sim_avr.h", "libsimavr-dev")
    model, simulator = tmp_path / "model.tflite", tmp_path / "simulator"
    model.write_bytes(write_tflite(classifier()))
    generate(classifier(), tmp_path, framework="arduino", board="mega-2560", name="t", wire=True)
    firmware = mega_firmware(tmp_path, core, tmp_path / "t/src", tmp_path / "t/t.ino")
    run("gcc", "-O2", AVR_UART, "-o", simulator, "-lsimavr", cwd=tmp_path)
    with program([simulator, firmware]) as url:
        capsys.readouterr()
        assert verify(["verify", str(model), "--port", url, "--json", "--tensors"]) == 0
    (target,) = json.loads(capsys.readouterr().out)["targets"]
    assert (target["status"], target["samples"], target["bytes_different"]) == ("ok", 8, 0)
    assert target["microseconds_per_inference"] > 1000
    assert [layer["op"] for layer in target["layers"]] == ["CONV_2D", "RESHAPE", "FULLY_CONNECTED"]

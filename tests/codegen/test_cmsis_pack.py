"""The CMSIS-Pack: its description names what it holds, and what it lists builds and runs."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import pytest
import yaml
from codegen.building import C99, run, tool
from codegen.projects import COPY, OUTPUT, PASS, project, text_of

from edgeq.codegen.generate import generate
from edgeq.errors import EdgeqError

PACK, DESCRIPTION = "edgeq.tiny.1.0.0.pack", "edgeq.tiny.pdsc"
COMPONENT = "edgeq::Machine Learning:Model:tiny"
REQUIRED = {"vendor", "name", "description", "url", "license", "releases"}  # of PACK.xsd 1.7.60
CATEGORIES = {"doc", "header", "include", "source"}


def description(folder: Path) -> ET.Element:
    return ET.parse(folder / "edgeq.tiny" / DESCRIPTION).getroot()


def one(root: ET.Element, path: str) -> ET.Element:
    (found,) = root.findall(path)
    return found


def files(root: ET.Element, category: str) -> list[str]:
    """The component's files of a category, without its templates."""
    found = one(root, "components/component/files").findall("file")
    return [f.attrib["name"] for f in found if f.get("category") == category and not f.get("attr")]


def check_description(folder: Path) -> None:
    """The elements that the schema requires are there, and files and folder agree."""
    root, pack = description(folder), folder / "edgeq.tiny"
    assert root.tag == "package"
    assert {child.tag for child in root} >= REQUIRED
    assert [root.findtext("vendor"), root.findtext("name")] == DESCRIPTION.split(".")[:2]
    version = one(root, "releases/release").attrib["version"]
    assert f"edgeq.tiny.{version}.pack" == PACK
    component = one(root, "components/component").attrib
    assert (
        f"{component['Cvendor']}::{component['Cclass']}:{component['Cgroup']}:"
        + (component["Csub"])
        == COMPONENT
    )
    assert component["Cversion"] == version
    listed = [f.attrib for f in one(root, "components/component/files").findall("file")]
    assert {f["category"] for f in listed} == CATEGORIES
    assert all((pack / f["name"]).exists() for f in listed)
    assert all(f["name"].endswith("/") for f in listed if f["category"] == "include")
    sources = {f"src/{path.name}" for path in (pack / "src").iterdir()}
    assert {*files(root, "source"), *files(root, "header")} == sources
    assert (pack / (root.findtext("license") or "")).is_file()


def test_the_description_names_what_the_pack_holds(tmp_path: Path) -> None:
    folder = project(tmp_path, "cmsis-pack", model=COPY)
    check_description(folder)
    with zipfile.ZipFile(folder / PACK) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    pack = folder / "edgeq.tiny"
    paths = [path for path in pack.rglob("*") if path.is_file()]
    assert held == {path.relative_to(pack).as_posix(): path.read_bytes() for path in paths}
    assert DESCRIPTION in held  # at the root, where pack managers look


def test_a_file_that_is_not_there_is_found(tmp_path: Path) -> None:
    folder = project(tmp_path, "cmsis-pack", model=COPY)
    (folder / "edgeq.tiny/src/tiny_selftest.h").unlink()
    with pytest.raises(AssertionError):
        check_description(folder)


def test_the_archive_is_the_same_each_time(tmp_path: Path) -> None:
    made = [project(tmp_path / turn, "cmsis-pack", model=COPY) / PACK for turn in "ab"]
    assert made[0].read_bytes() == made[1].read_bytes()
    with zipfile.ZipFile(io.BytesIO(made[0].read_bytes())) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}


@pytest.mark.slow
def test_the_engine_tflm_requires_its_component(tmp_path: Path) -> None:
    folder = project(tmp_path, "cmsis-pack", "tflm", model=COPY)
    check_description(folder)
    root = description(folder)
    condition = one(root, "conditions/condition")
    assert one(root, "components/component").get("condition") == condition.get("id")
    assert one(condition, "require").attrib == {
        "Cclass": "Machine Learning",
        "Cgroup": "TensorFlow",
        "Csub": "Kernel",
    }


def test_the_example_takes_the_pack_from_its_folder(tmp_path: Path) -> None:
    folder = project(tmp_path, "cmsis-pack", model=COPY)
    solution = yaml.safe_load(text_of(folder / "tiny.csolution.yml"))["solution"]
    (ours,) = (pack for pack in solution["packs"] if "path" in pack)
    assert ours == {"pack": "edgeq::tiny", "path": "edgeq.tiny"}
    (listed,) = solution["projects"]
    application = yaml.safe_load(text_of(folder / listed["project"]))["project"]
    assert {"component": COMPONENT} in application["components"]
    assert (folder / "tiny_demo" / application["groups"][0]["files"][0]["file"]).is_file()
    assert "cbuild tiny.csolution.yml --packs\n" in text_of(folder / "README.md")


def test_a_board_is_not_named(tmp_path: Path) -> None:
    with pytest.raises(EdgeqError, match="board 'nano-33-ble' has no such framework"):
        generate(COPY, tmp_path, framework="cmsis-pack", board="nano-33-ble")


@pytest.mark.slow
def test_what_its_user_edits_stays(tmp_path: Path) -> None:
    folder = project(tmp_path, "cmsis-pack", model=COPY)
    edited = [folder / "tiny.csolution.yml", folder / "tiny_demo/main.c"]
    for path in edited:
        path.write_text("mine\n")
    project(tmp_path, "cmsis-pack", model=COPY)
    assert [text_of(path) for path in edited] == ["mine\n"] * 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("compiler", "package", "flags"),
    [
        ("gcc", "gcc", ()),
        ("arm-none-eabi-gcc", "gcc-arm-none-eabi", ("-mcpu=cortex-m55", "--specs=rdimon.specs")),
    ],
)
def test_what_the_pack_lists_builds_with_its_template(
    tmp_path: Path, compiler: str, package: str, flags: tuple[str, ...]
) -> None:
    """As a pack manager does: unpacked, the component's sources, its include folders, its main."""
    tool(compiler, package)
    folder, unpacked = project(tmp_path, "cmsis-pack"), tmp_path / "unpacked"
    with zipfile.ZipFile(folder / PACK) as archive:
        archive.extractall(unpacked)
    root = ET.parse(unpacked / DESCRIPTION).getroot()
    included = [f"-I{name}" for name in files(root, "include")]
    main = "template/tiny_main.c"
    run(compiler, *C99, *flags, *included, *files(root, "source"), main, "-lm", cwd=unpacked)
    if compiler == "gcc":
        said = run("./a.out", cwd=unpacked).decode()
        assert PASS.match(said)
        assert OUTPUT.search(said)

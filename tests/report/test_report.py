"""The page of a report: complete in itself, and no name of a model or class becomes markup."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from quantize.models import RELU, FloatModel
from report.pages import contents, hostile_page
from verify.tools import needed

import edgeq
from edgeq.boards import load_boards
from edgeq.boards.model import CurrentBasis
from edgeq.cli import run
from edgeq.data import Samples
from edgeq.errors import EdgeqError
from edgeq.graph import write_tflite
from edgeq.quantize.options import Options
from edgeq.quantize.quantize import quantize
from edgeq.report.render import render_page
from edgeq.verify.latency import Latency, Rests
from edgeq.verify.targets import find_target

EMPTY = {"meta", "link", "img", "br", "hr", "input"}


class Page(HTMLParser):
    """Tags and attributes of a page; fails where tags are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: Counter[str] = Counter()
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes.update(name for name, _ in attrs)
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes.update(name for name, _ in attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture(scope="module")
def hostile() -> str:
    return hostile_page()


def test_names_become_no_markup(hostile: str) -> None:
    """The page of hostile names has the tags and attributes of one with plain names."""
    plain, page = Page(render_page(contents(("plain",)))), Page(hostile)
    assert page.tags == plain.tags
    assert page.attributes == plain.attributes
    assert not {"script", "img", "iframe", "link", "object"} & set(page.tags)
    assert not [name for name in page.attributes if name.startswith("on")]


def test_names_are_there_and_steer_nothing(hostile: str) -> None:
    text = "".join(Page(hostile).text)
    assert "</script><script>alert(1)</script>" in text
    assert "{{ 7 * 7 }}" in text
    assert r"\x1b[31m\x00\x07\u202eevil\u2066\u200b" in text
    assert not re.search(
        r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", hostile
    )


def test_the_page_loads_nothing(hostile: str) -> None:
    assert "default-src 'none'" in hostile
    assert re.findall(r'\b(?:href|src|action)="(?!#)[^"]*"', hostile) == []
    style = re.findall(r"<style>(.*?)</style>", hostile, re.S)
    assert len(style) == 1
    assert not re.search(r"url\(|@import|expression", style[0])
    targets = re.findall(r'href="#(\w+)"', hostile)
    assert targets == re.findall(r'<section id="(\w+)"', hostile)


def test_the_page_is_the_same_every_time(hostile: str) -> None:
    assert hostile_page() == hostile


def test_every_section_says_what_it_was_given() -> None:
    text = " ".join(" ".join(Page(render_page(contents(("plain",)))).text).split())
    for said in (
        "31.4",
        "1 of 2 hold",
        "ESP32-DevKitC V4 (ESP32-WROOM-32E) esp32-devkitc 0.027 mJ, 0.0017 more than 0.025",
        "Arduino Nano ESP32 51.2 3.3 stated modem-sleep at 240 MHz, one core with 32-bit",
        "240 cycles and 150 instructions an inference",
        "33.3 %",
        "40 samples (plain)",
        "edgeq simulate 'plain'",
    ):
        assert said in text


@pytest.mark.parametrize(
    ("basis", "figure"), [("stated", "0.020"), ("scaled", "~0.020"), ("best case", ">0.020")]
)
def test_energy_shows_what_it_rests_on(basis: CurrentBasis, figure: str) -> None:
    given = contents(("plain",))
    row = given.boards.boards[0]
    current = row.board.run_current
    assert current is not None
    board = replace(row.board, run_current=replace(current, basis=basis))
    fits = replace(given.boards, boards=(replace(row, board=board),))
    assert figure in Page(render_page(replace(given, boards=fits))).text


def test_boards_have_the_names_that_the_command_takes() -> None:
    given = contents(("plain",))
    text = Page(render_page(given)).text
    assert {row.name for row in given.boards.boards} <= {part.strip() for part in text}


@pytest.mark.parametrize(
    ("board", "mark"), [("nucleo-l4r5zi", ""), ("pico", "~"), ("nano-33-ble", ">")]
)
def test_milliseconds_show_what_their_waits_for_flash_rest_on(board: str, mark: str) -> None:
    given = contents(("plain",))
    known = next(each for each in load_boards() if each.name == board)
    latency = Latency(2.0, 1.0, 3.0, "cycles", "")
    row = replace(given.boards.boards[0], board=known, latency=latency)
    page = render_page(replace(given, boards=replace(given.boards, boards=(row,))))
    assert f"{mark}2.00" in Page(page).text


def test_the_page_explains_all_that_times_rest_on() -> None:
    text = "".join(Page(render_page(contents(("plain",)))).text)
    assert [kind for kind in get_args(Rests) if f"({kind})" not in text] == []


def test_commands_of_long_paths_are_whole() -> None:
    line = f"edgeq verify {'deep/' * 100}model.tflite --target all"
    assert line in "".join(Page(render_page(replace(contents(("plain",)), commands=(line,)))).text)


def test_energy_that_is_not_known_is_a_dash() -> None:
    given = contents(("plain",))
    row = replace(given.boards.boards[0], energy_mj=None)
    text = Page(render_page(replace(given, boards=replace(given.boards, boards=(row,))))).text
    assert "–" in text
    assert "The run currents" not in text


def digits(folder: Path) -> tuple[Path, Path, Path]:
    """An integer model of 8 x 8 pixels, the float model that it was made from, and labelled data."""
    m = FloatModel()
    model = m.model(m.softmax(m.dense(m.conv(m.input(1, 8, 8, 1), 4, **RELU), 10)))
    rng = np.random.default_rng(3)
    x, y = rng.uniform(0, 1, (60, 8, 8, 1)).astype(np.float32), rng.integers(0, 10, 60)
    options = Options(calibrator="min-max", rounding="nearest")
    content = quantize(write_tflite(model), Samples((x,)), options).content
    paths = (folder / "digits.tflite", folder / "float.tflite", folder / "test.npz")
    paths[0].write_bytes(content)
    paths[1].write_bytes(write_tflite(model))
    np.savez(paths[2], x=x, y=y)
    return paths


@pytest.mark.slow
def test_the_command_writes_a_page_of_all_sections(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    needed(find_target("cortex-m4"))
    model, exact, data = digits(tmp_path)
    output = tmp_path / "report.html"
    arguments = ["report", str(model), "-o", str(output), "--data", str(data), "--limit", "60"]
    assert run([*arguments, "--reference", str(exact), "--board", "nano-33-ble", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"output": str(output)}
    text = output.read_text()
    page = Page(text)
    ids = re.findall(r'<section id="(\w+)"', text)
    assert ids == ["model", "accuracy", "error", "memory", "layers", "boards", "verified"]
    shown = " ".join(" ".join(page.text).split())
    found = edgeq.simulate(model, data)
    assert found.accuracy is not None
    assert f"accuracy {found.accuracy['value']:.4f}" in shown
    explained = edgeq.fit(model, boards=["nano-33-ble"]).boards[0]
    assert explained.run is not None
    assert f"{explained.run.cycles_per_inference:,} cycles" in shown
    assert "On Arduino Nano 33 BLE" in shown
    for command in (
        f"edgeq simulate {model} --data {data} --limit 60 --oracle all",
        f"edgeq explain {model} --reference {exact} --data {data} --limit 60",
        f"edgeq bench {model} --board nano-33-ble",
    ):
        assert command in shown


def test_a_reference_needs_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, exact, _ = digits(tmp_path)
    output = tmp_path / "report.html"
    assert run(["report", str(model), "-o", str(output), "--reference", str(exact)]) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith(
        "error: --reference — a float model needs real data — give --data"
    )
    assert not output.exists()


def test_a_page_that_cannot_be_written_is_known_before_anything_is_computed(tmp_path: Path) -> None:
    model, _, _ = digits(tmp_path)
    with pytest.raises(EdgeqError):
        edgeq.report(model, tmp_path / "none" / "report.html")


def test_the_page_is_a_file_of_html(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, _, _ = digits(tmp_path)
    for output in ("report.pdf", model.name):
        assert run(["report", str(model), "-o", str(tmp_path / output)]) == 2
        assert "a .html file is written — name it" in capsys.readouterr().err
    assert not (tmp_path / "report.pdf").exists()

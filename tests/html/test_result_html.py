"""Results in a notebook: well-formed HTML, in which nothing of a model is markup, of bounded size."""

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
from ops.unary import unary

import edgeq
from edgeq.boards import BoardsResult, find_board
from edgeq.html import result_html
from edgeq.html.tables import MOST_COLUMNS, MOST_ROWS, tables
from edgeq.verify.result import LayerResult, TargetResult, VerifyResult

HOSTILE = "<img src=x onerror=alert(1)>\x1b[2J\u202e'\"&{{7*7}}"
ALLOWED = set("div strong p table thead tbody tr th td details summary".split())


class _Reader(HTMLParser):
    """The texts of a piece of HTML; every tag is one of ours, and closed in its order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED
        assert {name for name, _ in attrs} <= {"style"}
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts += [data.strip()] if data.strip() else []


def verified(name: str, layers: int = 2) -> VerifyResult:
    rows = tuple(LayerResult(i, "CONV_2D", name, 1000 * i, None) for i in range(layers))
    return VerifyResult((TargetResult(name, "failed", name, 5, 1234567, 3, layers=rows),))


def test_names_of_a_model_are_text() -> None:
    shown = verified(HOSTILE)._repr_html_()
    texts = _Reader(shown).texts
    assert "<img" not in shown
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", shown)
    assert any(r"<img src=x onerror=alert(1)>\x1b[2J\u202e" in text for text in texts)
    assert "{{7*7}}" in "".join(texts)


def test_keys_are_text() -> None:
    class Result:
        def to_json(self) -> dict[str, object]:
            return {HOSTILE: 1, "rows": [{HOSTILE: 2}], "named": {HOSTILE: {"a": 1}}}

    shown = result_html(Result())
    _Reader(shown)
    assert "<img" not in shown


def test_figures_are_read_as_people_read_them() -> None:
    texts = _Reader(verified("host")._repr_html_()).texts
    assert texts[0] == "VerifyResult"
    assert {"bytes compared", "1,234,567", "CONV_2D"} <= set(texts)
    assert "targets: host: layers, 2 rows" in texts


def test_a_large_result_stays_small() -> None:
    shown = verified("host", 10_000)._repr_html_()
    assert len(shown) < 40_000
    assert f"{10_000 - MOST_ROWS} further rows are left out." in _Reader(shown).texts


def test_matrices_and_what_is_empty() -> None:
    found = list(tables("", {"none": None, "list": [], "matrix": [[1] * 50] * 50, "a_b": 1.5}))
    facts, matrix = found
    assert [[cell.text for cell in row] for row in facts.rows] == [["a b", "1.5"]]
    assert (len(matrix.rows), len(matrix.rows[0])) == (MOST_ROWS, MOST_COLUMNS + 1)
    assert (matrix.more_rows, matrix.more_columns) == (10, 30)


def test_results_of_the_interface_show_themselves(tmp_path: Path) -> None:
    model = unary("RELU", (0.1, 0), (0.1, 0), shape=(1, 4))
    results = (
        edgeq.inspect(model),
        edgeq.simulate(model, inputs=(np.zeros((2, 1, 4), np.int8),)),
        edgeq.generate(model, tmp_path / "made", framework="headers", name="m"),
        BoardsResult((find_board("nano-33-ble"),)),
    )
    for result in results:
        texts = _Reader(result._repr_html_()).texts
        assert texts[0] == type(result).__name__
        assert len(texts) > 6


def test_every_result_shows_itself() -> None:
    """A class called ...Result that has a JSON form of its own has HTML, too."""
    package = Path(edgeq.__file__).parent
    classes = {
        name: body
        for path in package.rglob("*.py")
        for name, body in re.findall(
            r"^class (\w+Result)\b(.*?)(?=^\S|\Z)", path.read_text(), re.S | re.M
        )
        if "def to_json" in body
    }
    assert {"ConvertResult", "SimulateResult", "VerifyResult", "ExplainResult"} <= set(classes)
    without = {name for name, body in classes.items() if "_repr_html_ = result_html" not in body}
    assert without == {"TargetResult"}, "which is a row of VerifyResult"

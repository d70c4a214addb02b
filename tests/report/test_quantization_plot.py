"""The quantization plot: every layer and value in it, deterministic, for any names."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from edgeq.errors import EdgeqError
from edgeq.report.quantization_plot import Bar, draw_quantization

BARS = [Bar("0 CONV_2D", 30.0, 35.0, 0.25), Bar("1 SOFTMAX", 20.0, 25.0, 0.0)]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.slow
def test_every_layer_has_its_label_and_a_second_drawing_its_bytes() -> None:
    content = draw_quantization(BARS, "a model", "svg")
    shown = {text.text for text in ElementTree.fromstring(content).iter(f"{SVG}text")}
    assert {
        "0 CONV_2D",
        "1 SOFTMAX",
        "a model",
        "in the quantized model",
        "quantized alone",
        "clipping",
        "rounding",
    } <= shown
    assert draw_quantization(BARS, "a model", "svg") == content


@pytest.mark.slow
def test_other_figures_are_another_picture() -> None:
    changed = [BARS[0], Bar("1 SOFTMAX", 20.0, 25.0, 0.5)]
    assert draw_quantization(changed, "a model", "svg") != draw_quantization(BARS, "a model", "svg")


def test_png() -> None:
    assert draw_quantization(BARS, "a model", "png").startswith(b"\x89PNG")


def test_a_hostile_title_stays_text() -> None:
    hostile = "a\x1b[31m<b>$\\frac{"
    root = ElementTree.fromstring(draw_quantization(BARS, hostile, "svg").decode())
    assert "a\\x1b[31m<b>$\\frac{" in {text.text for text in root.iter(f"{SVG}text")}


def test_other_kinds_of_pictures_are_refused() -> None:
    with pytest.raises(EdgeqError, match=r"plot of kind 'gif' — it draws svg and png"):
        draw_quantization(BARS, "a model", "gif")

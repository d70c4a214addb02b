"""A model is itself, a file's bytes or a file's path; anything else is one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeq.errors import EdgeqError, ModelError
from edgeq.graph import Model, as_model, stem_of, write_tflite
from graph.samples import conv_model


@pytest.fixture
def model() -> Model:
    return conv_model()


def test_every_form_is_the_same_model(model: Model, tmp_path: Path) -> None:
    content = write_tflite(model)
    path = tmp_path / "net.tflite"
    path.write_bytes(content)
    assert as_model(model) is model
    for source in (content, bytearray(content), path, str(path)):
        assert write_tflite(as_model(source)) == content


def test_the_name_is_that_of_the_file(model: Model) -> None:
    assert [stem_of(s) for s in ("a/net.tflite", Path("b.c.tflite"))] == ["net", "b.c"]
    assert (stem_of(model), stem_of(b"", "other")) == ("model", "other")


@pytest.mark.parametrize("source", ["missing.tflite", Path("missing.tflite"), b"", b"nonsense"])
def test_what_cannot_be_read_is_one_line(source: str | Path | bytes) -> None:
    with pytest.raises(ModelError):
        as_model(source)


@pytest.mark.parametrize("source", [None, 3, ["net.tflite"]])
def test_what_is_no_model_is_one_line(source: object) -> None:
    with pytest.raises(EdgeqError, match="a model of type"):
        as_model(source)  # type: ignore[arg-type]

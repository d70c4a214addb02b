"""A file with an open batch, as TensorFlow writes it, goes through every operation."""

from __future__ import annotations

from pathlib import Path

import pytest
from cleanup.graphs import COMPUTED, flatten, random_model

import edgeq
from edgeq.graph import write_tflite

CONTENT = write_tflite(random_model(3, (*COMPUTED, flatten, flatten, flatten), 9))


def test_the_file_holds_what_edgeq_alone_cannot_bind() -> None:
    kinds = {op.kind for op in edgeq.read_tflite(CONTENT).main.ops}
    assert kinds >= {"SHAPE", "STRIDED_SLICE", "PACK"}


def test_inspect_shows_the_layers_that_run() -> None:
    result = edgeq.inspect(CONTENT)
    assert result.arena is not None, result.arena_reason
    assert "SHAPE" not in result.operators


def test_generate_takes_it(tmp_path: Path) -> None:
    for engine in ("native", "tflm"):
        result = edgeq.generate(CONTENT, tmp_path / engine, framework="headers", engine=engine)
        assert result.arena_bytes


@pytest.mark.slow
def test_verify_compares_every_tensor_that_stays() -> None:
    for engine in ("native", "tflm"):
        row = edgeq.verify(CONTENT, targets=["host"], engine=engine).targets[0]
        assert (row.status, row.bytes_different) == ("ok", 0), row

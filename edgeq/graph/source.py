"""A model as operations take it: in memory, as the bytes of a .tflite file, or as its path."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from edgeq.errors import EdgeqError
from edgeq.graph.model import Model
from edgeq.graph.read import read_tflite

ModelSource: TypeAlias = Model | bytes | str | Path


def as_model(source: ModelSource) -> Model:
    """The model itself, or that of a .tflite file. Raises ModelError for a file that cannot be
    read, EdgeqError for anything else.
    """
    if isinstance(source, Model):
        return source
    if isinstance(source, (str, Path)):
        return read_tflite(Path(source))
    if isinstance(source, (bytes, bytearray, memoryview)):
        return read_tflite(bytes(source))
    raise EdgeqError(
        f"a model of type {type(source).__name__}",
        "a model is what edgeq.read_tflite gives, the bytes of a .tflite file, or its path",
        "give one of these; edgeq.convert makes one of a Keras model",
    )


def stem_of(source: ModelSource, default: str = "model") -> str:
    """The name that a model's file suggests: its stem, or the default for one in memory."""
    return Path(source).stem if isinstance(source, (str, Path)) else default

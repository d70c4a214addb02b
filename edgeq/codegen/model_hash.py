"""What names a model in generated files and in reports of boards."""

from __future__ import annotations

import hashlib

from edgeq.graph import Model, write_tflite


def model_hash(model: Model) -> str:
    """The first 16 hex digits of the SHA-256 of the model as `write_tflite` writes it."""
    return hashlib.sha256(write_tflite(model)).hexdigest()[:16]

"""Tensors that a SavedModel only describes are counted, not made."""

from pathlib import Path

import pytest

from edgeq.convert.saved_model import load_saved_model
from edgeq.errors import EdgeqError

pytestmark = pytest.mark.slow


def saved(folder: Path, size: int) -> Path:
    """A SavedModel whose function sums a square of `size`, computed from constants, times x."""
    import tensorflow as tf

    signature = [tf.TensorSpec([None, 4], tf.float32, name="x")]

    class Model(tf.Module):  # type: ignore[misc]
        @tf.function(input_signature=signature)  # type: ignore[untyped-decorator]
        def serve(self, x: object) -> dict[str, object]:
            edge = tf.constant(size // 2) * 2
            return {"y": x * tf.reduce_sum(tf.fill([edge, edge], 1.0))}

    model = Model()
    tf.saved_model.save(model, str(folder), signatures={"serving_default": model.serve})
    return folder


def test_a_tensor_of_gigabytes_is_refused_before_it_exists(tmp_path: Path) -> None:
    with pytest.raises(EdgeqError, match="Fill makes 3,600,000,000 elements, at most"):
        load_saved_model(saved(tmp_path / "large", 60_000))


def test_a_small_one_loads(tmp_path: Path) -> None:
    load_saved_model(saved(tmp_path / "small", 60))

"""Names of layers and tensors as people gave them."""

from __future__ import annotations

LONGEST = 24  # characters


def short_name(name: str) -> str:
    """The Keras layer in TensorFlow's name of its output, `model/layer/Op;...`.

    >>> short_name("functional_1/conv2d_3/Conv2D;conv2d_3/bias"), short_name("input_1")
    ('conv2d_3', 'input_1')
    """
    parts = name.split(";")[0].split("/")
    return parts[-2][:LONGEST] if len(parts) > 1 else parts[0][:LONGEST]

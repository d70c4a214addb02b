"""The multiplier and shift of each output channel, from the scales of a convolution."""

from dataclasses import replace

import numpy as np
import pytest
from opkit.pointwise import pointwise

from edgeq.errors import ModelError
from edgeq.opkit.channel_requantization import output_requantization, weight_scales


def test_each_channel_has_the_factor_of_its_scale_and_one_scale_serves_all() -> None:
    r = output_requantization(pointwise([[1], [1]], [0, 0], [0.5, 0.125]))
    np.testing.assert_array_equal(
        (r.multiplier, r.shift), ([2**30, 2**30], [1, -1])
    )  # 0.5 * scale / 0.25
    r = output_requantization(pointwise([[1], [1]], [0, 0], [0.5]))
    np.testing.assert_array_equal((r.multiplier, r.shift), ([2**30, 2**30], [1, 1]))


def test_scales_of_another_count_than_channels_are_refused() -> None:
    node = pointwise([[1], [1], [1]], [0, 0, 0], [0.5, 0.5, 0.5])
    w = node.input(1)
    assert w.quantization is not None
    two = replace(w, quantization=replace(w.quantization, scale=(0.5, 0.5), zero_point=(0, 0)))
    with pytest.raises(ModelError, match="2 weight scales — it has 3 output channels"):
        weight_scales(replace(node, inputs=(node.input(0), two, node.input(2))))

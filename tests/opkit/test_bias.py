"""The bias of a convolution with the input's zero point folded in."""

import numpy as np
from opkit.pointwise import pointwise

from edgeq.opkit.bias import folded_bias


def test_the_bias_takes_the_input_zero_point_times_the_weights() -> None:
    node = pointwise([[1, 2], [-3, 4]], [10, 20], [0.5, 0.5], zero_point=-5)
    np.testing.assert_array_equal(folded_bias(node, 0), [10 + 5 * 3, 20 + 5 * 1])


def test_a_folded_bias_wraps_as_the_accumulator_does() -> None:
    node = pointwise([[127, 127]], [2**31 - 1], [0.5], zero_point=-128)
    np.testing.assert_array_equal(folded_bias(node, 0), [2**31 - 1 + 128 * 254 - 2**32])

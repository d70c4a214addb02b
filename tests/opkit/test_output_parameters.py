"""The C fields from which a convolution kernel requantizes its accumulators."""

from opkit.pointwise import pointwise

from edgeq.opkit.channel_requantization import output_requantization
from edgeq.opkit.output_parameters import output_parameters
from edgeq.opkit.requantize import WideRequantization


def test_int16_keeps_half_the_multiplier_and_the_whole_shift() -> None:
    node = pointwise([[1]], [2**40], [0.75], dtype="int16")
    r = output_requantization(node)
    assert isinstance(r, WideRequantization)
    fields = output_parameters(node, 0, r)
    assert (fields["bias"], fields["multiplier"], fields["shift"]) == (
        2**40,
        3 << 13,
        14,
    )  # 1.5 = 0.75 * 2**1

"""Random options of convolutions."""

from __future__ import annotations

from hypothesis import strategies as st


def sliding(draw: st.DrawFn, most: int, dilation: int) -> dict[str, object]:
    """Random padding, strides up to `most` and activation, with the given dilation."""
    return {
        "padding": draw(st.sampled_from(["SAME", "VALID"])),
        "stride_h": draw(st.integers(1, most)),
        "stride_w": draw(st.integers(1, most)),
        "dilation_h_factor": dilation,
        "dilation_w_factor": dilation,
        "fused_activation_function": draw(
            st.sampled_from(["NONE", "RELU", "RELU6", "RELU_N1_TO_1"])
        ),
    }

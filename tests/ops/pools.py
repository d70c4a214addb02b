"""Models of one pooling operator."""

from __future__ import annotations

from hypothesis import strategies as st
from ops.harness import quantized, single_op

from edgeq.graph import Model
from edgeq.opkit.windows import window


def pool(
    kind: str,
    x: tuple[int, ...],
    size: tuple[int, int],
    strides: tuple[int, int] = (1, 1),
    padding: str = "SAME",
    activation: str = "NONE",
    zero_point: int = 3,
    dtype: str = "int8",
    scale: float = 0.05,
    output_scale: float | None = None,
) -> Model:
    """A model of one pooling operator. size, strides: of rows and columns; int16 has no zero point."""
    rows, columns = (window(padding, x[a + 1], size[a], strides[a]) for a in (0, 1))
    zero_point = 0 if dtype == "int16" else zero_point
    return single_op(
        kind,
        [quantized("x", x, scale, zero_point, dtype)],
        quantized(
            "y", (x[0], rows.output, columns.output, x[3]), output_scale or scale, zero_point, dtype
        ),
        "Pool2DOptions",
        3 if dtype == "int16" else 2,
        padding=padding,
        stride_h=strides[0],
        stride_w=strides[1],
        filter_height=size[0],
        filter_width=size[1],
        fused_activation_function=activation,
    )


def cases(kind: str) -> dict[str, Model]:
    """Corner cases of pooling."""
    return {
        "2x2 stride 2": pool(kind, (1, 6, 8, 3), (2, 2), (2, 2), "VALID"),
        "same, odd sizes": pool(kind, (1, 7, 5, 3), (3, 2), (2, 3)),
        "same, stride 1": pool(kind, (1, 5, 4, 2), (3, 3)),
        "valid with a rest": pool(kind, (1, 8, 7, 3), (3, 2), (3, 2), "VALID"),
        "stride above the window": pool(kind, (1, 9, 8, 2), (2, 1), (4, 3)),
        "the whole image": pool(kind, (1, 6, 5, 8), (6, 5), (6, 5), "VALID"),
        "window above the image": pool(kind, (1, 2, 3, 2), (5, 8)),
        "one pixel": pool(kind, (1, 1, 1, 1), (1, 1)),
        "batch of 3": pool(kind, (3, 4, 4, 2), (2, 2), (2, 2)),
        "relu": pool(kind, (1, 4, 4, 3), (2, 2), activation="RELU"),
        "relu6": pool(kind, (1, 4, 4, 3), (2, 2), activation="RELU6", zero_point=-100),
        "relu n1 to 1": pool(kind, (1, 4, 4, 3), (2, 2), activation="RELU_N1_TO_1"),
        "zero point -128": pool(kind, (1, 5, 5, 3), (2, 3), activation="RELU6", zero_point=-128),
        "zero point 127": pool(kind, (1, 5, 5, 3), (2, 3), activation="RELU", zero_point=127),
        "scales apart by 1e-6": pool(
            kind, (1, 4, 4, 3), (2, 2), scale=0.05, output_scale=0.0500005
        ),
        "int16": pool(kind, (1, 6, 5, 3), (3, 3), (2, 2), dtype="int16"),
        "int16, relu6": pool(
            kind, (2, 6, 5, 3), (2, 3), dtype="int16", scale=0.0003, activation="RELU6"
        ),
    }


@st.composite
def random_pool(draw: st.DrawFn, kind: str) -> Model:
    """A random small int8 pooling layer."""
    small = st.integers(1, 5)
    size = (draw(small), draw(small))
    x = (draw(st.integers(1, 2)), size[0] + draw(small), size[1] + draw(small), draw(small))
    padding, activation = (
        draw(st.sampled_from(["SAME", "VALID"])),
        draw(st.sampled_from(["NONE", "RELU", "RELU6"])),
    )
    zero_point = draw(st.integers(-128, 127))
    return pool(kind, x, size, (draw(small), draw(small)), padding, activation, zero_point)

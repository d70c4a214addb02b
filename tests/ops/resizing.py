"""Models of one operator that resizes maps."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from ops.harness import constant, quantized, single_op

from edgeq.graph import Model, Tensor

OPTIONS = {
    "RESIZE_NEAREST_NEIGHBOR": "ResizeNearestNeighborOptions",
    "RESIZE_BILINEAR": "ResizeBilinearOptions",
}


def resize(
    kind: str,
    x: tuple[int, ...],
    size: tuple[int, int],
    dtype: str = "int8",
    align_corners: bool = False,
    half_pixel_centers: bool = False,
    y_scale: float = 0.05,
) -> Model:
    """x [n, h, w, c] to `size` (rows, columns)."""
    shape = (x[0], *size, x[-1])
    ends = [
        Tensor(name, s, dtype)
        if dtype == "float32"
        else quantized(name, s, scale, 0 if dtype == "int16" else 3, dtype)
        for name, s, scale in (("x", x, 0.05), ("y", shape, y_scale))
    ]
    return single_op(
        kind,
        [ends[0], constant("size", np.array(size, np.int32))],
        ends[1],
        OPTIONS[kind],
        3,
        align_corners=align_corners,
        half_pixel_centers=half_pixel_centers,
    )


@st.composite
def sizes(draw: st.DrawFn, kind: str, dtypes: tuple[str, ...]) -> Model:
    """Random sizes up and down, with corners aligned, half pixels or neither."""
    small, side = st.integers(1, 3), st.integers(1, 12)
    corners, half = draw(st.sampled_from([(False, False), (True, False), (False, True)]))
    return resize(
        kind,
        (draw(small), draw(side), draw(side), draw(small)),
        (draw(side), draw(side)),
        draw(st.sampled_from(dtypes)),
        corners,
        half,
    )

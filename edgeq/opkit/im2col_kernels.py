"""Convolutions over a tile of pixels at a time: their windows are gathered into scratch (im2col), then
multiplied by one filter after the other (GEMM).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgeq.opkit.im2col import interleaved, pixel_overlap, tap_groups
from edgeq.opkit.instruction_sets import (
    InstructionSet,
    instruction_sets,
    kernel_number,
    largest,
    most,
    values,
)
from edgeq.opkit.joined_weights import joinable, joined
from edgeq.opkit.kernel_call import Alternatives, KernelCall, extents, nested
from edgeq.opkit.node import Node, Values
from edgeq.opkit.packed import EIGHT, FILTER_ROWS, packed_fields, pairs_bytes, times_16
from edgeq.opkit.rows import RowKernel, full_groups, wasted
from edgeq.opkit.variants import Fields, Kernel, Layer, Layout, apart
from edgeq.opkit.window_parameters import window_parameters
from edgeq.opkit.windows import Window

INT4_COLUMNS_BYTES, COLUMNS_BYTES = 1024, 2304
"""For the columns of more than one tile of pixels. Decoding int4 takes a quarter of what four pixels
take by it on a Cortex-M4, an index as much as they do: memory is worth more there.
"""

TAP_GROUPS = Layout(
    "[filter, tap], taps padded to a multiple of 4; of two filters in turns for ARM's DSP extension",
    lambda layer, weights: tap_groups(layer.filters(weights)),
)


def parameters(layer: Layer, weights: Values | None) -> Fields:
    """The C fields of `edgeq_conv_2d_im2col_s8_params`. weights: int8 [filters, groups of 4 taps, 4]."""
    return {
        **layer.epilogue,
        "weights": weights,
        **window_parameters(layer.node, *layer.windows),
        **extents(output_channels=layer.channels, tap_groups=_groups(layer)),
        "input_zero_point": layer.node.input(0).zero_point,
    }


def whole_parameters(layer: Layer, weights: Values | None) -> Fields:
    """The fields of `parameters` with the filters in the order of the instruction set, and constants
    for as many filters as the loops read. weights: int8 [filters, groups of 4 taps, 4].
    """
    assert weights is not None
    join, pairs = joinable(layer), interleaved(weights)
    constants = np.asarray(layer.epilogue["epilogue.constants"])
    missing = len(constants) % 2
    return {
        **parameters(layer, None),
        "epilogue.constants": np.pad(constants, ((0, missing), (0, 0)), mode="edge"),
        "weights": Alternatives(
            "INTERLEAVED_FILTERS", {1: weights, 2: joined(pairs) if join else pairs}
        ),
        "epilogue.joined": int(join),
    }


def scratch(layer: Layer) -> int:
    """Bytes for the columns of a tile, on the instruction set that asks for most; more where a
    pixel's channels are not laid out whole.
    """
    rows, columns = layer.windows
    channels, groups = layer.taps // (rows.size * columns.size), _groups(layer)
    return max(
        _columns_bytes(groups, one) + (4 * groups if channels % most("WHOLE_TAPS", one) else 0)
        for one in instruction_sets()
    )


def overlap(layer: Layer) -> int:
    """As `KernelCall.overlap`: the windows of a tile's pixels are read before these are written."""
    return _overlap(layer, tiles=1)


def row_kernel(node: Node, call: KernelCall, windows: tuple[Window, Window]) -> RowKernel:
    """The row kernel of a call of `ROWS` or `PACKED_ROWS`, with as many rows per call as nearly
    always fill its tiles. windows: along height and width. A pointwise one to no more channels has read
    every pixel of a row before it overwrites it.
    """
    width, pixels, (down, across) = node.output.shape[2], largest("TILE_PIXELS"), windows
    count = full_groups(width, pixels)
    several = RowKernel(call, count, down, across, line_buffered=True)
    x, y = node.input(0).shape, node.output.shape
    pointwise = (down.size, across.size, across.stride) == (1, 1, 1)
    one = replace(several, rows=1, over_first=pointwise and y[2] == x[2] and y[3] <= x[3])
    if count == 1:
        return one
    slower = wasted(width, 1, pixels) - wasted(width, count, pixels)
    return replace(several, single=replace(one, slower=slower))


def packed_parameters(layer: Layer, rows: Values | None) -> Fields:
    """The C fields of `edgeq_conv_2d_packed_im2col_s8_params`: filters are decoded for several tiles
    of pixels. rows: codes [filters, taps].
    """
    return {
        **nested("layer", parameters(layer, None)),
        **packed_fields(layer, rows, layer.channels, pairs=True),
        "taps": layer.taps,
        "times_16": times_16(layer, pairs=True),
        "tiles": _tiles(layer),
        "tile_bytes": _tile_bytes(layer),
    }


def packed_scratch(layer: Layer) -> int:
    """Bytes for the columns of all tiles, a table of pairs, the filters that go
    together and the taps of a window.
    """
    groups, pairs = _groups(layer), pairs_bytes(layer, layer.channels * layer.taps)
    filters = largest("TILE_FILTERS") * EIGHT * -(-groups // 2)
    return _tiles(layer) * _tile_bytes(layer) + pairs + filters + 4 * groups


def packed_overlap(layer: Layer) -> int:
    """As `KernelCall.overlap`: the windows of all tiles are read before their pixels are written."""
    return _overlap(layer, _tiles(layer))


def _overlap(layer: Layer, tiles: int) -> int:
    return max(pixel_overlap(layer.node, *layer.windows, n * tiles) for n in values("TILE_PIXELS"))


def _groups(layer: Layer) -> int:
    return -(-layer.taps // 4)


def _tile_bytes(layer: Layer) -> int:
    return max(_columns_bytes(_groups(layer), one) for one in instruction_sets())


def _columns_bytes(groups: int, one: InstructionSet) -> int:
    """Bytes of the columns of a tile, so many groups of 4 taps each."""
    together = most("WHOLE_TAPS", one) // 4
    return most("TILE_GROUP_BYTES", one) * -(-groups // together) * together


def _tiles(layer: Layer) -> int:
    coded = layer.node.input(1).codebook is not None
    budget = COLUMNS_BYTES if coded else INT4_COLUMNS_BYTES
    limit = kernel_number("convolution/conv_2d_packed_im2col.h", "EDGEQ_MOST_TILES")
    return min(max(budget // _tile_bytes(layer), 1), limit)


WHOLE = Kernel(
    "conv_2d_im2col",
    "edgeq_conv_2d_im2col_s8",
    TAP_GROUPS,
    whole_parameters,
    scratch,
    overlap,
    forms=(
        ("EDGEQ_CONV_2D_FORM", "epilogue.single_multiply"),
        ("EDGEQ_CONV_2D_JOINED", "epilogue.joined"),
    ),
)
ROWS = replace(
    WHOLE,
    file="conv_2d_im2col_rows",
    function="edgeq_conv_2d_im2col_rows_s8",
    overlap=apart,
)
PACKED = Kernel(
    "conv_2d_packed_im2col",
    "edgeq_conv_2d_packed_im2col_s8",
    FILTER_ROWS,
    packed_parameters,
    packed_scratch,
    packed_overlap,
)
PACKED_ROWS = replace(
    PACKED,
    file="conv_2d_packed_im2col_rows",
    function="edgeq_conv_2d_packed_im2col_rows_s8",
    overlap=apart,
)
"""The kernels of CONV_2D, which serve DEPTHWISE_CONV_2D of one input channel too."""

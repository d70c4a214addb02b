"""Kernels of depthwise convolutions that compute one channel after the other, whole or in bands of
rows.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgeq.opkit.node import Values
from edgeq.opkit.packed import decoded_first
from edgeq.opkit.per_channel import PerChannelLayout, per_channel_layout, per_channel_parameters
from edgeq.opkit.variants import Fields, Kernel, Layer, Layout, apart
from edgeq.opkit.weight_storage import table_count


def channel_layout(layer: Layer) -> PerChannelLayout:
    """How a channel is cut into lines, for the whole output or for a band of its rows."""
    rows, columns = layer.windows
    if not layer.band:
        return per_channel_layout(rows, columns)
    cut = per_channel_layout(rows._replace(output=layer.band), columns)
    return replace(cut, lines=rows, band=layer.band)


def _per_channel(layer: Layer, weights: Values) -> Values:
    return np.ascontiguousarray(weights.transpose(channel_layout(layer).filter_axes))


def _table_rows(layer: Layer, coded: Values) -> Values:
    return _per_channel(layer, coded).reshape(table_count(layer.node), -1)


PER_CHANNEL = Layout("[channel, tap], taps along lines", _per_channel)
TABLE_ROWS = Layout("codes [channel, tap], a row for each table", _table_rows)


def parameters(layer: Layer, weights: Values | None) -> Fields:
    """The C fields of the per-channel kernels. weights: int8 [channels, taps along lines]."""
    fields = per_channel_parameters(layer.node, channel_layout(layer), weights)
    return {**fields, **layer.epilogue}


def scratch(layer: Layer) -> int:
    """Scratch bytes for buffered lines and one channel's filter of any size."""
    layout = channel_layout(layer)
    return layout.buffer_bytes + layout.filter_bytes


def scratch_3x3(layer: Layer) -> int:
    """Scratch bytes for the buffered lines of a 3x3 filter."""
    return channel_layout(layer).bytes_3x3


def overlap(_: Layer) -> int:
    """0: in place is safe, as a channel's output overwrites only input that was read before
    (`KernelCall.overlap`).
    """
    return 0


ANY_SIZE = Kernel(
    "depthwise_conv_2d_per_channel",
    "edgeq_depthwise_conv_2d_per_channel_s8",
    PER_CHANNEL,
    parameters,
    scratch,
    overlap,
    exact=True,
)
ROWS_ANY_SIZE = replace(
    ANY_SIZE,
    file="depthwise_conv_2d_per_channel_rows",
    function="edgeq_depthwise_conv_2d_per_channel_rows_s8",
    overlap=apart,
    exact=False,
)
SIZE_3X3 = replace(
    ANY_SIZE,
    file="depthwise_conv_2d_3x3",
    function="edgeq_depthwise_conv_2d_3x3_s8",
    scratch=scratch_3x3,
)
ROWS_3X3 = replace(
    SIZE_3X3,
    file="depthwise_conv_2d_3x3_rows",
    function="edgeq_depthwise_conv_2d_3x3_rows_s8",
    overlap=apart,
    exact=False,
)
PACKED_ANY_SIZE = decoded_first(
    ANY_SIZE,
    TABLE_ROWS,
    "depthwise_conv_2d_packed_per_channel",
    "edgeq_depthwise_conv_2d_packed_per_channel_s8",
)
PACKED_3X3 = decoded_first(
    SIZE_3X3,
    TABLE_ROWS,
    "depthwise_conv_2d_packed_3x3",
    "edgeq_depthwise_conv_2d_packed_3x3_s8",
)
PACKED_ROWS_3X3 = decoded_first(
    ROWS_3X3,
    TABLE_ROWS,
    "depthwise_conv_2d_packed_3x3_rows",
    "edgeq_depthwise_conv_2d_packed_3x3_rows_s8",
)

"""The C fields of what slides over an image: geometry, padding and filters of convolutions."""

from __future__ import annotations

from edgeq.opkit.convolution import groups, narrow_sums
from edgeq.opkit.kernel_call import Parameter, extents, nested, small_extents
from edgeq.opkit.node import Node
from edgeq.opkit.windows import Window


def geometry_parameters(node: Node, rows: Window, columns: Window) -> dict[str, Parameter | None]:
    """The C fields of the struct `geometry` (geometry.h) of a convolution."""
    return nested("geometry", window_parameters(node, rows, columns))


def sliding_parameters(node: Node, rows: Window, columns: Window) -> dict[str, Parameter | None]:
    """The C fields of the struct `window` of a direct convolution: the geometry, and for 32-bit
    accumulators the value that padding counts as (padding_counts.h); others leave padding out
    (padding_skipped.h).
    """
    fields = geometry_parameters(node, rows, columns)
    if node.input(0).dtype == "int8" or narrow_sums(node):
        fields["padding"] = node.input(0).zero_point
    return nested("window", fields)


def filter_parameters(node: Node) -> dict[str, Parameter | None]:
    """The C fields that size a CONV_2D's filters: channels of a filter, groups, filters of a group."""
    filters, parts = node.input(1).shape, groups(node)
    return {
        "filter_channels": filters[3],
        "groups": parts,
        "group_filters": filters[0] // parts,
    }


def window_parameters(node: Node, rows: Window, columns: Window) -> dict[str, Parameter | None]:
    """The C fields that size the input, output, filter, stride, dilation and padding of a
    convolution.
    """
    x = node.input(0)
    return extents(input_channels=x.shape[3]) | small_extents(
        batches=x.shape[0],
        input_height=rows.input,
        input_width=columns.input,
        output_height=rows.output,
        output_width=columns.output,
        filter_height=rows.size,
        filter_width=columns.size,
        stride_height=rows.stride,
        stride_width=columns.stride,
        dilation_height=rows.dilation,
        dilation_width=columns.dilation,
        pad_top=rows.before,
        pad_left=columns.before,
    )

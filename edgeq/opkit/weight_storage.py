"""The form in which the weights of a layer are stored in flash: plain, int4, or indices into a
codebook.
"""

from __future__ import annotations

from enum import Enum

import numpy as np

from edgeq.opkit.node import Node, Values


class Storage(Enum):
    """The form of a layer's weights in flash."""

    PLAIN = "plain"
    INT4 = "int4"
    CODEBOOK = "codebook"


def storage(node: Node, channel_axis: int) -> Storage:
    """The form in which a node's weights can be stored.

    channel_axis: the axis of the weights that numbers output channels. Weights with a codebook are
    stored plain if the codebook saves no bytes, or if its tables do not belong to output channels.
    """
    weights = node.input(1)
    if weights.codebook is None:
        return Storage.INT4 if weights.dtype == "int4" else Storage.PLAIN
    of_channels = table_count(node) == 1 or weights.codebook.axis == channel_axis
    saves = weights.stored_bytes < weights.nbytes
    return Storage.CODEBOOK if of_channels and saves else Storage.PLAIN


def table_count(node: Node) -> int:
    """The number of tables of the weights' codebook, 1 if they have none."""
    book = node.input(1).codebook
    return 1 if book is None else len(book.tables)


def codes(node: Node) -> Values:
    """The codes of packed weights, uint8 of the weights' shape: indices into a codebook, or the
    four bits of an int4.
    """
    weights = node.input(1)
    values = weights.array.astype(np.int8, copy=False)
    return (
        values.view(np.uint8) & 15 if weights.codebook is None else weights.codebook.indices(values)
    )

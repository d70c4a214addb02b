"""Frames between a computer and a board, and requests in them, as docs/wire.md describes them."""

from edgeq.wire.board import (
    Hello,
    Inference,
    LayerTrace,
    ask_for_tensors,
    infer,
    layer_traces,
    reset,
    say_hello,
)
from edgeq.wire.frame import Frame, FrameReader, encode_frame
from edgeq.wire.layer_bytes import NOTHING, LayerBytes, Place, Stretch
from edgeq.wire.link import BoardError, Link, LostSessionError
from edgeq.wire.port import Port, open_port

__all__ = [
    "NOTHING",
    "BoardError",
    "Frame",
    "FrameReader",
    "Hello",
    "Inference",
    "LayerBytes",
    "LayerTrace",
    "Link",
    "LostSessionError",
    "Place",
    "Port",
    "Stretch",
    "ask_for_tensors",
    "encode_frame",
    "infer",
    "layer_traces",
    "open_port",
    "reset",
    "say_hello",
]

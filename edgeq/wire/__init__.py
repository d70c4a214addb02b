"""Frames between a computer and a board, and requests in them, as docs/wire.md describes them."""

from edgeq.wire.board import Hello, Inference, LayerTrace, infer, layer_traces, reset, say_hello
from edgeq.wire.frame import Frame, FrameReader, encode_frame
from edgeq.wire.link import BoardError, Link, LostSessionError
from edgeq.wire.port import Port, open_port

__all__ = [
    "BoardError",
    "Frame",
    "FrameReader",
    "Hello",
    "Inference",
    "LayerTrace",
    "Link",
    "LostSessionError",
    "Port",
    "encode_frame",
    "infer",
    "layer_traces",
    "open_port",
    "reset",
    "say_hello",
]

"""Frames between a computer and a board, as docs/wire.md describes them."""

from edgeq.wire.frame import Frame, FrameReader, encode_frame

__all__ = ["Frame", "FrameReader", "encode_frame"]

"""Channels that no output depends on are left out of the firmware: those that nothing reads, and those
that hold the same integer for every input.

A transformation of the graph between clean-up and lowering. No byte of what stays changes; inputs and
outputs of the graph keep their shapes. Which channels go with which is what operators declare
(`edgeq/opkit/channels.py`).
"""

from edgeq.dead_channels.live_part import Kept, LivePart, leave_out, whole
from edgeq.dead_channels.summary import LayerLeftOut, LeftOut, left_out

__all__ = ["Kept", "LayerLeftOut", "LeftOut", "LivePart", "leave_out", "left_out", "whole"]

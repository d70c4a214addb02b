"""Features of audio: what models for wake words and sounds take, computed in integers."""

from edgeq.features.micro import MicroFrontend
from edgeq.features.parameters import MicroParameters

__all__ = ["MicroFrontend", "MicroParameters"]

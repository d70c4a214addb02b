"""Features of audio: what models for wake words and sounds take, computed in integers."""

from edgeq.features.clips import ClipFeatures, Windows, clip_features
from edgeq.features.micro import MicroFrontend
from edgeq.features.parameters import MicroParameters

__all__ = ["ClipFeatures", "MicroFrontend", "MicroParameters", "Windows", "clip_features"]

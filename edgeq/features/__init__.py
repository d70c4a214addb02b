"""Features of audio: what models for wake words and sounds take, computed in integers."""

from edgeq.features.clips import ClipFeatures, Windows, clip_features
from edgeq.features.front_end import FrontEnd, front_end
from edgeq.features.graph import micro_graph
from edgeq.features.micro import MicroFrontend
from edgeq.features.parameters import MicroParameters

__all__ = [
    "ClipFeatures",
    "FrontEnd",
    "MicroFrontend",
    "MicroParameters",
    "Windows",
    "clip_features",
    "front_end",
    "micro_graph",
]

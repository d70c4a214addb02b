"""Features of audio: what models for wake words and sounds take, with the bits of the board."""

from edgeq.features.clips import ClipFeatures, Windows, clip_features
from edgeq.features.front_end import FrontEnd, front_end
from edgeq.features.graph import micro_graph
from edgeq.features.kinds import KINDS, Parameters, kind_parameters
from edgeq.features.mfcc import MfccFrontend
from edgeq.features.mfcc_graph import mfcc_graph
from edgeq.features.mfcc_parameters import MfccParameters
from edgeq.features.micro import MicroFrontend
from edgeq.features.parameters import MicroParameters

__all__ = [
    "KINDS",
    "ClipFeatures",
    "FrontEnd",
    "MfccFrontend",
    "MfccParameters",
    "MicroFrontend",
    "MicroParameters",
    "Parameters",
    "Windows",
    "clip_features",
    "front_end",
    "kind_parameters",
    "mfcc_graph",
    "micro_graph",
]

"""MFCC of a stream of samples, with the bits that a board computes."""

from __future__ import annotations

import numpy as np

from edgeq.features.framing import Framing
from edgeq.features.mfcc_graph import mfcc_graph
from edgeq.features.mfcc_parameters import MfccParameters
from edgeq.opkit.node import Values
from edgeq.simulate.execute import execute


class MfccFrontend:
    """A stream of samples and the features of its frames, each of which depends on its frame alone.

    `push` may be given any number of samples at a time.
    """

    def __init__(self, parameters: MfccParameters | None = None) -> None:
        self.parameters = p = parameters or MfccParameters()
        self._framing = Framing(p.window, p.step)
        self._graph = mfcc_graph(p).main

    def reset(self) -> None:
        """Forgets all samples."""
        self._framing.reset()

    def push(self, samples: Values) -> Values:
        """samples int16 [n] -> features float32 [frames that these complete, coefficients]."""
        frames = self._framing.push(samples)
        if not len(frames):
            return np.zeros((0, self.parameters.channels), np.float32)
        values = execute(self._graph, [frames])
        return values[self._graph.outputs[0]].reshape(len(frames), -1)

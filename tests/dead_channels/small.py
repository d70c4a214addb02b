"""Small networks with constant channels, and which of their channels stay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from dead_channels.planted import with_zeros
from dead_channels.test_live_part import assert_same_bytes
from plan.networks import Network

from edgeq.dead_channels import leave_out
from edgeq.graph import Model

CHANNELS, DEAD = 6, (1, 4)
LIVE = tuple(k for k in range(CHANNELS) if k not in DEAD)
DISTANT = 20  # of constants from the zero point


class Small(Network):
    """A network whose first filters have two constant channels."""

    def first(self, distance: int = 0, padding: str = "SAME", dtype: str = "int8") -> int:
        """Six filters; two channels are constant, `distance` from the zero point."""
        y = self.filter(self.input(5, 6, 3), CHANNELS, (3, 3), padding=padding)
        w, b = self.ops[-1].inputs[1:]
        self.tensors[w] = with_zeros(self.tensors[w], 0, np.isin(np.arange(CHANNELS), DEAD))
        bias = self.tensors[b].array.copy()
        scale = 0.05 * np.array(self.tensors[w].quantization.scale)  # type: ignore[union-attr]
        bias[list(DEAD)] = np.round(distance * 0.05 / scale[list(DEAD)])
        self.tensors[b] = replace(self.tensors[b], buffer=bias.tobytes())
        return y


def small(seed: int = 0) -> Small:
    return Small(np.random.default_rng(seed))


def kept_of(model: Model, t: int) -> tuple[int, ...]:
    """The channels of a tensor that stay, after all bytes were compared."""
    live = leave_out(model.main)
    assert_same_bytes(model.main, live)
    return live.kept.get(t, tuple(range(model.main.tensors[t].shape[-1])))

"""How a sensor is sampled, and which rates, hops and averages there can be."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from edgeq.errors import EdgeqError
from edgeq.sensors import Sensor

LARGEST_AVERAGE = 1000  # windows
MILLIHERTZ = 1000
NANOSECONDS = 1_000_000_000
LARGEST_RATE = 1_000_000.0  # time steps per second, one a microsecond


@dataclass(frozen=True)
class Sampling:
    """How a sensor is sampled. None: the sensor's rate, and the window and hop that the model was
    converted with, or windows one behind the other; of an audio front end its rate, and windows a
    quarter of one apart.

    rate: time steps per second. window: time steps of a window, where the input's shape leaves that open.
    hop: time steps from one window to the next, frames of an audio front end. smooth: how many windows
    the scores are averaged over. threshold: what the best class's score must reach, to be named; None: any.
    """

    rate: float | None = None
    window: int | None = None
    hop: int | None = None
    smooth: int = 1
    threshold: float | None = None


AS_IT_IS = Sampling()


def hop_of(rows: int, sensor: Sensor, sampling: Sampling) -> int:
    """Time steps from a window of `rows` to the next; frames, of an audio front end.

    Raises EdgeqError for impossible ones, and for impossible averages and thresholds.
    """
    hop = rows if sampling.hop is None else sampling.hop
    if not 1 <= hop <= 1_000_000_000:
        raise EdgeqError(f"--hop {hop}", "time steps are counted from 1", "give 1 or more")
    if not sensor.time_steps and hop != rows:
        raise EdgeqError(f"--hop {hop}", f"{sensor.name} yields whole pictures", "leave --hop out")
    if not 1 <= sampling.smooth <= LARGEST_AVERAGE:
        raise EdgeqError(
            f"--smooth {sampling.smooth}",
            f"1 to {LARGEST_AVERAGE} windows can be averaged",
            "give such a number",
        )
    if sampling.threshold is not None and not isfinite(sampling.threshold):
        raise EdgeqError(
            f"--threshold {sampling.threshold}", "no score can reach it", "give a finite number"
        )
    return hop


def rate_of(sensor: Sensor, sampling: Sampling) -> float:
    """Time steps per second. Raises EdgeqError for more than the sensor gives."""
    rate = sensor.rate_hz if sampling.rate is None else sampling.rate
    fastest = min(sensor.fastest_hz, LARGEST_RATE)
    if not 1 / MILLIHERTZ <= rate <= fastest:
        raise EdgeqError(
            f"--rate {rate:g}",
            f"{sensor.name} gives at most {fastest:g} time steps per second",
            f"give 0.001 to {fastest:g}",
        )
    return rate

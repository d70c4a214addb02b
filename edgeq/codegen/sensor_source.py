"""A sensor that a project's program has the model's windows from: its code, its stream, its needs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from edgeq.boards import Board
from edgeq.codegen.engine import Engine
from edgeq.codegen.sampling import MILLIHERTZ, Sampling
from edgeq.codegen.stream import Stream, make_sound_stream, make_stream, render_stream
from edgeq.features import FrontEnd
from edgeq.frameworks import Layout
from edgeq.graph import Model
from edgeq.sensors import Needs, Sensor, load_sensor, sensor_needs


@dataclass(frozen=True)
class SensorSource:
    """A sensor, and how its values become windows. program: the kind of program, for which the sensor
    has code. needs: what the program needs beside that.
    """

    sensor: Sensor
    stream: Stream
    program: str
    needs: Needs

    @property
    def context(self) -> dict[str, Any]:
        """What templates see."""
        return {
            "sensor": self.sensor,
            "stream": self.stream.facts,
            "program": self.program,
            "needs": self.needs,
        }

    @property
    def facts(self) -> dict[str, Any]:
        """What the manifest says."""
        return {
            "name": self.sensor.name,
            "rate_hz": self.stream.rate_mhz / MILLIHERTZ,
            "window": self.stream.rows,
            "channels": self.stream.channels,
            "hop": self.stream.hop,
        }


def sensor_source(
    name: str,
    sampling: Sampling,
    model: Model,
    front_end: FrontEnd | None,
    engine: Engine,
    layout: Layout,
    board: Board | None,
) -> SensorSource:
    """The sensor of that name as the source of an engine's one model, by its audio front end if it has
    one.

    Raises EdgeqError for an unknown sensor, for one that the framework or the board has no code for,
    and where the model's input is no window of its values, or of features of them.
    """
    sensor, (alone,) = load_sensor(name), engine.models
    program, needs = sensor_needs(sensor, layout, board)
    if front_end is None:
        stream = make_stream(model, alone, sensor, sampling)
    else:
        stream = make_sound_stream(alone, front_end, sensor, sampling)
    return SensorSource(sensor, stream, program, needs)


def with_stream(engine: Engine, source: SensorSource) -> Engine:
    """The engine of one model with the files of its stream, and the RAM that they take."""
    (alone,) = engine.models
    files = render_stream(alone, source.stream, source.sensor)
    state_bytes = alone.state_bytes + source.stream.ram_bytes
    return replace(
        engine,
        models=(replace(alone, state_bytes=state_bytes),),
        files={**engine.files, **files},
        headers=(*engine.headers, *(name for name in files if name.endswith(".h"))),
    )

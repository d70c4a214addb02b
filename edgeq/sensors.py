"""The sensors that a project's program can read: each one folder of `firmware_templates/sensors/`
with a `sensor.yaml` and, for each kind of program, a template of the code, `<program>.j2`.

sensor.yaml:
    title: what the sensor is, for people
    time_steps: whether it yields one time step after the other, of which a window consists; false for a
        camera, which yields a whole picture
    channels: the names of a time step's values, one list for each selection that the code can read;
        of a camera's pixel likewise
    any_channels: instead of `channels`, the most channels there can be, of one unit
    units: of the values
    sound: whether a time step can be a sample of sound, -1 to 1 of full scale, which an audio front end
        takes
    rate_hz: time steps per second, by default
    fastest_hz: the most time steps per second that the sensor gives
    paced: `program` where the code is asked for a time step when it is due; `sensor` where time steps
        come at the sensor's own pace, and none is lost while an inference takes less time than the
        sensor can store
    boards: those that have it, where the code is for a sensor on the board; empty for a sensor that
        is wired to any board
    pins: of a sensor on the board, board -> signal -> GPIO
    code: kind of program -> what it needs beside the template
    sources: addresses of what states this
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import ClassVar, Literal

from edgeq.boards import Board
from edgeq.errors import EdgeqError
from edgeq.frameworks import FRAMEWORKS, Layout, load_layout
from edgeq.plain_yaml import PLAIN_TEXT, read_plain, validated
from edgeq.resources import resource_folder, template_folders


@dataclass(frozen=True)
class Needs:
    """What a program needs to read a sensor.

    libraries: of Arduino, by the name in its library manager, or of PlatformIO, `owner/name`.
    requires: components of ESP-IDF. components: those that its component manager fetches, name ->
    version. link: libraries of the Pico SDK. config: lines of a prj.conf of Zephyr. cores: of
    boards, where the code is for these alone. note: how it is wired or set up.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    libraries: tuple[str, ...] = ()
    platformio: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    components: Mapping[str, str] = field(default_factory=dict)
    link: tuple[str, ...] = ()
    config: tuple[str, ...] = ()
    cores: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Sensor:
    """A sensor's `sensor.yaml`, as the docstring of this module explains it."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    name: str
    title: str
    units: str
    rate_hz: float
    fastest_hz: float
    paced: Literal["program", "sensor"]
    code: Mapping[str, Needs]
    sources: tuple[str, ...]
    time_steps: bool = True
    sound: bool = False
    channels: tuple[tuple[str, ...], ...] = ()
    any_channels: int = 0
    boards: tuple[str, ...] = ()
    pins: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def counts(self) -> tuple[int, ...]:
        """How many channels a time step can have."""
        return tuple(map(len, self.channels)) or tuple(range(1, self.any_channels + 1))

    @property
    def yields(self) -> str:
        """What it yields, for people."""
        what = "time steps" if self.time_steps else "pixels"
        if self.any_channels:
            return f"{what} of 1 to {self.any_channels} channels"
        return f"{what} of " + " or ".join(
            f"{len(names)} ({', '.join(names)})" for names in self.channels
        )


SENSORS = template_folders("sensors/*/sensor.yaml")


@cache
def load_sensor(name: str) -> Sensor:
    """The sensor of that name. EdgeqError, naming those there are, for an unknown one, and with file
    and line for a file that is wrong.
    """
    if name not in SENSORS:
        raise EdgeqError(
            f"sensor {name!r}", "it is not known", f"choose one of {', '.join(SENSORS)}"
        )
    path = resource_folder("firmware_templates") / "sensors" / name / "sensor.yaml"
    remedy = "correct the file; the docstring of edgeq/sensors.py explains its fields"
    file = read_plain(path, f"sensors/{name}/sensor.yaml", remedy, lambda place: PLAIN_TEXT)
    sensor = validated(file, {"name": name, **file.data}, Sensor)
    if bool(sensor.channels) == bool(sensor.any_channels):
        raise file.error(("channels",), "it takes either channels or any_channels")
    for program in sensor.code:
        if not (path.parent / f"{program}.j2").is_file():
            raise file.error(("code", program), f"there is no {program}.j2 beside it")
    return sensor


def program_of(layout: Layout, board: Board | None) -> str | None:
    """The kind of program in a framework's project for a board; None where it has none. PlatformIO
    has that of the framework which the board's entry names.
    """
    if layout.program is None or "{" not in layout.program:
        return layout.program
    if board is None:
        return "stdio"
    entry = board.framework(layout.name)
    named = "" if entry is None else str(entry.facts["framework"])
    programs = {load_layout(name).program for name in FRAMEWORKS}
    return named if named in programs else "stdio"


def sensor_needs(sensor: Sensor, layout: Layout, board: Board | None) -> tuple[str, Needs]:
    """The kind of program that reads the sensor, and what it needs.

    Raises EdgeqError where the framework has no code for the sensor, or the board has no such sensor.
    """
    program = program_of(layout, board)
    what = f"--sensor {sensor.name}"
    if program is None or program not in sensor.code:
        raise EdgeqError(
            f"{what} with {layout.name}",
            f"there is code for it with {', '.join(frameworks_for(sensor))}",
            f"choose one of these, or a sensor of {layout.name}: {_sensors_for(program)}",
        )
    if board is None:
        return program, sensor.code[program]
    if sensor.boards and board.name not in sensor.boards:
        raise EdgeqError(
            f"{what} on {board.name}",
            f"{board.title} has none; it is on {', '.join(sensor.boards)}",
            "choose another sensor or board",
        )
    cores = sensor.code[program].cores
    if cores and board.core not in cores:
        raise EdgeqError(
            f"{what} on {board.name}",
            f"with {layout.name} its code is for {', '.join(cores)}, the board has a {board.core}",
            "choose another sensor or board",
        )
    return program, sensor.code[program]


def frameworks_for(sensor: Sensor) -> tuple[str, ...]:
    """The frameworks with code for the sensor; those of PlatformIO where their boards' own is."""
    named = (load_layout(name) for name in FRAMEWORKS)
    return tuple(
        layout.name
        for layout in named
        if layout.program is not None
        and (layout.program in sensor.code or ("{" in layout.program and "arduino" in sensor.code))
    )


def _sensors_for(program: str | None) -> str:
    named = [name for name in SENSORS if program in load_sensor(name).code]
    return ", ".join(named) or "none"

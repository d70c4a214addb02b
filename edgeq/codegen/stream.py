"""The stream of a sensor's time steps into a model: how its windows are cut, and the C that does it.

A window is the model's input. Time steps, of one value per channel, are quantized as they come. Where
windows overlap, the latest are kept in a ring in the integers of the input; where they do not, they
go into the input itself. Samples of sound go through an audio front end, which keeps the latest
frames of features.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from edgeq.codegen.engine import EngineModel
from edgeq.codegen.ports import Port
from edgeq.codegen.sampling import MILLIHERTZ, NANOSECONDS, Sampling, hop_of, rate_of
from edgeq.codegen.templates import render
from edgeq.errors import EdgeqError
from edgeq.features import FrontEnd
from edgeq.graph import Model
from edgeq.opkit.input_affine import find_input_affines
from edgeq.sensors import SENSORS, Sensor, load_sensor


@dataclass(frozen=True)
class Stream:
    """What the C of a stream is made for.

    rows: of a window, time steps or an audio front end's frames. channels: of a time step. hop: rows from a
    window to the next. ctype: of what is kept of a value. quantized_early: whether a value's integer
    is known without its row. ring: whether time steps are kept beside the input. rate_mhz: time steps per
    1000 seconds. audio: whether an audio front end makes the rows.
    """

    rows: int
    channels: int
    hop: int
    rate_mhz: int
    smooth: int
    threshold: float | None
    ctype: str
    quantized_early: bool
    ring: bool
    ram_bytes: int
    audio: bool = False

    @property
    def facts(self) -> dict[str, Any]:
        """What templates show."""
        whole, rest = divmod(NANOSECONDS, self.rate_mhz)
        return {**vars(self), "period_us": whole, "period_rest": rest}


def make_stream(model: Model, engine: EngineModel, sensor: Sensor, sampling: Sampling) -> Stream:
    """The stream of a sensor into the model's one input.

    Raises EdgeqError where the input is no window of what the sensor yields, and for impossible
    rates, hops and averages.
    """
    port, sampling = _only_input(engine), _with_recorded(model, sensor, sampling)
    _check_output(engine, sensor)
    rows, channels = window_of(port, sensor, sampling.window)
    hop = hop_of(rows, sensor, sampling)
    early = not port.affine or _alike_in_all_rows(model, channels)
    ctype = port.ctype if early else "float"
    ring = hop < rows
    value_bytes = port.nbytes // port.elements if early else 4
    rate = rate_of(sensor, sampling)
    return Stream(
        rows,
        channels,
        hop,
        round(rate * MILLIHERTZ),
        sampling.smooth,
        sampling.threshold,
        ctype,
        early,
        ring,
        (rows * channels * value_bytes if ring else 0) + _score_bytes(engine, sampling),
    )


def make_sound_stream(
    engine: EngineModel, front_end: FrontEnd, sensor: Sensor, sampling: Sampling
) -> Stream:
    """The stream of a microphone through an audio front end into the model's one input, which
    `with_audio` has checked. By default a window begins with each quarter of the one before.

    Raises EdgeqError for a sensor that yields no sound, another rate than the front end's, and
    impossible hops and averages.
    """
    if not sensor.sound:
        raise EdgeqError(
            f"--sensor {sensor.name}",
            "the model takes features of sound, which it does not yield",
            f"choose one of {', '.join(_sounds())}, or give --features none",
        )
    _check_output(engine, sensor)
    p = front_end.parameters
    if sampling.rate not in (None, p.sample_rate):
        why = f"the features are of sound of {p.sample_rate} Hz"
        raise EdgeqError(f"--rate {sampling.rate:g}", why, "leave it out")
    rows = engine.context["inputs"][0].elements // p.channels
    hop = max(rows // 4, 1) if sampling.hop is None else sampling.hop
    rate = rate_of(sensor, replace(sampling, rate=float(p.sample_rate)))
    return Stream(
        rows,
        1,
        hop_of(rows, sensor, replace(sampling, hop=hop)),
        round(rate * MILLIHERTZ),
        sampling.smooth,
        sampling.threshold,
        "int16_t",
        quantized_early=True,
        ring=False,
        ram_bytes=_score_bytes(engine, sampling),
        audio=True,
    )


def _sounds() -> list[str]:
    return [name for name in SENSORS if load_sensor(name).sound]


def _score_bytes(engine: EngineModel, sampling: Sampling) -> int:
    """What the scores of the latest windows and their average take."""
    return int(engine.context["outputs"][0].elements * 4 * (sampling.smooth + 1))


def render_stream(engine: EngineModel, stream: Stream, sensor: Sensor) -> dict[str, str]:
    """`<prefix>_stream.h` and `.c`, which edgeq renews."""
    context = {**engine.context, "stream": stream.facts, "sensor": sensor}
    return {
        f"{engine.prefix}_stream.{kind}": render(f"common/stream.{kind}.j2", context)
        for kind in ("h", "c")
    }


def _with_recorded(model: Model, sensor: Sensor, sampling: Sampling) -> Sampling:
    """The sampling with the window and hop that the model was converted with, where none are stated."""
    if model.window is None or not sensor.time_steps or sampling.window is not None:
        return sampling
    rows, hop = model.window
    return replace(sampling, window=rows, hop=hop if sampling.hop is None else sampling.hop)


def window_of(port: Port, sensor: Sensor, window: int | None) -> tuple[int, int]:
    """(time steps, channels of each) of a window. window: the time steps, where the user states them.

    Raises EdgeqError where the input's shape is no window of the sensor's channels, or could be
    several.
    """
    shape = _without_ones(port.shape)
    what = f"--sensor {sensor.name}"
    unfit = EdgeqError(
        what,
        f"the model's input is {list(port.shape)}, the sensor yields {sensor.yields}",
        "choose a sensor of the model's channels, or train on what this one yields",
    )
    if not sensor.time_steps:
        # A picture keeps its axes: [1, height, width, channels].
        if len(port.shape) != 4 or port.shape[3] not in sensor.counts:
            raise unfit
        return port.shape[1] * port.shape[2], port.shape[3]
    if len(shape) > 2:
        raise unfit
    if window is not None:
        counts = [n for n in sensor.counts if n * window == port.elements]
    elif len(shape) == 2:
        counts = [n for n in sensor.counts if n == shape[1]]
    else:
        counts = [n for n in sensor.counts if port.elements % n == 0]
        counts = [1] if 1 in counts else counts
    if not counts:
        raise unfit
    if len(counts) > 1:
        choices = " or ".join(str(port.elements // n) for n in counts)
        why = f"the model's input {list(port.shape)} has windows of {choices} time steps"
        raise EdgeqError(what, why, "state by --window which")
    return port.elements // counts[0], counts[0]


def _without_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The axes that tell time steps and channels apart: without the batch and axes of one element."""
    return tuple(size for size in shape[1:] if size != 1)


def _only_input(engine: EngineModel) -> Port:
    inputs: list[Port] = engine.context["inputs"]
    if len(inputs) != 1:
        raise EdgeqError(
            "--sensor",
            f"the model has {len(inputs)} inputs, a sensor fills one",
            "leave --sensor out and fill them in the program",
        )
    port = inputs[0]
    if port.scale is None and port.dtype != "float32":
        raise EdgeqError(
            "--sensor",
            f"the model's input is {port.dtype} without a scale, the sensor's values are real",
            "leave --sensor out and fill it in the program",
        )
    return port


def _check_output(engine: EngineModel, sensor: Sensor) -> None:
    if not engine.context["outputs"] or not engine.context["outputs"][0].elements:
        raise EdgeqError(f"--sensor {sensor.name}", "the model has no output", "give it one")


def _alike_in_all_rows(model: Model, channels: int) -> bool:
    """Whether the affine operators at the input have the same constants in every row."""
    for affine in find_input_affines(model.main):
        features = affine.features
        if features.count > 1 and channels % (features.inner * features.count):
            return False
    return True

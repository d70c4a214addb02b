"""`edgeq generate`: a firmware project from an int8 model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgeq.cli import completion
from edgeq.cli.groups import with_groups
from edgeq.cli.options import (
    Debug,
    FeedRows,
    Json,
    KeepDead,
    Kernels,
    Labels,
    MaxRam,
    ModelPath,
    Optimize,
    Quiet,
)
from edgeq.cli.reading import UNSTATED, Reading
from edgeq.errors import EdgeqError

if TYPE_CHECKING:
    from edgeq.codegen.generate_result import GenerateResult

Output = Annotated[
    Path, typer.Option("-o", "--output", help="The project's folder; what you edit there is kept.")
]
Framework = Annotated[
    str,
    typer.Option(
        "--framework",
        help="arduino, espidf, platformio, zephyr, pico, cmsis-pack, cmake, headers; or "
        "arduino-library, platformio-library, espidf-component.",
        autocompletion=completion.frameworks,
    ),
]
BoardName = Annotated[
    str | None,
    typer.Option("--board", help="A board of `edgeq boards`.", autocompletion=completion.boards),
]
Overwrite = Annotated[
    bool,
    typer.Option(
        "--overwrite",
        help="Renew generated files that were edited, too, but not your sketch or main.",
    ),
]
EngineName = Annotated[
    str,
    typer.Option(
        "--engine", help="native (edgeq's own C99) or tflm.", autocompletion=completion.engines
    ),
]
Name = Annotated[
    str | None, typer.Option("--name", help="Prefix of all names in C; the file's by default.")
]
Selftest = Annotated[
    int, typer.Option("--selftest", min=0, help="Vectors that the firmware checks at boot.")
]
SelftestData = Annotated[
    str | None, typer.Option("--data", help="Samples for --selftest; random inputs without it.")
]

SensorName = Annotated[
    str | None,
    typer.Option(
        "--sensor", help="What the program reads windows from: a name of docs/sensors.md."
    ),
]
Rate = Annotated[
    float | None, typer.Option("--rate", help="Moments per second of --sensor; its own by default.")
]
Smooth = Annotated[int, typer.Option("--smooth", help="Windows that scores are averaged over.")]
Threshold = Annotated[
    float | None, typer.Option("--threshold", help="Score below which no class is named.")
]
Features = Annotated[
    str | None,
    typer.Option(
        "--features",
        help="micro: the firmware makes the input of sound; none; what `convert` wrote by default.",
    ),
]


@with_groups
def generate(
    model: ModelPath,
    output: Output,
    framework: Framework,
    board: BoardName = None,
    engine: EngineName = "native",
    name: Name = None,
    selftest: Selftest = 0,
    data: SelftestData = None,
    labels: Labels = None,
    optimize: Optimize = "default",
    kernels: Kernels = None,
    keep_dead_channels: KeepDead = False,
    feed_rows: FeedRows = False,
    sensor: SensorName = None,
    rate: Rate = None,
    smooth: Smooth = 1,
    threshold: Threshold = None,
    max_ram: MaxRam = None,
    reading: Reading = UNSTATED,
    features: Features = None,
    overwrite: Overwrite = False,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Write C sources and a project that builds. Run again, it renews what is edgeq's; your edits
    stay.
    """
    from edgeq.cli.inputs import read_labels
    from edgeq.cli.show import print_json, warn
    from edgeq.codegen.generate import generate as write
    from edgeq.codegen.generate import model_name
    from edgeq.codegen.native import NativeOptions
    from edgeq.codegen.stream import Sampling
    from edgeq.data import input_specs, load_samples, quantized_inputs
    from edgeq.graph import read_tflite

    if data is not None and not selftest:
        raise EdgeqError(
            "--data without --selftest", "only self-test vectors need data", "give --selftest N too"
        )
    if sensor is None and (rate, smooth, threshold) != (None, 1, None):
        raise EdgeqError(
            "--rate, --smooth or --threshold", "they are options of --sensor", "give --sensor too"
        )
    loaded = read_tflite(model)
    inputs = None
    if data is not None:
        options = reading.options([data])
        inputs = quantized_inputs(
            loaded.main, load_samples(data, input_specs(loaded), options).take(selftest).inputs
        )
    result = write(
        loaded,
        output,
        framework=framework,
        board=board,
        engine=engine,
        name=name or model_name(model),
        labels=read_labels(labels),
        selftest=selftest,
        inputs=inputs,
        options=NativeOptions(optimize, kernels, keep_dead_channels, feed_rows, max_ram),
        features=features,
        overwrite=overwrite,
        sensor=sensor,
        sampling=Sampling(rate, reading.window, reading.hop, smooth, threshold),
    )
    warn(result.warnings)
    if json:
        print_json(result)
    else:
        show(result)


def show(result: GenerateResult) -> None:
    """The project's files, what became of those that were there before, and the memory."""
    from edgeq.cli.show import number, print_text

    output = Path(result.output)
    for file in result.files:
        print(f"  {output / file}{_note(result, file)}")
    for file in result.removed:
        print(f"  {output / file}: removed, the project no longer has it")
    for file in result.left:
        print(f"  {output / file}: left, since you edited it, but the project no longer has it")
    state = f"{number(result.state_bytes)} for the state, " if result.state_bytes else ""
    print_text(
        f"{number(result.arena_bytes)} bytes of RAM for the arena, {state}"
        f"{number(result.model_bytes)} bytes of constants"
    )


def _note(result: GenerateResult, file: str) -> str:
    if file not in result.kept:
        return ""
    beside = result.kept[file]
    return ": kept as you left it" + (
        f", the new text is in {Path(result.output) / beside}" if beside else ""
    )

"""`edgeq generate`: a firmware project from an int8 model, or from several."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from edgeq.cli import completion
from edgeq.cli.groups import with_groups
from edgeq.cli.native_choices import (
    DEFAULT_CODE,
    DEFAULT_MEMORY,
    CodeChoices,
    MemoryChoices,
    native_options,
)
from edgeq.cli.options import (
    Debug,
    Json,
    Quiet,
)
from edgeq.cli.reading import UNSTATED, Reading
from edgeq.cli.source_options import NO_SOURCE, SourceOptions
from edgeq.errors import LONGEST_PART, EdgeqError, shown

if TYPE_CHECKING:
    from edgeq.codegen.generate_inputs import FirmwareModel
    from edgeq.codegen.generate_result import GenerateResult

Value = TypeVar("Value")
Models = Annotated[
    list[Path],
    typer.Argument(help="A .tflite model, or several that run in turn.", metavar="MODEL"),
]
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
    str | None,
    typer.Option(
        "--name",
        help="Prefix of all names in C, the file's by default; of several models the project's, "
        "the folder's by default.",
    ),
]
Apart = Annotated[
    bool,
    typer.Option("--apart", help="Give each of several models an arena of its own."),
]
LabelFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--labels",
        help="A text file, one class name a line, in the outputs' order; again for each model.",
    ),
]
Selftest = Annotated[
    int, typer.Option("--selftest", min=0, help="Vectors that the firmware checks at boot.")
]
SelftestData = Annotated[
    list[str] | None,
    typer.Option(
        "--data", help="Samples for --selftest, random inputs without it; again for each model."
    ),
]

Wire = Annotated[
    bool,
    typer.Option(
        "--wire", help="A program that `edgeq verify --port` feeds and times, not a demonstration."
    ),
]


@with_groups
def generate(
    models: Models,
    output: Output,
    framework: Framework,
    board: BoardName = None,
    engine: EngineName = "native",
    name: Name = None,
    selftest: Selftest = 0,
    data: SelftestData = None,
    wire: Wire = False,
    labels: LabelFiles = None,
    apart: Apart = False,
    code: CodeChoices = DEFAULT_CODE,
    memory: MemoryChoices = DEFAULT_MEMORY,
    reading: Reading = UNSTATED,
    source: SourceOptions = NO_SOURCE,
    overwrite: Overwrite = False,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Write C sources and a project that builds. Run again, it renews what is edgeq's; your edits
    stay.
    """
    from edgeq.cli.show import print_json, warn
    from edgeq.codegen.generate import generate as write

    if data and not selftest:
        raise EdgeqError(
            "--data without --selftest", "only self-test vectors need data", "give --selftest N too"
        )
    sampling = source.sampling(reading)
    given = [
        read_model(*one, selftest, reading)
        for one in zip(
            models,
            _of_each("--labels", labels, models),
            _of_each("--data", data, models),
            strict=True,
        )
    ]
    result = write(
        given,
        output,
        framework=framework,
        board=board,
        engine=engine,
        name=name,
        selftest=selftest,
        options=native_options(code, memory),
        features=source.features,
        apart=apart,
        overwrite=overwrite,
        sensor=source.sensor,
        sampling=sampling,
        wire=wire,
    )
    warn(result.warnings)
    if json:
        print_json(result)
    else:
        show(result)


def read_model(
    path: Path, labels: Path | None, data: str | None, selftest: int, reading: Reading
) -> FirmwareModel:
    """A model called after its file, with its labels and the samples of its self-test."""
    from edgeq.cli.inputs import read_labels
    from edgeq.codegen.generate import model_name
    from edgeq.codegen.generate_inputs import FirmwareModel
    from edgeq.data import input_specs, load_samples, quantized_inputs
    from edgeq.graph import read_tflite

    loaded, inputs = read_tflite(path), None
    if data is not None:
        samples = load_samples(data, input_specs(loaded), reading.options([data]))
        inputs = quantized_inputs(loaded.main, samples.take(selftest).inputs)
    return FirmwareModel(loaded, model_name(path), read_labels(labels), inputs)


def _of_each(
    option: str, values: Sequence[Value] | None, models: Sequence[Path]
) -> Sequence[Value | None]:
    """The values of an option, one for each model, or None for each. Raises EdgeqError for another
    number.
    """
    if values and len(values) != len(models):
        why = f"there are {len(models)} models"
        raise EdgeqError(f"{len(values)} times {option}", why, "give it for each, in their order")
    return values or [None] * len(models)


def show(result: GenerateResult) -> None:
    """The project's files, what became of those that were there before, and the memory."""
    from edgeq.cli.show import number, print_text

    gone = "removed, the project no longer has it"
    edited = "left, since you edited it, but the project no longer has it"
    notes = {
        **{file: _note(result, file) for file in result.files},
        **dict.fromkeys(result.removed, f": {gone}"),
        **dict.fromkeys(result.left, f": {edited}"),
    }
    for file, note in notes.items():
        print(shown(f"  {Path(result.output) / file}{note}", LONGEST_PART))
    if len(result.models) > 1:
        show_models(result)
    state = f"{number(result.state_bytes)} for the state, " if result.state_bytes else ""
    arena = "the arena" if len(result.models) == 1 or result.arena_saved_bytes else "the arenas"
    print_text(
        f"{number(result.arena_bytes)} bytes of RAM for {arena}, {state}"
        f"{number(result.model_bytes)} bytes of constants"
    )
    if result.arena_saved_bytes:
        print_text(
            f"the models take turns in one arena: {number(result.arena_saved_bytes)} bytes less than "
            f"{number(result.arenas_apart_bytes)} apart"
        )


def show_models(result: GenerateResult) -> None:
    """What each of several models takes."""
    from edgeq.cli.show import number, print_table

    rows = [
        [one.name, number(one.arena_bytes), number(one.state_bytes), number(one.model_bytes)]
        for one in result.models
    ]
    print_table("", ["bytes of", "arena", "state", "constants"], rows)


def _note(result: GenerateResult, file: str) -> str:
    if file not in result.kept:
        return ""
    beside = result.kept[file]
    return ": kept as you left it" + (
        f", the new text is in {Path(result.output) / beside}" if beside else ""
    )

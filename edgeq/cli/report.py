"""`edgeq report`: one page of what a model is, computes, takes and costs."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgeq.cli import completion
from edgeq.cli.groups import with_groups
from edgeq.cli.options import Data, Debug, Json, Labels, Limit, ModelPath, Quiet
from edgeq.cli.reading import UNSTATED, Reading

if TYPE_CHECKING:
    from edgeq.data import Samples
    from edgeq.graph import Model

Output = Annotated[Path, typer.Option("--output", "-o", help="The .html file to write.")]
Reference = Annotated[
    Path | None,
    typer.Option("--reference", help="The float model (Keras or .tflite), for error by layer."),
]
BoardName = Annotated[
    str | None,
    typer.Option(
        "--board",
        help="Whose layers are timed; the Nucleo-L4R5ZI by default.",
        autocompletion=completion.boards,
    ),
]


@with_groups
def report(
    model: ModelPath,
    output: Output,
    data: Data = None,
    reference: Reference = None,
    board: BoardName = None,
    limit: Limit = None,
    reading: Reading = UNSTATED,
    labels: Labels = None,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Write one page of all that is known of a model. Accuracy, error, memory, layers, boards, evidence."""
    from edgeq.cli.show import print_json, progress_bar, say
    from edgeq.data import input_specs, load_samples, with_classes
    from edgeq.files import check_output
    from edgeq.graph import read_tflite
    from edgeq.report.report import report as run

    check_output(output, ".html", (model, data, reference))
    options = reading.options([data], labels)
    loaded = read_tflite(model)
    if options.classes:
        loaded = loaded.with_labels(with_classes(options, loaded).classes)
    samples = None
    if data is not None:
        samples = load_samples(data, input_specs(loaded), options).take(limit)
    with progress_bar(not (json or quiet)) as progress:
        result = run(
            loaded,
            output,
            samples,
            reference=None if reference is None else _float_model(reference, samples),
            board=board,
            data=data or "",
            name=model.stem,
            commands=_commands(model, data, reference, board, limit, reading, labels),
            progress=progress,
        )
    if json:
        print_json(result)
    else:
        say(f"wrote {output}", quiet)


def _float_model(path: Path, samples: Samples | None) -> Model:
    """The float model as a graph, of whatever framework it is. EdgeqError without samples to compare on."""
    from edgeq.convert.to_float import load_float
    from edgeq.errors import EdgeqError
    from edgeq.graph import read_tflite

    if samples is None:
        raise EdgeqError("--reference", "a float model needs real data", "give --data")
    loaded = load_float(path)
    loaded.check(samples)
    return read_tflite(loaded.content)


def _commands(
    model: Path,
    data: str | None,
    reference: Path | None,
    board: str | None,
    limit: int | None,
    reading: Reading,
    labels: Path | None,
) -> list[str]:
    """The command lines that compute the figures of the page again, on the same samples."""
    from edgeq.report.report import COMPARED, DEFAULT_BOARD

    few = [] if limit is None else ["--limit", str(limit)]
    given = (
        ["--random", str(COMPARED)] if data is None else ["--data", data, *reading.words(), *few]
    )
    named = [] if labels is None else ["--labels", str(labels)]
    explain = [] if reference is None else [["explain", "--reference", str(reference), *given]]
    lines = [
        ["simulate", *given, *named, "--oracle", "all"],
        *explain,
        ["verify", "--target", "all"],
        ["bench", "--board", board or DEFAULT_BOARD],
        ["fit", "--sort", "latency"],
    ]
    return [shlex.join(["edgeq", name, str(model), *options]) for name, *options in lines]

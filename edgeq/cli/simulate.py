"""`edgeq simulate`: bit-exact inference on this machine, and what the oracles say of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgeq.cli import completion
from edgeq.cli.groups import with_groups
from edgeq.cli.options import Data, Debug, Json, Labels, Limit, ModelPath, Quiet, Random, Seed
from edgeq.cli.reading import UNSTATED, Reading
from edgeq.errors import EdgeqError, shown

if TYPE_CHECKING:
    from edgeq.graph import Model
    from edgeq.simulate.compare import Comparison
    from edgeq.simulate.result import SimulateResult
    from edgeq.simulate.simulate import FloatReference

Oracles = Annotated[
    list[str],
    typer.Option(
        "--oracle",
        help="none, tflite-runtime, tflm or all; may be repeated.",
        autocompletion=completion.oracles,
    ),
]
Metric = Annotated[
    str | None,
    typer.Option(
        "--metric", help="accuracy, auc, mean_abs_error, ...", autocompletion=completion.metrics
    ),
]
WIDTH = 78  # columns of a table on a terminal of 80
LONGEST_CLASS = 32  # characters of a class name in a table
FloatModel = Annotated[
    Path | None,
    typer.Option("--reference", help="The float model (Keras or .tflite) to compare outputs with."),
]


@with_groups
def simulate(
    model: ModelPath,
    data: Data = None,
    random: Random = None,
    oracle: Oracles = [],
    limit: Limit = None,
    metric: Metric = None,
    reference: FloatModel = None,
    seed: Seed = 0,
    reading: Reading = UNSTATED,
    labels: Labels = None,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Compute every byte that the device will compute. Compare it with tflite-runtime and TFLM;
    measure accuracy.
    """
    from edgeq.cli.inputs import Source
    from edgeq.cli.show import print_json, progress_bar, say
    from edgeq.data import with_classes
    from edgeq.graph import read_tflite
    from edgeq.simulate.simulate import simulate as run

    options = reading.options([data], labels)
    loaded = read_tflite(model)
    if options.classes:
        loaded = loaded.with_labels(with_classes(options, loaded).classes)
    names = oracle_names(oracle)
    samples, inputs = Source(data, random, seed, limit, options).load(loaded)
    exact = None if reference is None else float_outputs(reference, loaded)
    with progress_bar(not (json or quiet)) as progress:
        result = run(
            loaded,
            samples,
            inputs=inputs,
            oracles=names,
            metric=metric,
            reference=exact,
            progress=progress,
        )
    for note in result.notes:
        say(f"note: {note}")
    if json:
        print_json(result)
    else:
        show(str(model), result)
    if result.no_oracle_ran is not None:
        say(f"error: {result.no_oracle_ran}")
        raise typer.Exit(result.no_oracle_ran.exit_status)
    raise typer.Exit(0 if result.exact else 1)


def oracle_names(wanted: list[str]) -> list[str]:
    """The oracles that the options name. EdgeqError for an unknown one."""
    from edgeq.simulate.oracles import ORACLES

    for name in wanted:
        if name not in (*ORACLES, "all", "none"):
            raise EdgeqError(
                f"oracle {name!r}", "it is not known", f"choose none, all, {', '.join(ORACLES)}"
            )
    return list(ORACLES) if "all" in wanted else [name for name in ORACLES if name in wanted]


def float_outputs(path: Path, model: Model) -> FloatReference:
    """What a float model computes: a .tflite as it is, other models in the framework that they were
    made with.

    Where the quantized model has its joined outputs apart, so has what is compared with it.
    EdgeqError for a model that is quantized itself, or takes other inputs.
    """
    from edgeq.files import read_bytes

    if path.suffix == ".tflite":
        content = read_bytes(path, "reference")
        _check_reference(content, model, path)
        return _apart(content, model) or content
    from edgeq.convert.to_float import load_float

    loaded = load_float(path)
    _check_reference(loaded.content, model, path)
    return _apart(loaded.content, model) or loaded.outputs


def _check_reference(content: bytes, model: Model, path: Path) -> None:
    from edgeq.graph import read_tflite

    exact = read_tflite(content).main
    remedy = "give the float model that was converted"
    if any(exact.tensors[t].quantization is not None for t in exact.inputs):
        raise EdgeqError(f"reference {path}", "it is quantized itself", remedy)
    theirs, own = (
        [graph.tensors[t].shape[1:] for t in graph.inputs] for graph in (exact, model.main)
    )
    if theirs != own:
        takes = f"its inputs are [samples, ...] of {[list(s) for s in theirs]}, the model's of {[list(s) for s in own]}"
        raise EdgeqError(f"reference {path}", takes, remedy)


def _apart(content: bytes, model: Model) -> bytes | None:
    """The float .tflite with outputs like those of the quantized model, where only that one has
    them apart.
    """
    from edgeq.graph import read_tflite, write_tflite
    from edgeq.quantize.split_outputs import split_like

    exact = read_tflite(content)
    alike = split_like(exact, model)
    return None if alike is exact else write_tflite(alike)


def show(title: str, result: SimulateResult) -> None:
    """Prints the result as a table."""
    from edgeq.cli.show import number, print_table

    rows = [
        ["samples", number(result.samples)],
        ["samples per second", number(result.samples / result.seconds, 0)],
    ]
    if result.accuracy is not None:
        rows.append([str(result.accuracy["metric"]), number(result.accuracy["value"])])
    if result.reference is not None:
        rows.append(["agreement with the float model", number(result.reference.agreement)])
        rows.append(
            ["mean absolute error of the outputs", number(result.reference.mean_abs_error, 6)]
        )
    for name, comparison in result.oracles.items():
        first, *more = oracle_lines(comparison)
        rows += [[name, first], *(["", line] for line in more)]
    if result.xnnpack is not None and result.xnnpack.bytes_compared:
        rows.append(["tflite with XNNPACK (its default)", _xnnpack(result.xnnpack)])
    print_table(title, ["measure", "value"], rows)
    if result.confusion_matrix is not None and len(result.confusion_matrix) <= 12:
        _show_confusion(result.confusion_matrix, result.classes)


def _show_confusion(table: list[list[int]], classes: tuple[str, ...]) -> None:
    """The counts under the names of the classes; where these are too wide for columns, the columns
    are numbered.
    """
    from edgeq.cli.show import print_table

    numbers = [str(number) for number in range(len(table))]
    names = (
        [shown(name, LONGEST_CLASS) for name in classes] if len(classes) == len(table) else numbers
    )
    fits = sum(max(len(name), 3) + 3 for name in names) + max(map(len, names)) <= WIDTH
    rows = (
        names if fits else [f"{number} {name}" for number, name in zip(numbers, names, strict=True)]
    )
    print_table(
        "confusion matrix (rows: true class)",
        ["", *(names if fits else numbers)],
        [[name, *map(str, counts)] for name, counts in zip(rows, table, strict=True)],
    )


def oracle_lines(c: Comparison) -> list[str]:
    """What an oracle said, how that is to be read, and where it differs first, a line each."""
    from edgeq.cli.show import number

    if c.status != "ok":
        return [f"{c.status}: {c.reason}"]
    lines = [
        f"{number(c.bytes_different)} of {number(c.bytes_compared)} bytes differ, {c.tensors} tensors"
    ]
    if c.note is not None:
        lines.append(c.note)
    if c.first_difference is not None:
        d = c.first_difference
        lines.append(
            f"first: sample {d.sample}, layer {d.layer} '{shown(d.tensor)}' [{d.element}]: {d.got}, not {d.expected}"
        )
    lines += [
        f"known of {c.interpreter}, {known.operator}: {known.reason}; right is {known.right}"
        for known in c.known
    ]
    if c.bytes_different and not c.explained:
        lines.append(f"not explained: {number(c.bytes_different - c.bytes_known)} bytes")
    return lines


def _xnnpack(comparison: Comparison) -> str:
    share = comparison.bytes_different / comparison.bytes_compared
    if share:
        return f"not bit-exact: {share:.1%} of output bytes differ"
    return "no output byte differs on these samples, but it is not bit-exact in general"

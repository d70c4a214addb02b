"""`edgeq tune`: tries ways to quantize a model and keeps the one that is best on data calibration never saw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgeq.cli.options import Custom, Debug, FloatModel, Json, Labels, Quiet
from edgeq.cli.reading import UNSTATED, Reading, with_reading
from edgeq.errors import EdgeqError

if TYPE_CHECKING:
    from edgeq.tune.result import Trial, TuneResult
    from edgeq.tune.space import Value

Calibration = Annotated[str, typer.Option("--calibration", help=".npz, .npy, .csv, image folder, or module:callable.")]
Evaluation = Annotated[str, typer.Option("--eval", help="Other samples, to judge by; labels are used if it has some.")]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", help="Write the best .tflite here, whole or not at all.")
]
Trials = Annotated[int, typer.Option("--trials", min=1, help="Different choices to try; the defaults are the first.")]
Seed = Annotated[int, typer.Option("--seed", help="Of what is proposed.")]
Jobs = Annotated[
    int | None, typer.Option("--jobs", min=1, help="Processes on this machine; one for each core by default.")
]
Scheduler = Annotated[
    str | None,
    typer.Option("--scheduler", help="Address of a Dask scheduler; trials run on its workers, which have edgeq[tune]."),
]
Retries = Annotated[int, typer.Option("--retries", min=0, help="For a trial whose worker was lost.")]
Batch = Annotated[int, typer.Option("--batch", min=1, help="Trials proposed at once; at least as many as workers.")]
State = Annotated[
    Path | None,
    typer.Option("--state", help="File of finished trials, from which the same command goes on, or a folder for one; "
                                 "your cache (~/.cache/edgeq/tune) by default."),
]  # fmt: skip
Schemes = Annotated[list[str], typer.Option("--scheme", help="int8 (default), int4, ...; repeat it to choose from.")]
Bits = Annotated[
    list[int], typer.Option("--bits", min=2, max=8, help="Of a codebook's indices; repeat it to choose from.")
]
Only = Annotated[
    list[str], typer.Option("--only", metavar="FIELD=VALUE,...", help="Choose a field of the options from these alone.")
]
Metric = Annotated[
    str | None,
    typer.Option("--metric", help="accuracy, auc, agreement, output_error, ...; by default what the data call for."),
]
Baseline = Annotated[
    bool | None,
    typer.Option("--baseline/--no-baseline", help="TensorFlow's quantizer beside it; by default if it is installed."),
]

SHOWN = 10  # trials in the table, the best first


@with_reading
def tune(model: FloatModel, calibration: Calibration, evaluation: Evaluation, output: Output = None,
         trials: Trials = 24, seed: Seed = 0, jobs: Jobs = None, scheduler: Scheduler = None, retries: Retries = 2,
         batch: Batch = 8, state: State = None, scheme: Schemes = ["int8"], bits: Bits = [],  # noqa: B006
         only: Only = [], metric: Metric = None, baseline: Baseline = None, custom: Custom = [],  # noqa: B006
         reading: Reading = UNSTATED, labels: Labels = None,
         json: Json = False, quiet: Quiet = False, debug: Debug = False) -> None:  # fmt: skip
    """Try ways to quantize a model and keep the best. Calibrates on one data set and judges on another."""
    from importlib.util import find_spec

    from edgeq.cli.show import print_json, progress_bar, warn
    from edgeq.tune.state import default_folder
    from edgeq.tune.tune import tune as run

    wanted = find_spec("tensorflow") is not None if baseline is None else baseline
    place = default_folder() if state is None else state
    with _told_when_interrupted(place, quiet), progress_bar(not (json or quiet)) as progress:
        result = run(model, calibration, evaluation, output, trials=trials, seed=seed, only=choices(scheme, bits, only),
                     metric=metric, jobs=jobs, scheduler=scheduler, retries=retries, batch=batch, state=place,
                     baseline=wanted, custom=custom, progress=progress,
                     options=reading.options([calibration, evaluation], labels))  # fmt: skip
    warn(result.warnings)
    if json:
        print_json(result)
    else:
        show(str(model), result)


@contextmanager
def _told_when_interrupted(place: Path | None, quiet: bool) -> Iterator[None]:
    """Says, where a search is interrupted, from what it can go on."""
    from edgeq.cli.show import say

    try:
        yield
    except KeyboardInterrupt:
        if place is not None:
            say(f"finished trials are kept in {place}: the same command goes on from there", quiet)
        raise


def choices(scheme: list[str], bits: list[int], only: list[str]) -> dict[str, tuple[Value, ...]]:
    """What the options allow: field -> values. EdgeqError where two of them speak of one field."""
    from edgeq.tune.space import parse

    stated: dict[str, tuple[Value, ...]] = {"scheme": tuple(scheme)}
    if bits:
        stated["codebook_bits"] = tuple(bits)
    parsed = parse(only)
    for name in set(stated) & set(parsed):
        raise EdgeqError(f"--only {name}", "another option states it too", "use --scheme and --bits for these")
    return stated | parsed


def show(title: str, result: TuneResult) -> None:
    """The best trials beside the defaults and TensorFlow's quantizer, the best one's options, and how sure that is."""
    from edgeq.cli.show import number, print_table

    first, schemes = _first(result), result.best_of_schemes()
    rows = [["float model", number(result.float_score), "", "", "", ""]] if result.float_score is not None else []
    rows += _baseline(result)
    rows += [[first, *_figures(result.default)], [f"best: trial {result.best.number}", *_figures(result.best)]]
    if len(schemes) > 1:
        rows += [[f"best {scheme}: trial {t.number}", *_figures(t)] for scheme, t in schemes.items()]
    print_table(title, ["", result.metric, "agreement", "error", "bytes", "seconds"], rows)
    options = [[name, str(result.default.choice[name]), str(result.best.choice[name])] for name in result.searched]
    print_table("options", ["", first, "best"], options)
    _show_trials(result)
    _say_how_sure(result)


def _first(result: TuneResult) -> str:
    """What the first trial is: the defaults, unless what may be chosen excludes them."""
    from edgeq.quantize.options import Options

    choice = result.default.choice
    same = all(value == getattr(Options(), name) for name, value in choice.items() if name != "scheme")
    return "defaults" if same else "first trial"


def _baseline(result: TuneResult) -> list[list[str]]:
    from edgeq.cli.show import number

    b = result.baseline
    if b is None:
        return []
    if b["status"] != "ok":
        return [["TensorFlow's quantizer", b["status"], "", "", "", ""]]
    return [["TensorFlow's quantizer", number(b["score"]), number(b["agreement"]), number(b["mean_abs_error"], 6),
             number(b["bytes"]), ""]]  # fmt: skip


def _figures(trial: Trial) -> list[str]:
    from edgeq.cli.show import number

    o = trial.outcome
    if o.score is None:
        return [o.status, "", "", "", number(o.seconds, 1)]
    return [number(o.score.value), number(o.score.agreement), number(o.score.mean_abs_error, 6), number(o.size),
            number(o.seconds, 1)]  # fmt: skip


def _show_trials(result: TuneResult) -> None:
    """The trials of the lowest error, and why others gave no model."""
    from edgeq.cli.show import print_table, print_text

    first = result.default.choice
    scored = [(t.outcome.score.mean_abs_error, t) for t in result.trials if t.outcome.score is not None]
    ended = [trial for _, trial in sorted(scored, key=lambda pair: pair[0])]
    rows = [[str(t.number), *_figures(t)[:4], _changes(t, first)] for t in ended[:SHOWN]]
    print_table("trials of the lowest error", ["trial", result.metric, "agreement", "error", "bytes",
                                               f"instead of the {_first(result)}"], rows)  # fmt: skip
    for trial in result.trials:
        if trial.outcome.score is None:
            print_text(
                f"trial {trial.number} {trial.outcome.status} ({_changes(trial, first)}): {trial.outcome.reason}"
            )


def _changes(trial: Trial, first: Mapping[str, object]) -> str:
    return " ".join(f"{name}={value}" for name, value in trial.choice.items() if first[name] != value) or "-"


def _say_how_sure(result: TuneResult) -> None:
    """How many trials on what, and whether the gain over the defaults is more than noise."""
    from edgeq.cli.show import print_text

    known = f"; {result.known} of them known from {result.state}" if result.known else ""
    print_text(f"{len(result.trials)} trials, calibrated on {result.calibration_samples:,} samples, judged on "
          f"{result.evaluation_samples:,}{known}")  # fmt: skip
    if result.state:
        print_text(
            f"finished trials are kept in {result.state}: the same command goes on from there, with more --trials too"
        )
    print_text(
        f"within two standard errors of the best {result.metric} trials count as equal, and the lowest error decides"
    )
    gain = result.versus_default
    if gain is not None:
        score, error = (
            f"{gain[name]:+.6f} ± {gain[name + '_standard_error']:.6f}" for name in ("score", "mean_abs_error")
        )
        sure = "more than noise" if gain["better"] else "no more than noise"
        print_text(f"best beside the {_first(result)}: {result.metric} {score}, error {error}: {sure}")

"""`edgeq tune`: tries ways to quantize a model and keeps the one that is best on data calibration
never saw.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgeq.cli.groups import with_groups
from edgeq.cli.options import Debug, FloatModel, Json, Labels, Quiet
from edgeq.cli.reading import UNSTATED, Reading

if TYPE_CHECKING:
    pass
from edgeq.cli.search_choices import NONE_STATED, SearchChoices, choices

Calibration = Annotated[
    str, typer.Option("--calibration", help=".npz, .npy, .csv, image folder, or module:callable.")
]
Evaluation = Annotated[
    str, typer.Option("--eval", help="Other samples, to judge by; labels are used if it has some.")
]
Output = Annotated[
    Path | None,
    typer.Option("-o", "--output", help="Write the best .tflite here, whole or not at all."),
]


@with_groups
def tune(
    model: FloatModel,
    calibration: Calibration,
    evaluation: Evaluation,
    output: Output = None,
    search: SearchChoices = NONE_STATED,
    reading: Reading = UNSTATED,
    labels: Labels = None,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Try ways to quantize a model and keep the best. Calibrates on one data set and judges on
    another.
    """
    from importlib.util import find_spec

    from edgeq.cli.show import print_json, progress_bar, warn
    from edgeq.cli.tune_tables import show
    from edgeq.tune.trial_store import default_folder
    from edgeq.tune.tune import tune as run

    installed = find_spec("tensorflow") is not None
    place = default_folder() if search.state is None else search.state
    with _told_when_interrupted(place, quiet), progress_bar(not (json or quiet)) as progress:
        result = run(
            model,
            calibration,
            evaluation,
            output,
            trials=search.trials,
            seed=search.seed,
            only=choices(search.scheme, search.bits, search.only),
            metric=search.metric,
            jobs=search.jobs,
            scheduler=search.scheduler,
            retries=search.retries,
            batch=search.batch,
            state=place,
            baseline=installed if search.baseline is None else search.baseline,
            custom=search.custom,
            progress=progress,
            reading=reading.options([calibration, evaluation], labels),
        )
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

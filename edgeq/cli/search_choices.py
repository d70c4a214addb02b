"""The options of `edgeq tune` that say how to search: a field each, and one value of all."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgeq.cli import completion
from edgeq.cli.options import Custom
from edgeq.errors import EdgeqError

if TYPE_CHECKING:
    from edgeq.tune.search_space import Value


@dataclass(frozen=True)
class SearchChoices:
    """What the command line states about a search; each field is an option of its own name."""

    trials: Annotated[
        int,
        typer.Option(
            "--trials", min=1, help="Different choices to try; the defaults are the first."
        ),
    ] = 24
    seed: Annotated[int, typer.Option("--seed", help="Of what is proposed.")] = 0
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs", min=1, help="Processes on this machine; one for each core by default."
        ),
    ] = None
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler",
            help="Address of a Dask scheduler; trials run on its workers, which have edgeq[tune].",
        ),
    ] = None
    retries: Annotated[
        int, typer.Option("--retries", min=0, help="For a trial whose worker was lost.")
    ] = 2
    batch: Annotated[
        int,
        typer.Option(
            "--batch", min=1, help="Trials proposed at once; at least as many as workers."
        ),
    ] = 8
    state: Annotated[
        Path | None,
        typer.Option(
            "--state",
            help="File of finished trials, from which the same command goes on, or a folder for one; "
            "your cache (~/.cache/edgeq/tune) by default.",
        ),
    ] = None
    scheme: Annotated[
        list[str],
        typer.Option(
            "--scheme",
            help="One of convert's, but none with a budget; int8 by default. Repeat it to choose from.",
            autocompletion=completion.schemes,
        ),
    ] = field(default_factory=lambda: ["int8"])
    bits: Annotated[
        list[int],
        typer.Option(
            "--bits", min=2, max=8, help="Of a codebook's indices; repeat it to choose from."
        ),
    ] = field(default_factory=list)
    only: Annotated[
        list[str],
        typer.Option(
            "--only",
            metavar="FIELD=VALUE,...",
            help="Choose a field of the options from these alone.",
        ),
    ] = field(default_factory=list)
    metric: Annotated[
        str | None,
        typer.Option(
            "--metric",
            help="accuracy, auc, agreement, output_error, ...; by default what the data call for.",
            autocompletion=completion.search_metrics,
        ),
    ] = None
    baseline: Annotated[
        bool | None,
        typer.Option(
            "--baseline/--no-baseline",
            help="TensorFlow's quantizer beside it; by default if it is installed.",
        ),
    ] = None
    custom: Custom = field(default_factory=list)


NONE_STATED = SearchChoices()


def choices(scheme: list[str], bits: list[int], only: list[str]) -> dict[str, tuple[Value, ...]]:
    """What the options allow: field -> values. EdgeqError where two of them speak of one field."""
    from edgeq.tune.search_space import parse

    stated: dict[str, tuple[Value, ...]] = {"scheme": tuple(scheme)}
    if bits:
        stated["codebook_bits"] = tuple(bits)
    parsed = parse(only)
    for name in set(stated) & set(parsed):
        raise EdgeqError(
            f"--only {name}", "another option states it too", "use --scheme and --bits for these"
        )
    return stated | parsed

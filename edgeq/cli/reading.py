"""The options for how data is read: declared once, and given to commands as one value."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgeq.cli import completion
from edgeq.errors import EdgeqError

if TYPE_CHECKING:
    from edgeq.data import LoadOptions


@dataclass(frozen=True)
class Reading:
    """What the command line states about reading data; each field is an option of its own name."""

    resize: Annotated[
        str | None,
        typer.Option(
            help="Images: nearest, bilinear, bicubic, box or lanczos.",
            autocompletion=completion.resizing,
        ),
    ] = None
    scaling: Annotated[
        str | None,
        typer.Option(help="Images: 0..255, 0..1 or -1..1.", autocompletion=completion.scalings),
    ] = None
    label_column: Annotated[
        str | None, typer.Option(help="CSV: the labels' column, by name or number from 0.")
    ] = None
    columns: Annotated[
        str | None,
        typer.Option(
            help="CSV: the columns of the model's values, in its order: ax,ay,az or 0,1,2."
        ),
    ] = None
    window: Annotated[
        int | None,
        typer.Option(
            help="The data is a log, a row a time step (.csv, .npy, .npz): so many rows make a sample."
        ),
    ] = None
    hop: Annotated[
        int | None,
        typer.Option(help="Rows from one window to the next; as many as --window by default."),
    ] = None

    def options(self, sources: Sequence[str | None], labels: Path | None = None) -> LoadOptions:
        """What `edgeq.data` is to be told. labels: a file of class names, by which text labels are
        numbered.

        sources: the data that are read. EdgeqError for an option that none of them takes.
        """
        from edgeq.cli.inputs import read_labels
        from edgeq.data import ImageOptions, LoadOptions

        images = {"--resize": self.resize, "--scaling": self.scaling}
        tables = {"--label-column": self.label_column, "--columns": self.columns}
        _check_taken(sources, images, Path.is_dir, "folders of images")
        _check_taken(sources, tables, _is_csv, "CSV files")
        columns = tuple(filter(None, map(str.strip, (self.columns or "").split(","))))
        return LoadOptions(
            ImageOptions(self.resize, self.scaling),
            self.label_column,
            classes=read_labels(labels),
            window=self.window,
            hop=self.hop,
            columns=columns,
        )

    def words(self) -> list[str]:
        """The options that were stated, as words of a command line.

        >>> Reading(label_column="gesture", window=128).words()
        ['--label-column', 'gesture', '--window', '128']
        """
        stated = ((name, value) for name, value in vars(self).items() if value is not None)
        return [
            word for name, value in stated for word in (f"--{name.replace('_', '-')}", str(value))
        ]


UNSTATED = Reading()


def _check_taken(
    sources: Sequence[str | None],
    stated: Mapping[str, str | None],
    takes: Callable[[Path], bool],
    kind: str,
) -> None:
    """EdgeqError where options are stated that are only for data of a kind, and all files and
    folders are of others.
    """
    given = [source for source in sources if source is not None]
    option = next((option for option, value in stated.items() if value is not None), None)
    if (
        given
        and option is not None
        and all(os.path.exists(s) and not takes(Path(s)) for s in given)  # noqa: PTH110
    ):
        raise EdgeqError(f"{option} with {given[0]}", f"it is an option of {kind}", "leave it out")


def _is_csv(path: Path) -> bool:
    return path.suffix.lower() == ".csv"

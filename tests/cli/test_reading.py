"""The options for how data is read, which commands have in common."""

from __future__ import annotations

import inspect
from dataclasses import fields
from pathlib import Path

import pytest
import typer

from edgeq.cli.groups import with_groups
from edgeq.cli.options import Quiet
from edgeq.cli.reading import UNSTATED, Reading

seen: list[tuple[Reading, bool]] = []


@with_groups
def command(reading: Reading = UNSTATED, quiet: Quiet = False) -> None:
    seen.append((reading, quiet))


def asked(*arguments: str) -> tuple[Reading, bool]:
    app = typer.Typer()
    app.command()(command)
    app(list(arguments), standalone_mode=False)
    return seen.pop()


@pytest.mark.parametrize(
    ("arguments", "stated"),
    [
        ([], Reading()),
        (["--resize", "box", "--scaling", "0..1"], Reading(resize="box", scaling="0..1")),
        (
            ["--label-column", "gesture", "--columns", "ax,ay"],
            Reading(label_column="gesture", columns="ax,ay"),
        ),
        (["--window", "128", "--hop", "64"], Reading(window=128, hop=64)),
    ],
)
def test_a_command_gets_what_was_stated_as_one_value(arguments: list[str], stated: Reading) -> None:
    assert asked(*arguments) == (stated, False)
    assert asked("--quiet", *arguments) == (stated, True)


def test_the_options_stand_where_the_parameter_stood() -> None:
    names = [field.name for field in fields(Reading)]
    assert list(inspect.signature(command).parameters) == [*names, "quiet"]


def test_it_becomes_what_the_readers_of_data_take(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("walk\nrun\n")
    options = Reading(columns=" ax, ay,,az ", window=8).options([], tmp_path / "names.txt")
    assert (options.columns, options.window, options.classes) == (
        ("ax", "ay", "az"),
        8,
        ("walk", "run"),
    )
    assert Reading().options([]).columns == ()

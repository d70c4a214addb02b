"""The command line: one module per command, each parses, calls and shows."""

from __future__ import annotations

import contextlib
import logging
import sys
import traceback
from collections.abc import Iterator, Sequence
from importlib import import_module

import typer

from edgeq.errors import EdgeqError

# In the order of the flow.
COMMANDS = (
    "convert",
    "qat",
    "tune",
    "inspect",
    "simulate",
    "explain",
    "generate",
    "flash",
    "verify",
    "monitor",
    "record",
    "bench",
    "fit",
    "report",
    "boards",
    "demo",
)

GROUPS = {"data": ("features",)}
"""Group -> its commands; `group name` is the function `group_name` of `edgeq/cli/<group>_<name>.py`."""
_GROUP_HELP = {"data": "Make data sets."}

WRONG_USE = 2
INTERRUPTED = 130
"""Exit status after Ctrl-C, which Typer gives as a result where it catches the signal itself."""

_HELP = "Keras models become microcontroller firmware whose every output byte is known in advance."


def build_app(commands: Sequence[str] = COMMANDS) -> typer.Typer:
    """The Typer application; a command `name` is the function `name` of `edgeq/cli/<name>.py`.

    commands: those to build. A run needs the one that it names, and importing and parsing all takes
    longer than many a command.
    """
    app = typer.Typer(
        help=_HELP,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_version_option)
    for name in commands:
        app.command(name)(getattr(import_module(f"edgeq.cli.{name}"), name))
    for group, names in GROUPS.items():
        part = typer.Typer(help=_GROUP_HELP[group], rich_markup_mode=None)
        part.callback()(_no_options)
        for name in names:
            function = f"{group}_{name}"
            part.command(name)(getattr(import_module(f"edgeq.cli.{function}"), function))
        app.add_typer(part, name=group)
    return app


def _no_options() -> None:
    """A group of one command stays a group where it has a callback."""


def _version_option(
    version: bool = typer.Option(False, "--version", help="Print the version.", is_eager=True),
) -> None:
    if version:
        from importlib.metadata import version as installed

        print(installed("edgeq"))
        raise typer.Exit


def run(arguments: Sequence[str]) -> int:
    """Runs a command line and gives its exit status; errors become one line on standard error.

    With `--json` they are an object on standard output as well.
    """
    try:
        named = [name for name in arguments[:1] if name in COMMANDS]
        with _messages("--quiet" not in arguments):
            app = build_app(named or COMMANDS)
            asked = [*arguments, *(["--help"] if _names_no_command(arguments) else [])]
            status = app(asked, prog_name="edgeq", standalone_mode=False)
        if _names_no_command(arguments):
            return WRONG_USE
        if status == INTERRUPTED:
            raise KeyboardInterrupt
        return status if isinstance(status, int) else 0
    except typer.Exit as exit_:
        return exit_.exit_code
    except BrokenPipeError:
        return 0
    except (typer.Abort, KeyboardInterrupt):
        return _fail(
            EdgeqError("interrupted", "by a signal or Ctrl-C", "run it again"),
            INTERRUPTED,
            "interrupted",
            arguments,
        )
    except EdgeqError as error:
        return _fail(error, error.exit_status, f"error: {error}", arguments)
    except Exception as error:
        foreign = _foreign(error)
        return _fail(foreign, foreign.exit_status, f"error: {foreign}", arguments)


def _names_no_command(arguments: Sequence[str]) -> bool:
    """Whether the line is `edgeq` alone, or the name of a group alone: what is there, is then shown."""
    return not arguments or list(arguments) in [[group] for group in GROUPS]


@contextlib.contextmanager
def _messages(wanted: bool) -> Iterator[None]:
    """What the library tells its log, such as which code of the user's it runs, as lines on
    standard error.
    """
    log, handler = logging.getLogger("edgeq"), logging.StreamHandler(sys.stderr)
    level, propagate = log.level, log.propagate
    if wanted:
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        log.propagate = False  # TensorFlow's own handler would show each line again
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
        log.propagate = propagate


def _foreign(error: Exception) -> EdgeqError:
    """An error that is not edgeq's: wrong usage that the parser found, no memory, or a bug."""
    usage = getattr(error, "format_message", None)
    if usage is not None:
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else "edgeq"
        return EdgeqError(usage(), "wrong use", f"see `{command} --help`")
    return EdgeqError(
        f"{type(error).__name__}: {str(error)[:300]}",
        "a bug of edgeq",
        "run again with --debug and report it",
    )


def _fail(error: EdgeqError, status: int, line: str, arguments: Sequence[str]) -> int:
    """Shows an error, with its traceback where that is asked for; gives the exit status."""
    if "--debug" in arguments:
        traceback.print_exc()
    print(line, file=sys.stderr)
    if "--json" in arguments:
        from edgeq.cli.show import print_error

        print_error(error)
    return status


def main() -> None:
    """The entry point of the `edgeq` command."""
    sys.exit(run(sys.argv[1:]))

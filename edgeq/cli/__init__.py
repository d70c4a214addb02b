"""The command line: one module per command, each parses, calls and shows."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from importlib import import_module

import typer

from edgeq.errors import EdgeqError

# In the order of the flow.
COMMANDS = ("convert", "qat", "tune", "inspect", "simulate", "explain", "generate", "verify", "bench", "boards", "demo")

_HELP = "Keras models become microcontroller firmware whose every output byte is known in advance."


def build_app() -> typer.Typer:
    """The Typer application; a command `name` is the function `name` of `edgeq/cli/<name>.py`."""
    app = typer.Typer(help=_HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
                      rich_markup_mode=None)  # fmt: skip
    app.callback()(_version_option)
    for name in COMMANDS:
        app.command(name)(getattr(import_module(f"edgeq.cli.{name}"), name))
    return app


def _version_option(version: bool = typer.Option(False, "--version", help="Print the version.", is_eager=True)) -> None:
    if version:
        from importlib.metadata import version as installed

        print(installed("edgeq"))
        raise typer.Exit


def run(arguments: Sequence[str]) -> int:
    """Runs a command line and gives its exit status; errors become one line on standard error."""
    debug = "--debug" in arguments
    try:
        status = build_app()(list(arguments), standalone_mode=False)
        return status if isinstance(status, int) else 0
    except typer.Exit as exit_:
        return exit_.exit_code
    except (typer.Abort, KeyboardInterrupt):
        return _fail("interrupted", 130)
    except BrokenPipeError:
        return 0
    except EdgeqError as error:
        if debug:
            traceback.print_exc()
        return _fail(f"error: {error}", error.exit_status)
    except Exception as error:
        if debug:
            traceback.print_exc()
        return _fail(_foreign(error), 2)


def _foreign(error: Exception) -> str:
    """One line for an error that is not edgeq's: wrong usage that the parser found, or a bug."""
    usage = getattr(error, "format_message", None)
    if usage is not None:
        return f"error: {' '.join(usage().split())} — wrong use — see edgeq --help or edgeq COMMAND --help"
    text = " ".join(str(error).split())[:300]
    return f"error: {type(error).__name__}: {text} — a bug of edgeq — run again with --debug and report it"


def _fail(line: str, status: int) -> int:
    print(line, file=sys.stderr)
    return status


def main() -> None:
    """The entry point of the `edgeq` command."""
    sys.exit(run(sys.argv[1:]))

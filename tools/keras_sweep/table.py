"""Outcomes of the sweep as rows of docs/keras.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from keras_sweep.sweep import Outcome

HEAD = "| {} | becomes | types | engines | equal bytes |\n|---|---|---|---|---|"


def row(name: str, outcome: Outcome, others: Sequence[str] = ()) -> str:
    """The line of a layer or function."""
    shown = f"`{name}`" + (f" ({', '.join(f'`{other}`' for other in others)})" if others else "")
    if outcome.error is not None:
        return f"| {shown} | refused: {_cell(outcome.error.remedy)} | | | |"
    becomes = ", ".join(outcome.operators) or "nothing"
    engines = "native, tflm" if "TFLM" in outcome.exact else "native"
    types = ", ".join(outcome.types)
    return f"| {shown} | {becomes} | {types} | {engines} | {', '.join(outcome.exact)} |"


def reason_row(name: str, reason: str) -> str:
    """The line of a class of which no model can be made."""
    return f"| `{name}` | {reason} | | | |"


def rows_of(text: str) -> Mapping[str, str]:
    """Name in the first cell -> line, of every table in a document."""
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return {line.split("`")[1]: line for line in lines}


def _cell(text: str) -> str:
    return text.removesuffix("; then convert the model again").replace("|", "\\|")

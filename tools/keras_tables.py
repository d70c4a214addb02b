"""Makes the tables of docs/keras.md by running the sweep: python tools/keras_tables.py [NAME ...]

All rows take about ten minutes; with names only those are made anew.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

from keras_sweep import function_cases, layer_cases
from keras_sweep.case import Case
from keras_sweep.sweep import Outcome, classes, try_case, wrong_in_c
from keras_sweep.table import HEAD, reason_row, row, rows_of

from edgeq.convert.backend import imported

PAGE = Path(__file__).resolve().parent.parent / "docs" / "keras.md"


def made_rows(
    cases: Mapping[str, Case],
    aliases: Mapping[str, tuple[str, ...]],
    chosen: set[str],
    wide: bool,
) -> dict[str, str]:
    """Name -> line, for the chosen names, all if none is. wide: whether int16 is tried."""
    keras, made, outcomes = imported("keras"), dict[str, str](), dict[str, Outcome]()
    for name, case in cases.items():
        if chosen and name not in chosen:
            continue
        outcomes[name] = outcome = try_case(keras, case, wide)
        made[name] = row(name, outcome, aliases.get(name, ()))
        enough = outcome.error is not None or outcome.nearness >= case.least
        bad = [*outcome.wrong, *([] if enough else [f"{outcome.nearness:.1f} dB"])]
        print(made[name], f"{outcome.nearness:.1f} dB", *bad, flush=True)
        if bad:
            print(f"  wrong: {bad}", file=sys.stderr)
    for name, why in wrong_in_c(outcomes).items():
        print(f"  wrong: {name}: {why}", file=sys.stderr)
    return made


def main() -> None:
    chosen, text = set(sys.argv[1:]), PAGE.read_text()
    known, keras = rows_of(text), imported("keras")
    aliases = {name: tuple(others) for name, others in classes(keras).items()}
    layers = made_rows(layer_cases.CASES, aliases, chosen, wide=True)
    layers |= {name: reason_row(name, why) for name, why in layer_cases.NO_MODEL.items()}
    functions = made_rows(function_cases.CASES, {}, chosen, wide=False)
    tables = {
        "layers": ("layer", {**layer_cases.CASES, **layer_cases.NO_MODEL}, layers),
        "functions": ("function", function_cases.CASES, functions),
    }
    for marker, (head, names, made) in tables.items():
        lines = [{**known, **made}.get(name, f"| `{name}` | | | | |") for name in sorted(names)]
        table = "\n".join([HEAD.format(head), *lines])
        text = re.sub(
            rf"(<!-- {marker} -->\n).*?(<!-- /{marker} -->)",
            lambda m, t=table: f"{m[1]}{t}\n{m[2]}",
            text,
            flags=re.S,
        )
    PAGE.write_text(text)


if __name__ == "__main__":
    main()

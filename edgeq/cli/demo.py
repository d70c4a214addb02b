"""`edgeq demo`: the whole flow on a bundled model, and a table that a newcomer understands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgeq.cli.options import Debug, Json, Quiet

if TYPE_CHECKING:
    from edgeq.demo import DemoResult

Output = Annotated[
    Path | None, typer.Option("-o", "--output", help="Keep what is written in this folder.")
]


def demo(
    output: Output = None, json: Json = False, quiet: Quiet = False, debug: Debug = False
) -> None:
    """Run the whole flow on a small digit classifier. Convert, simulate, generate and verify,
    offline, in a minute.
    """
    from edgeq.cli.show import print_json, say
    from edgeq.demo import demo as run

    result = run(output, lambda text: say(text, quiet or json))
    if json:
        print_json(result)
    else:
        show(result)
    raise typer.Exit(0 if result.ok else 1)


def show(result: DemoResult) -> None:
    """Each figure with the place that it comes from."""
    from edgeq.cli.show import number, print_table
    from edgeq.cli.simulate import oracle_lines

    accuracy, c, s = result.convert.accuracy, result.convert, result.simulate
    rows = [
        [
            "model file",
            f"{number(len(c.float_model))} bytes float32",
            f"{number(len(c.model))} bytes int8",
        ],
        [
            "accuracy on 540 images",
            f"{accuracy.float:.4f} float32" if accuracy else "-",
            f"{s.accuracy['value']:.4f} int8" if s.accuracy else "-",
        ],
        [
            "same answer as the float model",
            "",
            f"{s.reference.agreement:.2%} of images" if s.reference else "-",
        ],
        ["simulator on this machine", "", f"{s.samples / s.seconds:,.0f} images per second"],
    ]
    for name, oracle in s.oracles.items():
        first, *more = oracle_lines(oracle)
        rows += [[f"beside {name}", "", first], *(["", "", line] for line in more)]
    for t in result.verify.targets:
        found = (
            f"{number(t.bytes_different)} of {number(t.bytes_compared)}"
            if t.status in ("ok", "different")
            else None
        )
        rows.append([f"bytes that differ in C on {t.name}", "", found or f"{t.status}: {t.reason}"])
        if t.instructions_per_inference is not None:
            rows.append(
                [f"instructions per image on {t.name}", "", number(t.instructions_per_inference)]
            )
            rows.append(
                [
                    f"flash for code and constants on {t.name}",
                    "",
                    f"{number((t.code_bytes or 0) + (t.model_bytes or 0))} bytes",
                ]
            )
    rows.append(["RAM for all tensors (arena)", "", f"{number(result.generate.arena_bytes)} bytes"])
    rows.append(
        ["firmware project", "", f"{len(result.generate.files)} files for {result.generate.board}"]
    )
    print_table("edgeq demo: handwritten digits, 8x8 pixels", ["", "before", "after"], rows)
    print(f"{verdict(result)}   ({result.seconds:.0f} s)")


def verdict(result: DemoResult) -> str:
    """Whether all bytes are equal; oracles that differ for known reasons are excepted by name."""
    apart = [
        name
        for name, o in result.simulate.oracles.items()
        if o.status == "ok" and o.bytes_different
    ]
    if not result.ok or not apart:
        return f"all bytes equal: {'yes' if result.ok else 'NO'}"
    return f"all bytes equal but for {', '.join(apart)}, which is known to differ: yes"

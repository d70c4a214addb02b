"""`edgeq convert`: a Keras, SavedModel, ONNX, PyTorch or float .tflite model becomes fully integer."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgeq.cli.conversion import NONE_STATED, Conversion
from edgeq.cli.groups import with_groups
from edgeq.cli.options import Debug, FloatModel, Json, Quiet
from edgeq.cli.reading import UNSTATED, Reading

if TYPE_CHECKING:
    from edgeq.convert import ConvertResult
    from edgeq.convert.fidelity import Fidelity
    from edgeq.frontends import Layout
    from edgeq.quantize.input_affine_metadata import IntegerInput
    from edgeq.quantize.state_widths import StateWidth

Output = Annotated[
    Path, typer.Option("-o", "--output", help="The .tflite to write, whole or not at all.")
]
Calibration = Annotated[
    str | None,
    typer.Option(
        "--calibration",
        help=".npz, .npy, .csv, image folder, or module:callable; not needed after qat.",
    ),
]


@with_groups
def convert(
    model: FloatModel,
    output: Output,
    calibration: Calibration = None,
    conversion: Conversion = NONE_STATED,
    reading: Reading = UNSTATED,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Quantize a float model to integers. Samples by --calibration set the ranges; --eval measures
    what it costs.
    """
    from edgeq.cli.show import print_json, progress_bar, say, warn
    from edgeq.convert import convert as run

    options = conversion.options(reading.options([calibration, conversion.evaluation]))
    say(f"converting {model}", quiet or json)
    with progress_bar(not (quiet or json)) as progress:
        result = run(model, calibration, output, options=options, progress=progress)
    warn(result.warnings)
    if json:
        print_json(result)
    else:
        show(result)


def show(result: ConvertResult) -> None:
    """Prints the result as a table."""
    from edgeq.cli.show import number, print_table
    from edgeq.data import numbered

    rows = [
        ["size", f"{number(len(result.model))} bytes (float {number(len(result.float_model))})"]
    ]
    if result.calibration_samples:
        count = (
            "1 sample"
            if result.calibration_samples == 1
            else f"{result.calibration_samples} samples"
        )
        rows.append(["calibration", f"{count}, {result.calibration_note}"])
    for kind, infos in (("input", result.inputs), ("output", result.outputs)):
        for info in infos:
            scale = (
                ""
                if info.scale is None
                else f", scale {info.scale:.6g}, zero point {info.zero_point}"
            )
            rows.append([kind, f"{info.name} {info.dtype} {list(info.shape)}{scale}"])
            if info.quantized is not None:
                rows.append(["", _made(info.quantized)])
    rows += [["data layout", _layout(layout)] for layout in result.layouts if layout.changed]
    how = f"{result.scheme} by {result.quantizer}"
    rows.append(
        [
            "quantization",
            how if result.calibrator == "none" else f"{how}, ranges by {result.calibrator}",
        ]
    )
    rows += [["state", _state(state)] for state in result.states]
    if result.labels:
        rows.append(["class names", numbered(result.labels)])
    if result.fidelity is not None:
        rows.append(["float .tflite", _fidelity(result.fidelity)])
    rows.append(["operators", ", ".join(f"{n} {kind}" for kind, n in result.operators.items())])
    if result.accuracy is not None:
        a = result.accuracy
        rows.append([f"{a.metric}, float", number(a.float)])
        rows.append([f"{a.metric}, {result.scheme}", number(a.int8)])
    print_table(result.output, ["", ""], rows)
    if result.front:
        show_front(result)


def _made(integers: IntegerInput) -> str:
    """What a real input becomes before the integer layers."""
    scaled = "scaled" if integers.features == 1 else f"{integers.features} features scaled apart"
    return f"{scaled}, then {integers.dtype}, scale {integers.scale:.6g}, zero point {integers.zero_point}"


def _state(state: StateWidth) -> str:
    """The type of what is carried from step to step, and the error by which it was chosen."""
    from edgeq.errors import shown

    said = f"{state.dtype}, {shown(state.name, 40)}"
    if state.int8_db is None:
        return said
    tried = "" if state.int16_db is None else f", {state.int16_db:.1f} dB with int16"
    return f"{said}: {state.int8_db:.1f} dB with int8{tried}"


def _layout(layout: Layout) -> str:
    """How to arrange data that has the axes of the model as it was given."""
    return (
        f"{layout.name} takes {list(layout.shape)}, channels last, where the model took "
        f"{list(layout.model)}: data.transpose{layout.from_model}"
    )


def _fidelity(fidelity: Fidelity) -> str:
    return f"{fidelity.relative:.0e} of the outputs' spread from {fidelity.against} (at most {fidelity.bound:g})"


def show_front(result: ConvertResult) -> None:
    """The front of mixed precision, with the point that was picked."""
    from edgeq.cli.show import number, print_table

    rows = []
    for index, point in enumerate(result.front):
        c, widths = point.costs, Counter(change.to for change in point.changes)
        made_of = ", ".join(f"{n} {width}" for width, n in sorted(widths.items())) or "none"
        rows.append(
            [
                f"{index}{' <' if index == result.point else ''}",
                number(c.flash_bytes),
                number(c.arena_bytes),
                number(c.instructions),
                f"{c.error:.6f}",
                f"{c.accuracy_loss:.2f}",
                made_of,
            ]
        )
    headers = [
        "point",
        "flash",
        "arena",
        "instructions",
        "error",
        "loss, pp",
        "layers that are not int8",
    ]
    print_table("What layers of other widths cost and save", headers, rows)

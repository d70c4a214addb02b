"""`edgeq convert`: a Keras, SavedModel or float .tflite model becomes fully integer."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgeq.cli.options import Custom, Debug, FloatModel, Json, Labels, PerTensor, Quiet
from edgeq.cli.reading import UNSTATED, Reading, with_reading
from edgeq.errors import EdgeqError

if TYPE_CHECKING:
    from edgeq.convert import ConvertResult
    from edgeq.convert.fidelity import Fidelity
    from edgeq.quantize.input_affine import Integers

Output = Annotated[Path, typer.Option("-o", "--output", help="The .tflite to write, whole or not at all.")]
Calibration = Annotated[
    str | None,
    typer.Option("--calibration", help=".npz, .npy, .csv, image folder, or module:callable; not needed after qat."),
]
Quantizer = Annotated[str, typer.Option("--quantizer", help="edgeq, or tensorflow: its own post-training quantizer.")]
Scheme = Annotated[str, typer.Option("--scheme", help="int8, int16x8, int4, codebook, dynamic or mixed.")]
Calibrator = Annotated[
    str,
    typer.Option("--calibrator", help="auto, auto-per-tensor, min-max, moving-average, percentile, mse or entropy."),
]
Percentile = Annotated[
    float, typer.Option("--percentile", help="Percent of values within the range, for --calibrator percentile.")
]
Rounding = Annotated[str, typer.Option("--rounding", help="Of weights: auto, nearest, adaround or second-order.")]
Equalize = Annotated[bool, typer.Option("--equalize", help="Move scales between neighbouring layers first.")]
FillRanges = Annotated[
    bool, typer.Option("--fill-ranges/--no-fill-ranges", help="Raise weak channels by factors that layers absorb.")
]
RealInputs = Annotated[
    bool,
    typer.Option("--real-inputs/--no-real-inputs", help="Take inputs as real numbers where one scale loses features."),
]
MaxFlash = Annotated[int | None, typer.Option("--max-flash", help="mixed: bytes of weights and biases.")]
MaxRam = Annotated[int | None, typer.Option("--max-ram", help="mixed: bytes of the arena.")]
MaxInstructions = Annotated[
    int | None, typer.Option("--max-instructions", help="mixed: of one inference on a Cortex-M4.")
]
MaxLoss = Annotated[
    float | None,
    typer.Option("--max-accuracy-loss", help="mixed: percentage points against the float model (default: 0.5)."),
]
Pick = Annotated[int | None, typer.Option("--point", help="mixed: this point of the front.")]
For = Annotated[
    str | None, typer.Option("--for", help="tflm-arduino: for Arduino's TFLM library, which takes one scale a layer.")
]
CodebookBits = Annotated[int, typer.Option("--codebook-bits", help="Bits of an index, 2 to 8.")]
CodebookImportance = Annotated[
    str,
    typer.Option("--codebook-importance", help="What a weight counts: auto, equal, or inputs (their mean square)."),
]
Evaluation = Annotated[str | None, typer.Option("--eval", help="Labelled data: accuracy before and after.")]
Outputs = Annotated[
    str, typer.Option("--outputs", help="together, or apart: joined parts as outputs with scales of their own.")
]
Metric = Annotated[str | None, typer.Option("--metric", help="accuracy, auc, mean_abs_error, ...")]


@with_reading
def convert(model: FloatModel, output: Output, calibration: Calibration = None, quantizer: Quantizer = "edgeq",
            scheme: Scheme = "int8", calibrator: Calibrator = "auto", percentile: Percentile = 99.99,
            rounding: Rounding = "auto", equalize: Equalize = False,
            fill_ranges: FillRanges = True, real_inputs: RealInputs = True, per_tensor: PerTensor = False,
            runs_on: For = None, codebook_bits: CodebookBits = 4, codebook_importance: CodebookImportance = "auto",
            max_flash: MaxFlash = None, max_ram: MaxRam = None, max_instructions: MaxInstructions = None,
            max_accuracy_loss: MaxLoss = None, point: Pick = None,
            labels: Labels = None, evaluation: Evaluation = None,
            custom: Custom = [], metric: Metric = None, outputs: Outputs = "together",  # noqa: B006
            reading: Reading = UNSTATED,
            json: Json = False, quiet: Quiet = False, debug: Debug = False) -> None:  # fmt: skip
    """Quantize a float model to integers. Samples by --calibration set the ranges; --eval measures what it costs."""
    from edgeq.cli.show import print_json, progress_bar, say, warn
    from edgeq.convert import convert as run
    from edgeq.mixed.budget import Budget
    from edgeq.quantize.options import Options

    per_tensor = per_tensor or needs_one_scale(runs_on, scheme)
    chosen = Options(scheme=scheme, calibrator=calibrator, percentile=percentile, rounding=rounding, equalize=equalize,
                     fill_ranges=fill_ranges, real_inputs=real_inputs, per_channel=not per_tensor,
                     codebook_bits=codebook_bits, codebook_importance=codebook_importance)  # fmt: skip
    budget = Budget(max_flash, max_ram, max_instructions, max_accuracy_loss, point)
    say(f"converting {model}", quiet or json)
    with progress_bar(not (quiet or json)) as progress:
        result = run(model, calibration, output, quantizer=quantizer, quantization=chosen, budget=budget, labels=labels,
                     evaluation=evaluation, custom=custom, metric=metric, outputs=outputs, progress=progress,
                     options=reading.options([calibration, evaluation]))  # fmt: skip
    warn(result.warnings)
    if json:
        print_json(result)
    else:
        show(result)


def needs_one_scale(runs_on: str | None, scheme: str) -> bool:
    """Whether what the model is to run on takes one scale for each layer's weights. EdgeqError for what it cannot run.

    Chirale_TensorFLowLite, the library that carries TFLM on Arduino, knows no scales of dense layers by channel.
    """
    if runs_on is None:
        return False
    if runs_on != "tflm-arduino":
        raise EdgeqError(f"--for {runs_on}", "it is not known", "give tflm-arduino, or leave it out")
    if scheme not in ("int8", "int16x8"):
        raise EdgeqError(f"--for {runs_on} --scheme {scheme}", "that library runs no such model", "take --scheme int8")
    return True


def show(result: ConvertResult) -> None:
    """The result as a table for people."""
    from edgeq.cli.show import number, print_table
    from edgeq.data import numbered

    rows = [["size", f"{number(len(result.model))} bytes (float {number(len(result.float_model))})"]]
    if result.calibration_samples:
        count = "1 sample" if result.calibration_samples == 1 else f"{result.calibration_samples} samples"
        rows.append(["calibration", f"{count}, {result.calibration_note}"])
    for kind, infos in (("input", result.inputs), ("output", result.outputs)):
        for info in infos:
            scale = "" if info.scale is None else f", scale {info.scale:.6g}, zero point {info.zero_point}"
            rows.append([kind, f"{info.name} {info.dtype} {list(info.shape)}{scale}"])
            if info.quantized is not None:
                rows.append(["", _made(info.quantized)])
    how = f"{result.scheme} by {result.quantizer}"
    rows.append(["quantization", how if result.calibrator == "none" else f"{how}, ranges by {result.calibrator}"])
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


def _made(integers: Integers) -> str:
    """What a real input becomes before the integer layers."""
    scaled = "scaled" if integers.features == 1 else f"{integers.features} features scaled apart"
    return f"{scaled}, then {integers.dtype}, scale {integers.scale:.6g}, zero point {integers.zero_point}"


def _fidelity(fidelity: Fidelity) -> str:
    return f"{fidelity.relative:.0e} of the outputs' spread from {fidelity.against} (at most {fidelity.bound:g})"


def show_front(result: ConvertResult) -> None:
    """The front of mixed precision, with the point that was picked."""
    from edgeq.cli.show import number, print_table

    rows = []
    for index, point in enumerate(result.front):
        c, widths = point.costs, Counter(change.to for change in point.changes)
        made_of = ", ".join(f"{n} {width}" for width, n in sorted(widths.items())) or "none"
        rows.append([f"{index}{' <' if index == result.point else ''}", number(c.flash_bytes), number(c.arena_bytes),
                     number(c.instructions), f"{c.error:.6f}", f"{c.accuracy_loss:.2f}", made_of])  # fmt: skip
    headers = ["point", "flash", "arena", "instructions", "error", "loss, pp", "layers that are not int8"]
    print_table("What layers of other widths cost and save", headers, rows)

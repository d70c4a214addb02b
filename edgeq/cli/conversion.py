"""The options of `edgeq convert` that say how to quantize: a field each, and one value of all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

from edgeq.cli import completion
from edgeq.cli.options import Custom, Labels, PerTensor
from edgeq.errors import EdgeqError
from edgeq.quantize.options import CALIBRATORS, ROUNDINGS
from edgeq.quantize.schemes import RUNTIMES, SCHEMES

if TYPE_CHECKING:
    from edgeq.convert.options import ConvertOptions
    from edgeq.data import LoadOptions


@dataclass(frozen=True)
class Conversion:
    """What the command line states about a conversion; each field is an option of its own name.

    The names and defaults are those of `edgeq.convert.ConvertOptions`, but for `per_tensor`, the
    opposite of `per_channel`, and `runs_on`, which decides about it.
    """

    quantizer: Annotated[
        str,
        typer.Option(
            "--quantizer",
            help="edgeq, or tensorflow: its own post-training quantizer.",
            autocompletion=completion.quantizers,
        ),
    ] = "edgeq"
    scheme: Annotated[
        str,
        typer.Option(
            "--scheme",
            help=f"What weights and activations become: {', '.join(SCHEMES)}.",
            autocompletion=completion.schemes,
        ),
    ] = "int8"
    calibrator: Annotated[
        str,
        typer.Option(
            "--calibrator",
            help=f"How ranges are found: {', '.join(CALIBRATORS)}.",
            autocompletion=completion.calibrators,
        ),
    ] = "auto"
    percentile: Annotated[
        float,
        typer.Option(
            "--percentile", help="Percent of values within the range, for --calibrator percentile."
        ),
    ] = 99.99
    rounding: Annotated[
        str,
        typer.Option(
            "--rounding",
            help=f"Of weights: {', '.join(ROUNDINGS)}.",
            autocompletion=completion.roundings,
        ),
    ] = "auto"
    equalize: Annotated[
        bool, typer.Option("--equalize", help="Move scales between neighbouring layers first.")
    ] = False
    fill_ranges: Annotated[
        bool,
        typer.Option(
            "--fill-ranges/--no-fill-ranges",
            help="Raise weak channels by factors that layers absorb.",
        ),
    ] = True
    real_inputs: Annotated[
        bool,
        typer.Option(
            "--real-inputs/--no-real-inputs",
            help="Take inputs as real numbers where one scale loses features.",
        ),
    ] = True
    per_tensor: PerTensor = False
    runs_on: Annotated[
        str | None,
        typer.Option(
            "--for",
            help=f"{RUNTIMES[0]}: for Arduino's TFLM library, which takes one scale a layer.",
            autocompletion=completion.runtimes,
        ),
    ] = None
    codebook_bits: Annotated[
        int, typer.Option("--codebook-bits", help="Bits of an index, 2 to 8.")
    ] = 4
    codebook_importance: Annotated[
        str,
        typer.Option(
            "--codebook-importance",
            help="What a weight counts: auto, equal, or inputs (their mean square).",
            autocompletion=completion.importances,
        ),
    ] = "auto"
    max_flash: Annotated[
        int | None, typer.Option("--max-flash", help="mixed: bytes of weights and biases.")
    ] = None
    max_ram: Annotated[int | None, typer.Option("--max-ram", help="mixed: bytes of the arena.")] = (
        None
    )
    max_instructions: Annotated[
        int | None,
        typer.Option("--max-instructions", help="mixed: of one inference on a Cortex-M4."),
    ] = None
    max_accuracy_loss: Annotated[
        float | None,
        typer.Option(
            "--max-accuracy-loss",
            help="mixed: percentage points against the float model (default: 0.5).",
        ),
    ] = None
    point: Annotated[
        int | None, typer.Option("--point", help="mixed: this point of the front.")
    ] = None
    labels: Labels = None
    evaluation: Annotated[
        str | None, typer.Option("--eval", help="Labelled data: accuracy before and after.")
    ] = None
    custom: Custom = field(default_factory=list)
    metric: Annotated[
        str | None,
        typer.Option(
            "--metric", help="accuracy, auc, mean_abs_error, ...", autocompletion=completion.metrics
        ),
    ] = None
    outputs: Annotated[
        str,
        typer.Option(
            "--outputs",
            help="together, or apart: joined parts as outputs with scales of their own.",
            autocompletion=completion.outputs,
        ),
    ] = "together"

    def options(self, reading: LoadOptions) -> ConvertOptions:
        """The options of the operation. EdgeqError for what is not known or does not go together."""
        from edgeq.convert.options import ConvertOptions

        stated = {**vars(self), "custom": tuple(self.custom), "reading": reading}
        one_scale = stated.pop("per_tensor") | needs_one_scale(stated.pop("runs_on"), self.scheme)
        return ConvertOptions(**stated, per_channel=not one_scale)


NONE_STATED = Conversion()


def needs_one_scale(runs_on: str | None, scheme: str) -> bool:
    """Whether what the model is to run on takes one scale for each layer's weights, as all of
    `RUNTIMES` do. EdgeqError for what it cannot run.
    """
    if runs_on is None:
        return False
    if runs_on not in RUNTIMES:
        raise EdgeqError(
            f"--for {runs_on}", "it is not known", f"give {' or '.join(RUNTIMES)}, or leave it out"
        )
    if scheme in SCHEMES and runs_on not in SCHEMES[scheme].runtimes:
        able = [row.name for row in SCHEMES.values() if runs_on in row.runtimes]
        raise EdgeqError(
            f"--for {runs_on} --scheme {scheme}",
            "that library runs no such model",
            f"take --scheme {' or '.join(able)}",
        )
    return True

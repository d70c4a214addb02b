"""`edgeq qat`: fine-tunes a model so that it stays good as integers, taught by the float model, labels or not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgeq.cli.options import Custom, Debug, FloatModel, Json, Labels, PerTensor, Quiet
from edgeq.cli.reading import UNSTATED, Reading, with_reading
from edgeq.errors import EdgeqError

if TYPE_CHECKING:
    from edgeq.qat.qat import QatResult

Train = Annotated[str, typer.Option("--data", help="Training samples: .npz, .npy, .csv, image folder, or a callable.")]
Output = Annotated[Path, typer.Option("-o", "--output", help="The .keras to write, for `edgeq convert`.")]
Bits = Annotated[int, typer.Option("--bits", help="Of weights, 2 to 8.")]
ActivationBits = Annotated[int, typer.Option("--activation-bits", help="8 or 16.")]
Layer = Annotated[list[str], typer.Option("--layer", help="NAME=BITS, for one layer; may be repeated.")]
Epochs = Annotated[
    int | None, typer.Option("--epochs", help="Passes over the samples; 60, or as many as make 2000 steps.")
]
BatchSize = Annotated[int, typer.Option("--batch-size", help="Samples of one step.")]
Rate = Annotated[
    float | None, typer.Option("--learning-rate", help="Adam's at first; 4e-3 for 2 bits, 6e-4 for 4, 5e-4 for 8.")
]
Steps = Annotated[
    bool, typer.Option("--learned-steps/--moving-ranges", help="Train scales as well (LSQ), or let them follow.")
]
Mix = Annotated[bool, typer.Option("--mix/--no-mix", help="Train on mixtures of samples, new ones in each epoch.")]
LabelWeight = Annotated[float, typer.Option("--label-weight", help="0: only the float model teaches; 1: only labels.")]
Evaluation = Annotated[str | None, typer.Option("--eval", help="Data to measure on; else the training data.")]
Seed = Annotated[int, typer.Option("--seed", help="Of all that is drawn at random.")]


@with_reading
def qat(model: FloatModel, data: Train, output: Output, bits: Bits = 8, activation_bits: ActivationBits = 8,
        layer: Layer = [], epochs: Epochs = None, batch_size: BatchSize = 64, learning_rate: Rate = None,  # noqa: B006
        learned_steps: Steps = True, per_tensor: PerTensor = False, mix: Mix = True, label_weight: LabelWeight = 0.0,
        evaluation: Evaluation = None, seed: Seed = 0, custom: Custom = [], reading: Reading = UNSTATED,  # noqa: B006
        labels: Labels = None, json: Json = False, quiet: Quiet = False,
        debug: Debug = False) -> None:  # fmt: skip
    """Fine-tune a model for its integers. Its ranges, steps and weights are then what `edgeq convert` writes."""
    from edgeq.cli.show import print_json, progress_bar, say, warn
    from edgeq.qat.qat import qat as run
    from edgeq.qat.train import Training

    training, wanted = Training(epochs, batch_size, learning_rate, mix, label_weight, seed), widths(layer)
    say(f"training {model} for {bits}-bit weights", quiet or json)
    with progress_bar(not (quiet or json)) as progress:
        result = run(model, data, output, weight_bits=bits, activation_bits=activation_bits, layers=wanted,
                     per_channel=not per_tensor, learned_steps=learned_steps, training=training,
                     evaluation=evaluation, custom=custom, progress=progress,
                     options=reading.options([data, evaluation], labels))  # fmt: skip
    warn(result.warnings)
    if json:
        print_json(result)
    else:
        show(result)


def widths(layers: list[str]) -> dict[str, int]:
    """The options NAME=BITS. EdgeqError for others."""
    pairs = [text.rpartition("=") for text in layers]
    for text, (name, _, bits) in zip(layers, pairs, strict=True):
        if not name or not bits.isdecimal():
            raise EdgeqError(f"--layer {text}", "it is not NAME=BITS", "give the layer's name and 2 to 8")
    return {name: int(bits) for name, _, bits in pairs}


def show(result: QatResult) -> None:
    """The result as a table for people."""
    from edgeq.cli.show import number, print_table, print_text

    compared = (("before training", result.untrained), ("as integers", result), ("in Keras", result.fake_quantized))
    rows = [[name, number(r.agreement), number(r.mean_abs_error, 6)] for name, r in compared]
    where = f"{number(result.evaluated)} samples" + (f" of {result.evaluated_on}" if result.evaluated_on else "")
    title = f"{result.output}, beside the float model on {where}"
    print_table(title, ["model", "agreement", "mean absolute error"], rows)
    if result.accuracy is not None:
        a = result.accuracy
        print_table("", ["", ""], [[f"{a['metric']}, float", number(a["float"])],
                                   [f"{a['metric']}, integers", number(a["integer"])]])  # fmt: skip
    if not result.gained:
        print_text("training gained nothing: as integers the model is no nearer to the float model than before\n"
              "`edgeq convert` of the model itself does as well; 8 bits seldom need training, fewer do")  # fmt: skip

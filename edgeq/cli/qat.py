"""`edgeq qat`: fine-tunes a model so that it stays good as integers, taught by the float model,
labels or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgeq.cli.groups import with_groups
from edgeq.cli.options import Custom, Debug, FloatModel, Json, Labels, PerTensor, Quiet
from edgeq.cli.reading import UNSTATED, Reading
from edgeq.errors import EdgeqError

if TYPE_CHECKING:
    from edgeq.qat.front import FrontPoint
    from edgeq.qat.qat import QatResult

Train = Annotated[
    str,
    typer.Option("--data", help="Training samples: .npz, .npy, .csv, image folder, or a callable."),
]
Output = Annotated[
    Path, typer.Option("-o", "--output", help="The .keras to write, for `edgeq convert`.")
]


@dataclass(frozen=True)
class TrainingChoices:
    """What the command line states about training; each field is an option of its own name."""

    bits: Annotated[int, typer.Option("--bits", help="Of weights, 2 to 8.")] = 8
    activation_bits: Annotated[int, typer.Option("--activation-bits", help="8 or 16.")] = 8
    layer: Annotated[
        list[str], typer.Option("--layer", help="NAME=BITS, for one layer; may be repeated.")
    ] = field(default_factory=list)
    epochs: Annotated[
        int | None,
        typer.Option(
            "--epochs", help="Passes over the samples; 60, or as many as make 2000 steps."
        ),
    ] = None
    batch_size: Annotated[int, typer.Option("--batch-size", help="Samples of one step.")] = 64
    learning_rate: Annotated[
        float | None,
        typer.Option(
            "--learning-rate", help="Adam's at first; 4e-3 for 2 bits, 6e-4 for 4, 5e-4 for 8."
        ),
    ] = None
    learned_steps: Annotated[
        bool,
        typer.Option(
            "--learned-steps/--moving-ranges",
            help="Train scales as well (LSQ), or let them follow.",
        ),
    ] = True
    per_tensor: PerTensor = False
    mix: Annotated[
        bool,
        typer.Option(
            "--mix/--no-mix", help="Train on mixtures of samples, new ones in each epoch."
        ),
    ] = True
    label_weight: Annotated[
        float,
        typer.Option("--label-weight", help="0: only the float model teaches; 1: only labels."),
    ] = 0.0
    evaluation: Annotated[
        str | None, typer.Option("--eval", help="Data to measure on; else the training data.")
    ] = None
    prune: Annotated[
        float | None,
        typer.Option(
            "--prune",
            help="First leave out channels that matter least, until this share of the multiply-accumulates is gone.",
        ),
    ] = None
    seed: Annotated[int, typer.Option("--seed", help="Of all that is drawn at random.")] = 0
    custom: Custom = field(default_factory=list)


NONE_STATED = TrainingChoices()


@with_groups
def qat(
    model: FloatModel,
    data: Train,
    output: Output,
    training: TrainingChoices = NONE_STATED,
    reading: Reading = UNSTATED,
    labels: Labels = None,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Fine-tune a model for its integers. Its ranges, steps and weights are then what `edgeq
    convert` writes.
    """
    from edgeq.cli.show import print_json, progress_bar, say, warn
    from edgeq.qat.qat import qat as run
    from edgeq.qat.train import Training

    t = training
    wanted = widths(t.layer)
    settings = Training(t.epochs, t.batch_size, t.learning_rate, t.mix, t.label_weight, t.seed)
    say(f"training {model} for {t.bits}-bit weights", quiet or json)
    with progress_bar(not (quiet or json)) as progress:
        result = run(
            model,
            data,
            output,
            weight_bits=t.bits,
            activation_bits=t.activation_bits,
            layers=wanted,
            prune=t.prune,
            per_channel=not t.per_tensor,
            learned_steps=t.learned_steps,
            training=settings,
            evaluation=t.evaluation,
            custom=t.custom,
            progress=progress,
            reading=reading.options([data, t.evaluation], labels),
        )
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
            raise EdgeqError(
                f"--layer {text}", "it is not NAME=BITS", "give the layer's name and 2 to 8"
            )
    return {name: int(bits) for name, _, bits in pairs}


def show(result: QatResult) -> None:
    """Prints the result as a table."""
    from edgeq.cli.show import number, print_table, print_text

    compared = (
        ("before training", result.untrained),
        ("as integers", result),
        ("in Keras", result.fake_quantized),
    )
    rows = [[name, number(r.agreement), number(r.mean_abs_error, 6)] for name, r in compared]
    where = f"{number(result.evaluated)} samples" + (
        f" of {result.evaluated_on}" if result.evaluated_on else ""
    )
    title = f"{result.output}, beside the float model on {where}"
    print_table(title, ["model", "agreement", "mean absolute error"], rows)
    if result.accuracy is not None:
        a = result.accuracy
        print_table(
            "",
            ["", ""],
            [
                [f"{a['metric']}, float", number(a["float"])],
                [f"{a['metric']}, integers", number(a["integer"])],
            ],
        )
    if result.front:
        show_front(result.front)
    if not result.gained:
        print_text(
            "training gained nothing: as integers the model came no nearer to the float model, so the "
            "weights are those from before\n"
            "more samples or --epochs may help; at 8 bits training is seldom needed"
        )


def show_front(front: Sequence[FrontPoint]) -> None:
    """Prints what leaving out channels buys and costs."""
    from edgeq.cli.show import number, print_table, print_text
    from edgeq.qat.front import BOARD

    headers = [
        "pruned",
        "",
        "constants",
        "arena",
        "MACs",
        "cycles",
        "agreement",
        "error",
        "accuracy",
    ]
    rows = [
        [
            f"{point.pruned:.0%}",
            "trained" if point.trained else "as it is",
            *map(number, (point.flash_bytes, point.arena_bytes, point.macs, point.cycles)),
            number(point.agreement),
            number(point.mean_abs_error, 6),
            number(point.accuracy),
        ]
        for point in front
    ]
    print_table("integers with fewer channels", headers, rows)
    print_text(f"cycles of an inference on {BOARD} by the better compiler")

"""The options that commands share, declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edgeq.cli import completion

Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON object and nothing else on standard output.")
]
Quiet = Annotated[
    bool, typer.Option("--quiet", help="No progress and no messages but warnings and errors.")
]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
FloatModel = Annotated[
    Path,
    typer.Argument(
        help="A .keras, .h5, .onnx or .pt2 file, a SavedModel folder, or a float .tflite.",
        metavar="MODEL",
    ),
]
ModelPath = Annotated[Path, typer.Argument(help="A .tflite model.", metavar="MODEL")]
Data = Annotated[
    str | None,
    typer.Option("--data", help=".npz, x.npz:ARRAY, .npy, .csv, image folder, module:callable."),
]
Random = Annotated[
    int | None,
    typer.Option(
        "--random", min=1, help="This many uniformly random quantized inputs in place of data."
    ),
]
Seed = Annotated[int, typer.Option("--seed", help="Seed of --random.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="Use only the first N samples.")]
Labels = Annotated[
    Path | None,
    typer.Option("--labels", help="A text file, one class name a line, in the outputs' order."),
]
Baud = Annotated[int, typer.Option("--baud", min=1, help="The rate of --port.")]
Custom = Annotated[
    list[str],
    typer.Option(
        "--custom", help="Module or .py file that defines the model's custom layers; its code runs."
    ),
]
PerTensor = Annotated[
    bool, typer.Option("--per-tensor", help="One scale for all of a layer's weights.")
]
Kernels = Annotated[
    Path | None,
    typer.Option(
        "--kernels",
        help="esp-nn, cmsis-nn, or a folder of C files that replace edgeq's kernels of the same name.",
    ),
]
KeepDead = Annotated[
    bool,
    typer.Option("--keep-dead-channels", help="Compute channels that no output depends on, too."),
]
FeedRows = Annotated[
    bool,
    typer.Option(
        "--feed-rows",
        help="Take the input row by row, as a camera's lines come, so that it never exists whole.",
    ),
]
MaxRam = Annotated[
    int | None,
    typer.Option(
        "--max-ram",
        min=0,
        help="The most bytes of arena, for as few instructions as that allows; see `inspect --front`.",
    ),
]
MaxExtraMacs = Annotated[
    float,
    typer.Option(
        "--max-extra-macs",
        min=0,
        help="How many multiply-accumulates may be repeated to save arena, as a part of them; "
        "the rows of --feed-rows then come several times.",
    ),
]
Optimize = Annotated[
    str,
    typer.Option(
        "--optimize",
        help="default, or size for the smallest native code.",
        autocompletion=completion.code_sizes,
    ),
]
Optimization = Annotated[
    str,
    typer.Option(
        "--optimization",
        help="The compiler's level: -O2, -Os, -O3, ...",
        autocompletion=completion.optimization_levels,
    ),
]

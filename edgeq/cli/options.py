"""The options that commands share, declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else on standard output.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress and no messages.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
ModelPath = Annotated[Path, typer.Argument(help="A .tflite model.", metavar="MODEL")]
Data = Annotated[
    Optional[str], typer.Option("--data", help=".npz, .npy, .csv, an image folder, or module:callable.")  # noqa: UP045
]
Random = Annotated[
    Optional[int],  # noqa: UP045
    typer.Option("--random", min=1, help="This many uniformly random quantized inputs in place of data."),
]
Seed = Annotated[int, typer.Option("--seed", help="Seed of --random.")]
Limit = Annotated[
    Optional[int],  # noqa: UP045
    typer.Option("--limit", min=1, help="Use only the first N samples."),
]
Resize = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--resize", help="Images: nearest, bilinear, bicubic, box or lanczos."),
]
Scaling = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--scaling", help="Images: 0..255, 0..1 or -1..1."),
]
LabelColumn = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--label-column", help="CSV: the labels' column, by name or number."),
]
Kernels = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--kernels", help="A folder of C files that replace edgeq's kernels of the same name."),
]
Optimize = Annotated[str, typer.Option("--optimize", help="default, or size for the smallest native code.")]

"""`edgeq data features`: training data from sounds, by the very code that the board runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgeq.cli.options import Debug, Json, Quiet

if TYPE_CHECKING:
    from edgeq.features import ClipFeatures

Folder = Annotated[
    Path,
    typer.Argument(
        help="A folder with a subfolder of .wav files for each class.", metavar="FOLDER"
    ),
]
Output = Annotated[Path, typer.Option("--output", "-o", help="The .npz to write.")]
Window = Annotated[
    int | None,
    typer.Option("--window", min=1, help="Frames of a sample; without it every clip is one."),
]
Hop = Annotated[
    int | None,
    typer.Option("--hop", min=1, help="Frames between the starts of samples; as many as a window."),
]
Pad = Annotated[
    bool, typer.Option("--pad", help="Put silence behind clips that are shorter than a window.")
]
Rate = Annotated[int, typer.Option("--sample-rate", help="Hz, of all files.")]
WindowMs = Annotated[int, typer.Option("--window-ms", help="Milliseconds of a frame.")]
StepMs = Annotated[int, typer.Option("--step-ms", help="Milliseconds between frames.")]
Channels = Annotated[int, typer.Option("--channels", help="Features of a frame.")]
Lower = Annotated[float, typer.Option("--lower-hz", help="Where the lowest channel begins.")]
Upper = Annotated[float, typer.Option("--upper-hz", help="Where the highest channel ends.")]


def data_features(
    folder: Folder,
    output: Output,
    window: Window = None,
    hop: Hop = None,
    pad: Pad = False,
    sample_rate: Rate = 16_000,
    window_ms: WindowMs = 30,
    step_ms: StepMs = 10,
    channels: Channels = 40,
    lower_hz: Lower = 125.0,
    upper_hz: Upper = 7500.0,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Make features of .wav files, as TensorFlow's micro-frontend and pymicro-features compute them:
    an .npz with x, y, group and the parameters.
    """
    from edgeq.cli.show import print_json, progress_bar
    from edgeq.features import MicroParameters, Windows, clip_features
    from edgeq.files import check_output, write_whole

    check_output(output, ".npz", [folder])
    parameters = MicroParameters(
        sample_rate=sample_rate,
        window_ms=window_ms,
        step_ms=step_ms,
        channels=channels,
        lower_hz=lower_hz,
        upper_hz=upper_hz,
    )
    with progress_bar(not (json or quiet)) as progress:
        result = clip_features(folder, parameters, Windows(window, hop, pad), progress)
    write_whole(output, result.to_npz())
    if json:
        print_json(result)
    else:
        show(output, result)


def show(output: Path, result: ClipFeatures) -> None:
    """How many samples each class has, and what a sample is."""
    from edgeq.cli.show import number, print_table, print_text

    rows = [[name, number(count)] for name, count in result.to_json()["classes"].items()]
    print_table("", ["class", "samples"], rows)
    frames, channels = result.x.shape[1:]
    print_text(
        f"{output}: {number(len(result.x))} samples of {frames} frames with {channels} features, "
        f"from {number(result.clips)} clips"
    )

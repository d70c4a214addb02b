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
Kind = Annotated[
    str, typer.Option("--kind", help="micro: the micro-frontend; mfcc: as tf.signal computes it.")
]
Rate = Annotated[int | None, typer.Option("--sample-rate", help="Hz, of all files; 16000.")]
WindowMs = Annotated[int | None, typer.Option("--window-ms", help="Milliseconds of a frame; 30.")]
StepMs = Annotated[
    int | None,
    typer.Option("--step-ms", help="Milliseconds between frames; 10 of micro, 20 of mfcc."),
]
Channels = Annotated[
    int | None, typer.Option("--channels", help="Features of a frame of micro; 40.")
]
MelBins = Annotated[int | None, typer.Option("--mel-bins", help="Bands of mfcc; 40.")]
Coefficients = Annotated[
    int | None, typer.Option("--coefficients", help="Features of a frame of mfcc; 10.")
]
Lower = Annotated[
    float | None,
    typer.Option("--lower-hz", help="Where the lowest band begins; 125 of micro, 20 of mfcc."),
]
Upper = Annotated[
    float | None,
    typer.Option("--upper-hz", help="Where the highest band ends; 7500 of micro, 4000 of mfcc."),
]


def data_features(
    folder: Folder,
    output: Output,
    window: Window = None,
    hop: Hop = None,
    pad: Pad = False,
    kind: Kind = "micro",
    sample_rate: Rate = None,
    window_ms: WindowMs = None,
    step_ms: StepMs = None,
    channels: Channels = None,
    mel_bins: MelBins = None,
    coefficients: Coefficients = None,
    lower_hz: Lower = None,
    upper_hz: Upper = None,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Make features of .wav files, for training. They are those of TensorFlow's micro-frontend and
    pymicro-features, or MFCC as tf.signal defines them, in an .npz with x, y, group and the
    parameters.
    """
    from edgeq.cli.show import print_json, progress_bar
    from edgeq.features import Windows, clip_features, kind_parameters
    from edgeq.files import check_output, write_whole

    check_output(output, ".npz", [folder])
    given = {
        "sample_rate": sample_rate,
        "window_ms": window_ms,
        "step_ms": step_ms,
        "channels": channels,
        "mel_bins": mel_bins,
        "coefficients": coefficients,
        "lower_hz": lower_hz,
        "upper_hz": upper_hz,
    }
    parameters = kind_parameters(kind, {k: v for k, v in given.items() if v is not None})
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

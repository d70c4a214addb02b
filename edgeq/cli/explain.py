"""`edgeq explain`: what quantization did to each layer, what it costs, and what helps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgeq.cli.groups import with_groups
from edgeq.cli.options import Debug, Json, Limit, ModelPath, Quiet
from edgeq.cli.reading import UNSTATED, Reading

if TYPE_CHECKING:
    from edgeq.explain import ExplainResult
    from edgeq.explain.footprint import Footprint

Reference = Annotated[
    Path, typer.Option("--reference", help="The float model that was quantized, Keras or .tflite.")
]
RealData = Annotated[
    str, typer.Option("--data", help=".npz, .npy, .csv, an image folder, or module:callable.")
]
Plot = Annotated[Path | None, typer.Option("--plot", help="Draw it into this .svg or .png file.")]


@with_groups
def explain(
    model: ModelPath,
    reference: Reference,
    data: RealData,
    limit: Limit = None,
    plot: Plot = None,
    reading: Reading = UNSTATED,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Show what quantization did to each layer and what helps. And what it costs and saves the
    model.
    """
    from edgeq.cli.show import print_json, progress_bar
    from edgeq.convert.to_float import load_float
    from edgeq.data import check_sources, input_specs, load_samples
    from edgeq.explain import explain as run
    from edgeq.files import check_writable
    from edgeq.graph import read_tflite
    from edgeq.report.picture import check_drawable

    if plot is not None:
        check_drawable("plot", _kind(plot))
        check_writable(plot)
    check_sources([data])
    loaded = load_float(reference)
    exact = read_tflite(loaded.content)
    options = reading.options([data])
    samples = load_samples(data, input_specs(exact), options).take(limit)
    loaded.check(samples)
    with progress_bar(not (json or quiet)) as progress:
        result = run(read_tflite(model), exact, samples, progress)
    if plot is not None:
        _draw(result, model.stem, plot)
    if json:
        print_json(result)
    else:
        show(result, str(model))


def show(result: ExplainResult, title: str) -> None:
    """Tables of the layers and of the model before and after."""
    from edgeq.cli.inspect_tables import left_out_line
    from edgeq.cli.show import number, print_table, print_text, warn
    from edgeq.explain.footprint import ASSUMPTION
    from edgeq.mixed.costs import CORE
    from edgeq.report.names import short_name

    rows = []
    for layer in result.layers:
        f = layer.figures
        channels = (
            f"{f.dead_channels} dead, {f.outlier_channels} outlying"
            if f.dead_channels or f.outlier_channels
            else ""
        )
        rows.append(
            [
                str(layer.index),
                layer.op,
                short_name(layer.name),
                f"{f.sqnr_db:.1f}",
                f"{f.own_db:.1f}",
                "" if f.weights_db is None else f"{f.weights_db:.1f}",
                f"{f.clipping:.0%}",
                f"{f.saturated:.2%}",
                channels,
                layer.remedy,
            ]
        )
    headers = [
        "layer",
        "operator",
        "name",
        "SQNR, dB",
        "own",
        "weights",
        "clipping",
        "saturated",
        "channels",
        "remedy",
    ]
    print_table(title, headers, rows)
    print_text(
        f"agreement {result.agreement:.4f}, mean absolute error {result.mean_abs_error:.6f} "
        f"on {number(result.samples)} samples"
    )
    print_table("", ["", "float", "quantized"], _benefits(result.before, result.after))
    print_text(f"instructions on {CORE}; energy by {ASSUMPTION}")
    if result.after.left_out is not None:
        print_text(left_out_line(result.after.left_out))
    warn(result.warnings)


def _benefits(before: Footprint, after: Footprint) -> list[list[str]]:
    from edgeq.cli.show import number

    pairs = [
        ("constants, bytes", before.flash_bytes, after.flash_bytes),
        ("arena, bytes", before.arena_bytes, after.arena_bytes),
        ("multiply-accumulates", before.macs, after.macs),
        ("instructions", before.instructions, after.instructions),
    ]
    rows = [[name, number(a), number(b)] for name, a, b in pairs]
    return [*rows, ["energy, uJ", number(before.microjoules, 1), number(after.microjoules, 1)]]


def _draw(result: ExplainResult, title: str, path: Path) -> None:
    from edgeq.files import write_whole
    from edgeq.report.quantization_plot import Bar, draw_quantization

    bars = [
        Bar(
            f"{layer.index} {layer.op}",
            layer.figures.sqnr_db,
            layer.figures.own_db,
            layer.figures.clipping,
        )
        for layer in result.layers
    ]
    write_whole(path, draw_quantization(bars, title, _kind(path)))


def _kind(path: Path) -> str:
    return path.suffix.lower().removeprefix(".")

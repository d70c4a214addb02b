"""Every scheme of quantization on the MLPerf Tiny models, beside TensorFlow's int8: one table of
measured figures.

Usage: python benchmarks/quantization_table.py MODELS DATA [--half dev] [--model NAME ...] [--train]
MODELS holds the .keras files, DATA the folders `cal`, `train` and the named half, as
`tools/evaldata.py` lays them out.
Agreement: share of equal arg-max with the float model; of the autoencoder the relative error of the
clips' scores.
Error: mean absolute difference of the outputs from the float model's, and its ratio to
TensorFlow's. Flash: weights, biases and codebooks as stored; arena and instructions: of edgeq's
native engine, on an emulated Cortex-M4. CPU seconds: of the conversion, of all its threads. --train
adds quantization-aware training of the image classifier, which takes minutes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from quantization_baselines import CASES, figures

from edgeq.convert import ConvertOptions, convert
from edgeq.convert.evaluate import Values
from edgeq.convert.to_float import load_float
from edgeq.data import Samples, input_specs, load_samples
from edgeq.errors import EdgeqError
from edgeq.explain.footprint import footprint
from edgeq.graph import read_tflite
from edgeq.mixed.costs import flash_bytes

SCHEMES: dict[str, ConvertOptions] = {
    "int8, edgeq": ConvertOptions(),
    "int8, plain rounding": ConvertOptions(
        rounding="nearest", correct_bias=False, fill_ranges=False
    ),
    "int8 per tensor": ConvertOptions(per_channel=False),
    "int16x8": ConvertOptions(scheme="int16x8"),
    "dynamic": ConvertOptions(scheme="dynamic"),
    "int4, plain rounding": ConvertOptions(scheme="int4", rounding="nearest", correct_bias=False),
    "int4, AdaRound": ConvertOptions(scheme="int4", rounding="adaround"),
    "int4, edgeq": ConvertOptions(scheme="int4"),
    "codebook 4 bits": ConvertOptions(scheme="codebook"),
    "codebook 3 bits": ConvertOptions(scheme="codebook", codebook_bits=3),
    "mixed, 0.5 pp": ConvertOptions(scheme="mixed"),
}
TRAINED = "ic_resnet8"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--half", default="dev")
    parser.add_argument("--model", action="append", choices=list(CASES))
    parser.add_argument("--train", action="store_true")
    options = parser.parse_args()
    print(
        "| model | scheme | metric | float | quantized | agreement | error | of TF's | flash | arena | instructions |"
        " CPU seconds |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for name in options.model or CASES:
        for line in rows(
            options.models / f"{name}.keras", options.data, options.half, options.train
        ):
            print(line, flush=True)


def rows(model: Path, data: Path, half: str, train: bool) -> Iterator[str]:
    """The lines of the table for one model. TensorFlow's int8 comes first: the error of every other line
    is given relative to it.
    """
    calibration = str(data / "cal" / f"{CASES[model.stem]}.npz")
    converted = partial(_converted, model, calibration)
    ways: dict[str, Callable[[], bytes]] = {
        "int8, TensorFlow": partial(converted, quantizer="tensorflow"),
        **{scheme: partial(converted, options=options) for scheme, options in SCHEMES.items()},
        "mixed, 70 % of flash": partial(_mixed_to, model, calibration, 0.7),
    }
    if train and model.stem == TRAINED:
        ways["int4, trained"] = partial(
            _trained, model, data / "train" / f"{CASES[model.stem]}.npz"
        )
    source = load_float(model)
    samples = load_samples(
        str(data / half / f"{CASES[model.stem]}.npz"), input_specs(read_tflite(source.content))
    )
    exact, reference = source.outputs(samples), 0.0
    for scheme, make in ways.items():
        start = time.process_time()
        try:
            made = make()
        except EdgeqError as error:
            yield f"| {model.stem} | {scheme} | {error.why} | | | | | | | | | |"
            continue
        seconds = time.process_time() - start
        line, error_of = row(model.stem, scheme, exact, made, samples, reference, seconds)
        reference = reference or error_of
        yield line


def row(
    name: str,
    scheme: str,
    exact: Values,
    made: bytes,
    samples: Samples,
    reference: float,
    seconds: float,
) -> tuple[str, float]:
    """One line and its error. exact: what Keras computes of the samples."""
    found = figures(exact, made, samples)
    error = float(found[-1])
    taken = footprint(read_tflite(made))
    ratio = f"{error / reference:.2f}" if reference else "1.00"
    known = (taken.flash_bytes, taken.arena_bytes, taken.instructions)
    costs = ["–" if value is None else f"{value:,}" for value in known]
    return f"| {' | '.join([name, scheme, *found, ratio, *costs, f'{seconds:.0f}'])} |", error


def _converted(model: Path, calibration: str, **how: Any) -> bytes:
    return convert(model, calibration, **how).model


def _mixed_to(model: Path, calibration: str, share: float) -> bytes:
    """The point of least error with at most this share of the flash of int8."""
    int8 = _converted(model, calibration, calibrator="min-max", rounding="nearest")
    most = int(share * flash_bytes(read_tflite(int8).main))
    return _converted(model, calibration, scheme="mixed", max_flash=most)


def _trained(model: Path, train: Path) -> bytes:
    from edgeq.qat.qat import qat

    with TemporaryDirectory() as folder:
        output = Path(folder) / "trained.keras"
        qat(model, str(train), output, weight_bits=4)
        return convert(output).model


if __name__ == "__main__":
    main()

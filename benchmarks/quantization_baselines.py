"""Converts the MLPerf Tiny models with all of their calibration data and prints one row of figures
for each.

Usage: python benchmarks/quantization_baselines.py MODELS DATA [--half dev] [--quantizer tensorflow]
MODELS holds the .keras files, DATA the folders `cal` and the named half, as `tools/evaldata.py`
lays them out.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from edgeq.convert import convert
from edgeq.convert.evaluate import Values, int8_outputs
from edgeq.convert.to_float import load_float
from edgeq.data import Samples, input_specs, load_samples
from edgeq.graph import read_tflite
from edgeq.metrics import (
    agreement,
    default_metric,
    group_means,
    mean_abs_error,
    sample_errors,
    score,
)

CASES = {
    "kws_dscnn": "kws01",
    "ic_resnet8": "cifar10",
    "vww_mobilenet": "natural96",
    "ad_autoencoder": "ad01",
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--half", default="dev")
    parser.add_argument("--quantizer", default="tensorflow")
    options = parser.parse_args()
    print(
        "| model, data | metric | float | int8 | agreement | error | bytes | seconds | warnings |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for model, data in CASES.items():
        calibration, evaluation = (
            options.data / part / f"{data}.npz" for part in ("cal", options.half)
        )
        print(
            row(options.models / f"{model}.keras", calibration, evaluation, options.quantizer),
            flush=True,
        )


def row(model: Path, calibration: Path, evaluation: Path, quantizer: str) -> str:
    """The line of the table for one model; its time is that of the conversion, without evaluation."""
    start = time.perf_counter()
    result = convert(model, str(calibration), quantizer=quantizer)
    seconds = time.perf_counter() - start
    samples = load_samples(str(evaluation), input_specs(read_tflite(result.float_model)))
    exact = load_float(model).outputs(samples)
    cells = [
        f"{model.stem}, {evaluation.stem} ({samples.count})",
        *figures(exact, result.model, samples),
    ]
    cells += [f"{len(result.model):,}", f"{seconds:.1f}", str(len(result.warnings))]
    return f"| {' | '.join(cells)} |"


def figures(exact: Values, int8_model: bytes, samples: Samples) -> list[str]:
    """Metric, float, int8, agreement (share of equal arg-max; of an autoencoder the scores'
    relative error), error.

    exact: what Keras computes of the samples, [n, ...].
    """
    quantized = int8_outputs(int8_model, samples)
    metric, _ = default_metric(samples.x, exact, samples.y)
    scores = ["–", "–"]
    if metric:
        scores = [
            f"{score(metric, samples.x, o, samples.y, samples.group):.4f}"
            for o in (exact, quantized)
        ]
    agreed = f"{agreement(quantized, exact):.4f}"
    if metric == "auc" and samples.group is not None:
        a, b = (group_means(sample_errors(o, samples.x), samples.group) for o in (exact, quantized))
        agreed = f"score error {(abs(b - a) / a).mean():.2%}"
    return [metric or "–", *scores, agreed, f"{mean_abs_error(quantized, exact):.6f}"]


if __name__ == "__main__":
    main()

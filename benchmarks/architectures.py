"""edgeq's int8 beside TensorFlow's int8 on small networks of many kinds, trained here: dB of the
outputs' spread between samples over their error against Keras, on samples that neither has seen.

Usage: python benchmarks/architectures.py [--name NAME ...] [--quick]
Both quantize the same trained model with the same 64 samples, edgeq with its defaults; --quick
takes min-max ranges and plain rounding, in seconds. *Exact*: interpreters that give the bytes of
edgeq's simulator for every tensor of edgeq's file.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))

from keras_sweep.architectures import NETWORKS
from keras_sweep.paired import measure

from edgeq.convert.backend import imported
from edgeq.convert.options import ConvertOptions
from edgeq.errors import EdgeqError
from edgeq.quiet import quiet_output

QUICK = ConvertOptions(calibrator="min-max", rounding="nearest", fill_ranges=False)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--name", action="append", choices=NETWORKS)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    print("| network | edgeq, dB | TensorFlow, dB | exact |\n|---|---|---|---|")
    for name in options.name or NETWORKS:
        print(line(name, QUICK if options.quick else ConvertOptions()), flush=True)


def line(name: str, options: ConvertOptions) -> str:
    keras = imported("keras")
    keras.utils.set_random_seed(1)
    with quiet_output():
        network = NETWORKS[name](keras)
    try:
        pair = measure(network, options)
    except EdgeqError as error:
        return f"| {name} | refused: {error.why} | | |"
    theirs = "refused" if pair.tensorflow is None else f"{pair.tensorflow:.1f}"
    return f"| {name} | {pair.edgeq:.1f} | {theirs} | {', '.join(pair.exact)} |"


if __name__ == "__main__":
    main()

"""How fast the simulator is in batch beside tflite-runtime's reference kernels, in one paired run
on one thread.

    python benchmarks/simulator_speed.py MODEL.tflite [--samples N] [--rounds N]

Alternates the two on the same random inputs and prints the median ratio; every output byte is
compared as well.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from edgeq.graph import read_tflite, write_tflite
from edgeq.runtime import reference_interpreter, run_samples
from edgeq.simulate.execute import execute, random_inputs


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path)
    parser.add_argument("--samples", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    model = read_tflite(arguments.model)
    inputs = random_inputs(model.main, arguments.samples)
    interpreter = reference_interpreter(write_tflite(model), preserve_all=False)
    output = model.main.outputs[0]
    execute(model.main, [x[:2] for x in inputs])  # the proofs are made once, at first use
    ours, theirs = [], []
    for _ in range(arguments.rounds):
        started = time.perf_counter()
        got = execute(model.main, inputs)[output]
        ours.append(time.perf_counter() - started)
        started = time.perf_counter()
        expected = run_samples(interpreter, [x.reshape(len(x), *x.shape[2:]) for x in inputs])[0]
        theirs.append(time.perf_counter() - started)
        assert np.array_equal(got.reshape(expected.shape), expected), "outputs differ"
    ratio = statistics.median(t / o for o, t in zip(ours, theirs, strict=True))
    per_sample = 1000 / arguments.samples
    print(
        f"edgeq {statistics.median(ours) * per_sample:.3f} ms, BUILTIN_REF "
        f"{statistics.median(theirs) * per_sample:.3f} ms a sample: ratio {ratio:.1f}"
    )


if __name__ == "__main__":
    main()

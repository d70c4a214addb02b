"""Oracles in separate processes: refusals, failures, crashes and timeouts become reasons."""

import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ops.test_conv_2d import convolution
from ops.unary import unary

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, write_tflite
from edgeq.simulate import oracle_process
from edgeq.simulate.compare import compare_with
from edgeq.simulate.execute import random_inputs
from edgeq.simulate.oracle_process import Job, OracleFailedError, run_in_process
from edgeq.simulate.oracles import ORACLES
from edgeq.simulate.simulate import simulate

RELU = unary("RELU", (0.05, -128), (0.05, -128), shape=(1, 4))
X = np.arange(12, dtype=np.int8).reshape(3, 1, 4)


def job(
    content: bytes = write_tflite(RELU), seconds: float = 60, name: str = "tflite-runtime"
) -> Job:
    return Job(name, content, (1,), seconds, 1 << 20)


def int16_relu_n1_to_1() -> Model:
    """A model that tflite-runtime loads and then fails to run."""
    return unary("RELU_N1_TO_1", (0.001, 0), (0.001, 0), "int16", shape=(1, 4))


@pytest.mark.parametrize("name", ["tflite-runtime", "xnnpack", "tflm"])
def test_every_sample_comes_back(name: str) -> None:
    found = [tensors[0].reshape(1, 4) for tensors in run_in_process(job(name=name), [X])]
    np.testing.assert_array_equal(found, np.maximum(X, -128))


def test_more_samples_than_are_sent_at_once() -> None:
    wide = unary("RELU", (0.05, -128), (0.05, -128), shape=(1, 1 << 15))
    count = oracle_process.BATCH_BYTES // (1 << 15) + 3
    x = np.random.default_rng(0).integers(-128, 128, (count, 1, 1 << 15), np.int8)
    found = [tensors[0].reshape(1, -1) for tensors in run_in_process(job(write_tflite(wide)), [x])]
    np.testing.assert_array_equal(found, x)


def test_a_process_serves_one_run_after_the_other() -> None:
    list(run_in_process(job(), [X]))
    (first,) = oracle_process._idle
    list(run_in_process(job(), [X]))
    assert oracle_process._idle == [first]


def test_a_run_that_nobody_reads_to_its_end_leaves_no_answers_to_the_next() -> None:
    next(iter(run_in_process(job(), [X])))
    found = [tensors[0][0, 0] for tensors in run_in_process(job(), [X + 100])]
    assert found == [100, 104, 108]


def test_a_refused_model_is_unsupported_and_costs_no_process() -> None:
    list(run_in_process(job(), [X]))
    (first,) = oracle_process._idle
    with pytest.raises(UnsupportedError, match="cannot load"):
        list(run_in_process(job(b"abcdTFL4" + bytes(64)), [X]))
    assert oracle_process._idle == [first]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forked processes")
def test_a_crash_names_its_signal_and_costs_the_forked_process_alone() -> None:
    list(run_in_process(job(), [X]))
    (first,) = oracle_process._idle
    samples = run_in_process(job(), [np.zeros((1 << 19, 1, 4), np.int8)])
    next(samples)
    (forked,) = oracles_of(first.pid)
    os.kill(forked, signal.SIGFPE)
    with pytest.raises(OracleFailedError, match="crashed by signal SIGFPE"):
        list(samples)
    assert oracle_process._idle == [first]
    found = [tensors[0][0, 0] for tensors in run_in_process(job(), [X + 100])]
    assert found == [100, 104, 108], "no answer of the run before"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forked processes")
def test_ending_the_process_ends_the_forked_one() -> None:
    samples = run_in_process(job(), [np.zeros((1 << 19, 1, 4), np.int8)])
    next(samples)
    (forked,) = [pid for oracle in oracles_of(os.getpid()) for pid in oracles_of(oracle)]
    samples.close()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{forked}/stat").exists() and time.monotonic() < deadline:
        if Path(f"/proc/{forked}/stat").read_text().rsplit(")")[1].split()[0] == "Z":
            break  # nobody has waited for it yet
        time.sleep(0.01)
    assert time.monotonic() < deadline


def oracles_of(parent: int) -> list[int]:
    """The children of a process that serve as oracles."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [
        int(child)
        for child in children
        if "edgeq.simulate.oracle_worker" in Path(f"/proc/{child}/cmdline").read_text()
    ]


def test_one_that_hangs_is_ended() -> None:
    """A sample of 1.4 billion multiply-accumulates takes every interpreter at least ten times the
    limit, which loading, once the library is imported, does not reach.
    """
    slow = convolution((1, 192, 192, 64), (64, 3, 3, 64))
    inputs, content = random_inputs(slow.main, 1), write_tflite(slow)
    list(run_in_process(job(), [X]))
    with pytest.raises(OracleFailedError, match=r"did not answer within 0\.02 s"):
        list(run_in_process(replace(job(content, seconds=0.02), tensors=(3,)), inputs))


def test_a_failing_inference_is_a_line_beside_the_measurements() -> None:
    model = int16_relu_n1_to_1()
    result = simulate(
        model, inputs=random_inputs(model.main, 2), oracles=("tflite-runtime", "tflm")
    )
    failed, unavailable = result.oracles["tflite-runtime"], result.oracles["tflm"]
    assert (failed.status, unavailable.status) == ("failed", "unavailable")
    assert failed.reason is not None
    assert "INT16" in failed.reason
    assert result.samples == 2
    assert result.no_oracle_ran is not None
    assert not result.exact
    assert set(result.to_json()["error"]) == {"what", "why", "remedy"}


def test_a_fault_of_the_oracles_process_is_no_agreement() -> None:
    found = compare_with(
        ORACLES["tflite-runtime"], int16_relu_n1_to_1(), [np.zeros((1, 1, 4), np.int16)]
    )
    assert (found.status, found.bytes_compared) == ("failed", 0)

"""Streams of time steps in C, against the simulator on windows that NumPy cuts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from codegen.building import C99, SANITIZERS, STUBS, run
from codegen.small_models import identity, two_inputs
from codegen.test_audio import wake_word, windows
from features.signals import sound
from opkit.input_affines import affine_model
from ops.harness import quantized
from plan.networks import Network

from edgeq.codegen.generate import generate
from edgeq.codegen.native import NativeOptions
from edgeq.codegen.sampling import Sampling
from edgeq.data.quantized import dequantize, quantize
from edgeq.errors import EdgeqError
from edgeq.features import FrontEnd
from edgeq.graph import Model, Tensor
from edgeq.graph.model import WINDOW
from edgeq.simulate.execute import execute

Reals = npt.NDArray[np.float32]


def project(folder: Path, model: Model, sampling: Sampling, *, by_rows: bool = False) -> Path:
    """The sources of a model with a stream of lines of text."""
    options = NativeOptions(feed_rows=by_rows)
    generate(
        model,
        folder,
        framework="cmake",
        name="tiny",
        sensor="serial",
        sampling=sampling,
        options=options,
    )
    return folder / "src"


def streamed(
    sources: Path, time_steps: Reals, classes: int, nbytes: int
) -> list[tuple[bytes, Reals, int]]:
    """Of each window the output's bytes, the averages and the best class, as the C gives them."""
    files = [*sorted(sources.glob("tiny*.c")), STUBS / "stream.c", "-o", "stream", "-lm"]
    run("gcc", *C99, *SANITIZERS, "-I.", *files, cwd=sources)
    said = run("./stream", cwd=sources, stdin=time_steps.tobytes())
    size = nbytes + 4 * classes + 4
    parts = [said[i : i + size] for i in range(0, len(said), size)]
    return [
        (
            p[:nbytes],
            np.frombuffer(p[nbytes:-4], "<f4"),
            int.from_bytes(p[-4:], "little", signed=True),
        )
        for p in parts
    ]


def expected(model: Model, time_steps: Reals, rows: int, hop: int) -> npt.NDArray[np.generic]:
    """The outputs of the simulator on the windows of `rows` time steps, one every `hop`."""
    tensor = model.main.tensors[model.main.inputs[0]]
    starts = range(0, len(time_steps) - rows + 1, hop)
    windows = np.stack([time_steps[s : s + rows] for s in starts]).reshape(-1, *tensor.shape)
    return execute(model.main, [quantize(windows, tensor)])[model.main.outputs[0]]


def random_time_steps(count: int, channels: int, scale: float = 0.02) -> Reals:
    """Values of which some lie beyond the integers, and one in ten at a tie."""
    rng = np.random.default_rng(count)
    time_steps = rng.normal(0, 80 * scale, (count, channels)).astype(np.float32)
    ties = (rng.integers(-128, 128, time_steps.shape) + 0.5).astype(np.float32) * np.float32(scale)
    return np.where(rng.random(time_steps.shape) < 0.1, ties, time_steps).astype(np.float32)


CASES = {
    "overlapping windows": (identity(quantized("x", (1, 7, 3), 0.02, -5)), 7, 3, 2),
    "windows one behind the other": (identity(quantized("x", (1, 7, 3), 0.02, -5)), 7, 3, 7),
    "windows apart": (identity(quantized("x", (1, 7, 3), 0.02, -5)), 7, 3, 10),
    "a hop of one time step": (identity(quantized("x", (1, 5, 1), 0.02, 100)), 5, 1, 1),
    "channels behind an axis of one": (identity(quantized("x", (1, 6, 1, 4), 0.02, 0)), 6, 4, 3),
    "int16": (identity(quantized("x", (1, 6, 2), 0.001, 0, "int16")), 6, 2, 4),
    "uint8": (identity(quantized("x", (1, 6, 2), 0.02, 128, "uint8")), 6, 2, 4),
    "float32": (identity(Tensor("x", (1, 6, 2), "float32")), 6, 2, 4),
    "channels of their own scales": (
        affine_model((1, 6, 2), np.array([1, -2]), np.array([0.5, 3])),
        6,
        2,
        4,
    ),
    "rows of their own scales": (
        affine_model((1, 6, 2), None, np.linspace(0.1, 2, 12).reshape(1, 6, 2)),
        6,
        2,
        4,
    ),
    "rows of their own scales, apart": (
        affine_model((1, 6, 2), None, np.linspace(0.1, 2, 12).reshape(1, 6, 2)),
        6,
        2,
        6,
    ),
}


def compare(
    tmp_path: Path, model: Model, rows: int, channels: int, hop: int, by_rows: bool
) -> None:
    """Holds every window's output of the C, the average of two and the best class against Python."""
    sampling = Sampling(window=rows, hop=hop, smooth=2)
    sources = project(tmp_path, model, sampling, by_rows=by_rows)
    tensor = model.main.tensors[model.main.inputs[0]]
    scale = tensor.scale if tensor.quantization else 0.02
    time_steps = random_time_steps(4 * rows + 2 * hop + 1, channels, scale)
    outputs = expected(model, time_steps, rows, hop)
    output = model.main.tensors[model.main.outputs[0]]
    said = streamed(sources, time_steps, output.size, output.nbytes)
    assert len(said) == len(outputs) > 3
    assert [bytes_ for bytes_, _, _ in said] == [y.tobytes() for y in outputs]
    scores = dequantize(outputs, output).reshape(len(outputs), -1)
    for k, (_, averages, best) in enumerate(said):
        latest = scores[max(0, k - 1) : k + 1]
        # The sum has two terms at most, so its order does not matter.
        average = np.sum(latest, axis=0, dtype=np.float32) / np.float32(len(latest))
        assert averages.tobytes() == average.astype("<f4").tobytes()
        assert best == np.argmax(average)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(name, marks=() if name == "overlapping windows" else pytest.mark.slow)
        for name in CASES
    ],
)
def test_every_window_is_what_the_simulator_takes(tmp_path: Path, case: str) -> None:
    compare(tmp_path, *CASES[case], by_rows=False)


@pytest.mark.slow
@pytest.mark.parametrize("hop", [8, 40, 50])
def test_rows_that_come_one_by_one(tmp_path: Path, hop: int) -> None:
    net = Network(np.random.default_rng(1))
    model = net.model(net.filter(net.input(40, 6, 1), 4, (3, 3), 2))
    compare(tmp_path, model, 40, 6, hop, by_rows=True)


@pytest.mark.slow
@pytest.mark.parametrize("hop", [1, 4, 7])
def test_sound_goes_through_the_front_end(tmp_path: Path, hop: int) -> None:
    """Samples of a microphone, one by one; of each window the output is the simulator's."""
    model, front_end = wake_word(), FrontEnd()
    said = model.with_front_end(front_end.to_bytes())
    options = {"framework": "arduino", "name": "tiny", "sensor": "pdm"}
    generate(said, tmp_path, sampling=Sampling(hop=hop, smooth=2), **options)
    samples = sound("speech", 16_000)
    x = windows(samples, model, front_end)[::hop]
    y = execute(model.main, [x])[model.main.outputs[0]]
    found = streamed(
        tmp_path / "tiny/src", samples.astype(np.float32) / 32768, y[0].size, y[0].nbytes
    )
    assert len(found) == len(y) > 10
    assert [output for output, _, _ in found] == [each.tobytes() for each in y]


@pytest.mark.slow
@pytest.mark.parametrize("rate", [119.0, 100.0, 62.5, 0.9, 7000.0])
def test_time_steps_have_no_drift(tmp_path: Path, rate: float) -> None:
    model = identity(quantized("x", (1, 2), 0.02, -5))
    sources = project(tmp_path, model, Sampling(rate=rate))
    files = ["tiny.c", "tiny_stream.c", STUBS / "stream_due.c", "-o", "due", "-lm"]
    run("gcc", *C99, *SANITIZERS, "-I.", *files, cwd=sources)
    *times, last = run("./due", cwd=sources).decode().splitlines()
    mhz = round(1000 * rate)
    assert [*map(int, times)] == [k * 10**9 // mhz for k in range(-(-1_000_000 * mhz // 10**9))]
    due, again, lost = last.split()[0], last.split()[1], int(last.split()[3])
    assert (due, again) == ("1", "0")
    assert lost == 2_000_000 * mhz // 10**9 - len(times)  # beside the one that was taken


def test_scores_below_the_threshold_name_no_class(tmp_path: Path) -> None:
    model = identity(quantized("x", (1, 3), 0.02, 0))
    sources = project(tmp_path, model, Sampling(window=1, threshold=0.5))
    time_steps = np.array([[0.1, 0.5, 0.2], [0.1, 0.2, 0.3]], np.float32)
    assert [best for _, _, best in streamed(sources, time_steps, 3, 3)] == [1, -1]


REFUSED = {
    "an input of two inputs": (two_inputs(), Sampling(), "the model has 2 inputs"),
    "an integer": (
        identity(Tensor("x", (1, 4), "int32")),
        Sampling(),
        "int32 without a scale",
    ),
    "a picture": (
        identity(quantized("x", (1, 9, 9, 3))),
        Sampling(),
        r"input is \[1, 9, 9, 3\], the sensor yields time steps of 1 to 64 channels",
    ),
    "too many channels": (identity(quantized("x", (1, 4, 65))), Sampling(), r"\[1, 4, 65\]"),
    "a window that divides nothing": (
        identity(quantized("x", (1, 10))),
        Sampling(window=3),
        r"\[1, 10\]",
    ),
    "hop 0": (identity(quantized("x", (1, 4))), Sampling(hop=0), "counted from 1"),
    "rate": (identity(quantized("x", (1, 4))), Sampling(rate=1e9), "at most 10000 time steps"),
    "no rate": (identity(quantized("x", (1, 4))), Sampling(rate=float("nan")), "give 0.001 to"),
    "threshold": (
        identity(quantized("x", (1, 4))),
        Sampling(threshold=float("nan")),
        "give a finite number",
    ),
    "average": (identity(quantized("x", (1, 4))), Sampling(smooth=0), "1 to 1000 windows"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_streamed_is_refused(tmp_path: Path, case: str) -> None:
    model, sampling, why = REFUSED[case]
    with pytest.raises(EdgeqError, match=why):
        project(tmp_path, model, sampling)


@pytest.mark.parametrize(
    ("sensor", "sampling", "why"),
    [
        (
            "lsm9ds1",
            Sampling(),
            "takes features of sound, which it does not yield — choose one of i2s",
        ),
        ("pdm", Sampling(rate=8000), "--rate 8000 — the features are of sound of 16000 Hz"),
        ("pdm", Sampling(hop=0), "counted from 1"),
        ("serial", Sampling(), "serial gives at most 10000 time steps per second"),
    ],
)
def test_sensors_that_a_front_end_cannot_take_are_refused(
    tmp_path: Path, sensor: str, sampling: Sampling, why: str
) -> None:
    said = wake_word().with_front_end(FrontEnd().to_bytes())
    with pytest.raises(EdgeqError, match=why):
        generate(said, tmp_path / "p", framework="arduino", sensor=sensor, sampling=sampling)
    assert not (tmp_path / "p").exists()


def test_windows_of_features_overlap_by_default(tmp_path: Path) -> None:
    said = wake_word().with_front_end(FrontEnd().to_bytes())
    generate(said, tmp_path, framework="arduino", name="tiny", sensor="i2s")
    header = (tmp_path / "tiny/src/tiny_stream.h").read_text()
    assert "TINY_WINDOW 5u /* frames */" in header
    assert "TINY_HOP 1u" in header
    assert "TINY_RATE_MHZ 16000000u" in header
    assert json.loads((tmp_path / "edgeq.json").read_text())["sensor"]["window"] == 5


def test_window_and_hop_are_those_that_the_model_was_converted_with(tmp_path: Path) -> None:
    model = identity(quantized("x", (1, 12), 0.02, 0)).with_window(4, 2)
    header = (project(tmp_path / "a", model, Sampling()) / "tiny_stream.h").read_text()
    assert "TINY_WINDOW 4u" in header
    assert "TINY_CHANNELS 3u" in header
    assert "TINY_HOP 2u" in header
    header = (project(tmp_path / "b", model, Sampling(hop=3)) / "tiny_stream.h").read_text()
    assert "TINY_WINDOW 4u" in header
    assert "TINY_HOP 3u" in header


@pytest.mark.parametrize(
    "text", ["", "4", "0 2", "4 2 1", "-4 2", "4 99999999999", "4\n2", "\u0664 2"]
)
def test_a_window_in_metadata_that_is_none_is_left_unread(text: str) -> None:
    model = identity(quantized("x", (1, 12), 0.02, 0))
    assert replace(model, metadata=((WINDOW, text.encode()),)).window is None

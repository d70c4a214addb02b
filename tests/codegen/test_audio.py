"""The audio front end beside a model: C from samples to outputs against features and simulator."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from codegen.building import C99, SANITIZERS, STUBS, WARNINGS, run
from features.signals import SOUNDS, sound
from ops.harness import constant, quantized, single_op

from edgeq.cleanup import cleaned
from edgeq.codegen.audio import with_audio
from edgeq.codegen.audio_kinds import levels
from edgeq.codegen.engine import Engine, NamedModel
from edgeq.codegen.generate_inputs import FirmwareModel
from edgeq.codegen.native import DEFAULT, NativeOptions, native_engine
from edgeq.codegen.ports import make_port
from edgeq.data import quantize
from edgeq.errors import EdgeqError
from edgeq.features import FrontEnd, MfccParameters, MicroParameters, Parameters
from edgeq.graph import Model, Tensor
from edgeq.opkit.node import Values
from edgeq.simulate.execute import execute

FRAMES = 5


def wake_word(channels: int = 40, scale: float = 0.1, dtype: str = "int8") -> Model:
    """A dense layer over so many frames; of types that it does not take QUANTIZE alone."""
    shape = (1, FRAMES, channels)
    if dtype in ("uint8", "int16"):
        x = quantized("features", shape, scale, 0 if dtype == "int16" else 128, dtype)
        return single_op("QUANTIZE", [x], quantized("scores", shape, 2 * scale))
    weights = np.random.default_rng(0).integers(-127, 128, (3, FRAMES * channels), np.int8)
    if dtype == "float32":
        x, y = Tensor("features", shape, dtype), Tensor("scores", (1, 3), dtype)
        given = constant("weights", weights.astype(np.float32) / 100)
    else:
        x, y = quantized("features", shape, scale, -128), quantized("scores", (1, 3), 2.0)
        given = constant("weights", weights, 0.01)
    options = {"fused_activation_function": "NONE", "keep_num_dims": False}
    return single_op("FULLY_CONNECTED", [x, given], y, "FullyConnectedOptions", 4, **options)


def engine(
    model: Model, front_end: FrontEnd | None = None, options: NativeOptions = DEFAULT
) -> Engine:
    return with_audio(plain_engine(model, options), [front_end or FrontEnd()])


def plain_engine(model: Model, options: NativeOptions = DEFAULT) -> Engine:
    """Without a front end."""
    return native_engine([NamedModel(cleaned(model), "wake")], "wake", None, options)


def windows(samples: Values, model: Model, front_end: FrontEnd) -> Values:
    """The model's inputs, a window that ends at each frame: [n, *shape]."""
    tensor = model.main.tensors[0]
    features = front_end.stream().push(samples)
    rows = quantize(features * np.float32(front_end.scale), tensor)
    cut = np.lib.stride_tricks.sliding_window_view(rows, FRAMES, axis=0).transpose(0, 2, 1)
    return np.ascontiguousarray(cut).reshape(-1, *tensor.shape)


def assert_agrees(folder: Path, model: Model, front_end: FrontEnd, names: list[str]) -> None:
    files = engine(model, front_end).files
    for name, text in files.items():
        (folder / name).write_text(text)
    sources = [name for name in files if name.endswith(".c")]
    run(
        "gcc",
        *C99,
        *SANITIZERS,
        "-I.",
        *sources,
        STUBS / "audio.c",
        "-o",
        "wake",
        "-lm",
        cwd=folder,
    )
    for name in names:
        samples = sound(name, 16_000)
        x = windows(samples, model, front_end)
        y = execute(model.main, [x])[model.main.outputs[0]]
        expected = b"".join(a.tobytes() + b.tobytes() for a, b in zip(x, y, strict=True))
        assert run("./wake", cwd=folder, stdin=samples.tobytes()) == expected, name


@pytest.mark.slow
def test_samples_to_outputs(tmp_path: Path) -> None:
    assert_agrees(tmp_path, wake_word(), FrontEnd(), list(SOUNDS))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dtype", "scale", "parameters"),
    [
        ("uint8", 0.03, MicroParameters(window_ms=25, channels=16, log_scale_shift=3)),
        ("float32", 1.0, MicroParameters(pcan=False, step_ms=30)),
        ("int8", 300.0, MicroParameters(sample_rate=8_000, upper_hz=3_800.0, log=False)),
    ],
)
def test_other_parameters(tmp_path: Path, dtype: str, scale: float, parameters: Parameters) -> None:
    model = wake_word(parameters.channels, scale, dtype)
    assert_agrees(tmp_path, model, FrontEnd(parameters, 0.5), ["speech", "steps of loudness"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dtype", "scale", "parameters"),
    [
        ("int8", 0.5, MfccParameters()),
        ("float32", 1.0, MfccParameters(sample_rate=8_000, window_ms=25, step_ms=25, mel_bins=19)),
        ("uint8", 1.5, MfccParameters(window_ms=64, mel_bins=100, coefficients=13, upper_hz=8e3)),
    ],
)
def test_coefficients(tmp_path: Path, dtype: str, scale: float, parameters: MfccParameters) -> None:
    model = wake_word(parameters.channels, scale, dtype)
    assert_agrees(tmp_path, model, FrontEnd(parameters), list(SOUNDS))


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("parameters", [MicroParameters(), MfccParameters()])
def test_compilers_have_no_complaint(tmp_path: Path, compiler: str, parameters: Parameters) -> None:
    files = engine(wake_word(parameters.channels), FrontEnd(parameters)).files
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    sources = [name for name in files if name.endswith(".c")]
    run(compiler, *C99, "-O2", "-c", *sources, cwd=tmp_path)
    (tmp_path / "use.cc").write_text('#include "wake_audio.h"\n')
    run("g++", "-std=c++17", *WARNINGS, "-fsyntax-only", "use.cc", cwd=tmp_path)


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
@pytest.mark.parametrize("scale", [1e-4, 0.013, 0.1, 5.0, 1e9])
def test_levels_are_the_quantization_of_every_feature(dtype: str, scale: float) -> None:
    tensor = quantized("x", (1, 40), scale, 3, dtype)
    port = make_port(cleaned(wake_word()).main, 0, 0)
    port = replace(port, dtype=dtype, scale=tensor.scale, zero_point=3)
    found = levels(FrontEnd().scale, port)
    features = np.arange(1 << 16)
    q = found.least + np.searchsorted(found.edges, features, side="right")
    expected = quantize(features.astype(np.float32) * np.float32(0.0390625), tensor)
    assert q.tolist() == expected.tolist()


def test_the_engine_counts_what_the_front_end_takes() -> None:
    plain = plain_engine(wake_word())
    both = engine(wake_word())
    assert both.files.keys() > plain.files.keys()
    assert both.ram_bytes > plain.ram_bytes + 2 * 480 + FRAMES * 40
    assert both.model_bytes > plain.model_bytes + 2 * 480


@pytest.mark.parametrize(
    ("model", "front_end", "why"),
    [
        (wake_word(41), FrontEnd(), "it has 205 elements, a frame 40"),
        (wake_word(dtype="int16", scale=0.1), FrontEnd(), "it is int16"),
    ],
)
def test_refuses_inputs_that_are_no_windows(model: Model, front_end: FrontEnd, why: str) -> None:
    with pytest.raises(EdgeqError) as error:
        engine(model, front_end)
    assert why in str(error.value)


def generated(folder: Path, model: Model, **options: str) -> set[str]:
    from edgeq.codegen.generate import generate

    result = generate(model, folder, framework="cmake", name="wake", **options)  # type: ignore[arg-type]
    return {Path(name).name for name in result.files}


def test_a_model_that_says_its_front_end_gets_it(tmp_path: Path) -> None:
    said = wake_word(16).with_front_end(FrontEnd(MicroParameters(channels=16), 0.5).to_bytes())
    assert "wake_audio.c" in generated(tmp_path / "said", said)
    header = (tmp_path / "said/src/wake_audio.h").read_text()
    assert "#define WAKE_AUDIO_CHANNELS 16 " in header
    assert "wake_audio.h" in (tmp_path / "said/CMakeLists.txt").read_text()
    readme = (tmp_path / "said/README.md").read_text()
    assert re.search(
        r"\nBeside that, [0-9]{4} bytes of RAM are kept between inferences\.\n", readme
    )
    assert "wake_audio.c" not in generated(tmp_path / "none", said, features="none")
    assert "wake_audio.c" not in generated(tmp_path / "plain", wake_word())
    assert "wake_audio.c" in generated(tmp_path / "asked", wake_word(), features="micro")
    assert "wake_audio.c" in generated(tmp_path / "mfcc", wake_word(10), features="mfcc")
    assert "MFCC as tf.signal" in (tmp_path / "mfcc/src/wake_audio.h").read_text()
    with pytest.raises(
        EdgeqError, match="--features mfcc — the model was made with those of micro"
    ):
        generated(tmp_path / "other", said, features="mfcc")
    with pytest.raises(EdgeqError, match="choose micro, mfcc or none"):
        generated(tmp_path / "other", wake_word(), features="mfe")


@pytest.mark.parametrize("names", [("w" * 38 + "_frontend",), ("w" * 38 + "1", "w" * 38 + "2")])
def test_a_front_end_that_would_be_called_like_another_is_refused(names: tuple[str, ...]) -> None:
    models = [NamedModel(cleaned(wake_word()), name) for name in names]
    made = native_engine(models, "voice", None, DEFAULT)
    with pytest.raises(EdgeqError, match="its front end would be called"):
        with_audio(made, [FrontEnd()] * len(models))


def test_each_of_several_models_has_its_own(tmp_path: Path) -> None:
    from edgeq.codegen.generate import generate

    said = wake_word(16).with_front_end(FrontEnd(MicroParameters(channels=16)).to_bytes())
    models = [FirmwareModel(said, "wake"), FirmwareModel(wake_word(), "plain")]
    result = generate(models, tmp_path, framework="cmake", name="voice")
    assert {Path(name).name for name in result.files if "_audio" in name} == {
        "wake_audio.c",
        "wake_audio.h",
    }
    assert "src/wake_frontend.h" in (tmp_path / "CMakeLists.txt").read_text()
    assert result.models[0].state_bytes > 2 * 480
    assert result.models[1].state_bytes == 0
    taken = [FirmwareModel(said, "wake"), FirmwareModel(wake_word(), "wake_audio")]
    with pytest.raises(EdgeqError, match="both give C the name wake_audio"):
        generate(taken, tmp_path, framework="headers", name="voice")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff", "it is no JSON"),
        (b"[" * 16000, "it is no JSON"),
        (b"[]", "its kind is not micro or mfcc"),
        (b'{"kind": "micro", "scale": 1.0}', "it has not the parameters"),
        (FrontEnd().to_bytes().replace(b": 16000", b": true"), "its sample_rate is no int"),
        (FrontEnd().to_bytes().replace(b"0.0390625", b"NaN"), "its scale is no number above 0"),
        (FrontEnd().to_bytes().replace(b": 125.0", b": NaN"), "parameter lower_hz"),
        (FrontEnd().to_bytes().replace(b": 16000", b": 1" + b"0" * 5000), "is"),
    ],
)
def test_hostile_metadata_are_refused(tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(EdgeqError) as error:
        generated(tmp_path / "p", wake_word().with_front_end(content))
    assert why in str(error.value)
    assert not (tmp_path / "p").exists()

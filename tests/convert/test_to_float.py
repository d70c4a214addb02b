"""Every model format becomes float TFLite with a static batch; what cannot is refused in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ops.harness import constant
from quantize.recurrent import real

from edgeq.convert.backend import imported, quietly
from edgeq.convert.to_float import to_float_tflite
from edgeq.data import input_specs
from edgeq.errors import EdgeqError, UnsupportedError
from edgeq.graph import Graph, Model, read_tflite, write_tflite
from edgeq.runtime import reference_interpreter, run_samples

SHAPE_OPS = {"SHAPE", "STRIDED_SLICE", "PACK"}
CUSTOM = """
import keras
@keras.saving.register_keras_serializable("mine")
class Twice(keras.layers.Layer):
    def call(self, x): return x * 2
class Thrice(keras.layers.Layer):
    def call(self, x): return x * 3
"""


def refusal(path: Path, custom: tuple[str, ...] = ()) -> str:
    with pytest.raises(EdgeqError) as error:
        to_float_tflite(path, custom)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 600
    return str(error.value)


def test_an_output_that_is_constant_is_refused(tmp_path: Path) -> None:
    ends = (real("x", 1, 4), constant("anchors", np.ones((1, 3), np.float32)))
    path = tmp_path / "boxes.tflite"
    path.write_bytes(write_tflite(Model((Graph(ends, (), (0,), (0, 1)),))))
    assert "output 'anchors' — it has the same values whatever the inputs are" in refusal(path)


def same_outputs(path: Path, model: Any, shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).uniform(-1, 1, (3, *shape)).astype(np.float32)
    (ours,) = run_samples(reference_interpreter(to_float_tflite(path)), [x])
    assert np.allclose(ours, np.asarray(model(x)), atol=1e-5)


@pytest.mark.slow
def test_a_keras_model_of_each_format_computes_the_same(
    tiny: Callable[..., Path], keras: Any, tmp_path: Path
) -> None:
    def layers(x: Any) -> Any:
        return keras.layers.Dense(2)(keras.layers.Flatten()(keras.layers.Conv1D(3, 2)(x)))

    for name in ("m.keras", "m.h5"):
        path = tiny(layers, name, shape=(6, 2))
        model = keras.models.load_model(path, compile=False)
        same_outputs(path, model, (6, 2))
    exported = tmp_path / "exported"
    quietly("export", "", lambda: model.export(str(exported)))
    same_outputs(exported, model, (6, 2))
    for path in (exported, tmp_path / "m.keras"):
        graph = read_tflite(to_float_tflite(path)).main
        assert not SHAPE_OPS & {op.kind for op in graph.ops}
        assert all(-1 not in (t.shape_signature or ()) for t in graph.tensors)


@pytest.mark.slow
def test_a_float_tflite_of_a_dynamic_batch_becomes_static(
    tiny: Callable[..., Path], keras: Any, tmp_path: Path
) -> None:
    model = keras.models.load_model(
        tiny(lambda x: keras.layers.Dense(2)(keras.layers.Flatten()(x)), shape=(3, 2))
    )
    converter = imported("tensorflow").lite.TFLiteConverter.from_keras_model(model)
    path = tmp_path / "dynamic.tflite"
    path.write_bytes(quietly("converter", "", converter.convert))
    assert {op.kind for op in read_tflite(path).main.ops} >= SHAPE_OPS
    same_outputs(path, model, (3, 2))
    assert not SHAPE_OPS & {op.kind for op in read_tflite(to_float_tflite(path)).main.ops}


@pytest.mark.slow
def test_a_keras_2_file_that_keras_3_cannot_load(tmp_path: Path) -> None:
    tf_keras = imported("tf_keras")
    inputs = tf_keras.Input((4,))
    model = tf_keras.Model(inputs, imported("tensorflow").math.maximum(inputs, 0.5) * 2)
    quietly("save", "", lambda: model.save(tmp_path / "old.h5"))
    same_outputs(tmp_path / "old.h5", model, (4,))


@pytest.mark.slow
def test_several_inputs_keep_their_names(keras: Any, tmp_path: Path) -> None:
    left, right = keras.Input((4,), name="left"), keras.Input((3,), name="right")
    joined = keras.layers.Concatenate()([right, left])
    for inputs in ([left, right], {"right": right, "left": left}):
        keras.Model(inputs, joined).save(tmp_path / "two.keras")
        content = to_float_tflite(tmp_path / "two.keras")
        specs = input_specs(read_tflite(content))
        assert {s.name: s.shape for s in specs} == {"left": (1, 4), "right": (1, 3)}
        values = {"left": np.full((1, 4), 5, np.float32), "right": np.full((1, 3), 7, np.float32)}
        (y,) = run_samples(reference_interpreter(content), [values[s.name] for s in specs])
        assert y.tolist() == [[7, 7, 7, 5, 5, 5, 5]]


@pytest.mark.slow
def test_lambdas_that_keras_saved_are_refused(
    tiny: Callable[..., Path], keras: Any, tmp_path: Path
) -> None:
    for name in ("m.keras", "m.h5"):
        path = tiny(keras.layers.Lambda(lambda x: x * 2, name="double"), name)
        assert "layer 'double' — a Lambda layer runs Python code" in refusal(path)
        inner = keras.Sequential([keras.layers.Lambda(lambda x: x * 2, name="inside")])
        assert "layer 'inside'" in refusal(tiny(inner, name))
    activated = tiny(keras.layers.Dense(2, activation=lambda x: x * 2, name="dense"))
    assert "layer 'dense' — it carries Python code" in refusal(activated)
    tf_keras = imported("tf_keras")
    model = tf_keras.Sequential([tf_keras.layers.Lambda(lambda x: x, input_shape=(4,), name="old")])
    quietly("save", "", lambda: model.save(tmp_path / "old.h5"))
    assert "layer 'old' — a Lambda layer" in refusal(tmp_path / "old.h5")


def _forget_own_layers(keras: Any) -> None:
    """Takes the user's layers out of Keras's registry, as in a process that has not imported them."""
    registered = keras.saving.get_custom_objects()
    for name in [name for name in registered if name.startswith("mine>")]:
        del registered[name]


@pytest.mark.slow
def test_custom_layers_need_the_users_word(
    tiny: Callable[..., Path], keras: Any, tmp_path: Path
) -> None:
    source = tmp_path / "edgeq_test_layers.py"
    source.write_text(CUSTOM)
    scope: dict[str, Any] = {"__name__": "edgeq_test_layers"}
    exec(CUSTOM, scope)
    for name, file in (("Twice", "m.keras"), ("Thrice", "n.keras"), ("Thrice", "n.h5")):
        path = tiny(scope[name](), file)
        _forget_own_layers(keras)
        if name == "Twice":
            assert "name the module that defines Twice with --custom" in refusal(path)
        else:
            assert "--custom" in refusal(path)
        (y,) = run_samples(
            reference_interpreter(to_float_tflite(path, (str(source),))),
            [np.ones((1, 4), np.float32)],
        )
        assert y.tolist() == [[2 if name == "Twice" else 3] * 4]
        _forget_own_layers(keras)
    assert f"--custom {tmp_path}/none.py" in refusal(path, (f"{tmp_path}/none.py",))
    assert "it defines no Four — it defines: Twice, Thrice" in refusal(path, (f"{source}:Four",))
    source.write_text("1 / 0")
    assert "ZeroDivisionError" in refusal(path, (str(source),))
    assert "ModuleNotFoundError" in refusal(path, ("edgeq_no_such_module",))


@pytest.mark.slow
def test_what_has_no_form_is_named(tiny: Callable[..., Path], keras: Any, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="TFLite has no form of Erfinv"):
        to_float_tflite(tiny(keras.ops.erfinv))
    open_shape = tiny(keras.layers.GlobalAveragePooling1D(), shape=(None, 3))
    assert "input 'features' — its shape is [?, ?, 3]" in refusal(open_shape)
    keras.Sequential([keras.layers.Dense(2)]).save(tmp_path / "unbuilt.keras")
    assert "it has no fixed inputs" in refusal(tmp_path / "unbuilt.keras")


@pytest.mark.slow
def test_a_saved_model_that_reaches_outside_is_refused(tmp_path: Path) -> None:
    tf = imported("tensorflow")

    class Writes(tf.Module):  # type: ignore[misc]
        @tf.function(input_signature=[tf.TensorSpec([None, 4])])
        def __call__(self, x: Any) -> Any:
            tf.io.write_file(str(tmp_path / "written"), "x")
            return x

    module = Writes()
    signature = module.__call__.get_concrete_function()
    quietly(
        "save", "", lambda: tf.saved_model.save(module, str(tmp_path / "sm"), signatures=signature)
    )
    assert not (tmp_path / "written").exists()
    assert "its graph holds WriteFile, which is not among the operators" in refusal(tmp_path / "sm")
    (tmp_path / "sm" / "saved_model.pb").write_bytes(b"\xff\xff\xff")
    refusal(tmp_path / "sm")
    (tmp_path / "sm" / "saved_model.pb").unlink()
    assert "no saved_model.pb" in refusal(tmp_path / "sm")


def test_files_that_are_no_float_model(tmp_path: Path, shared_models: Path) -> None:
    assert "there is no such file" in refusal(tmp_path / "none.keras")
    (tmp_path / "m.xml").write_bytes(b"x")
    assert ".xml is not read" in refusal(tmp_path / "m.xml")
    (tmp_path / "m.tflite").write_bytes(b"x" * 100)
    refusal(tmp_path / "m.tflite")
    assert "is int8 already" in refusal(shared_models / "pretrainedResnet_quant.tflite")

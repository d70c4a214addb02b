"""A SavedModel is read by a list of operators, and nothing of it runs but what its outputs need."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeq.convert import source
from edgeq.convert.backend import imported, quietly
from edgeq.convert.saved_operators import computes, saves, trains
from edgeq.convert.to_float import load_float
from edgeq.data import Samples
from edgeq.errors import EdgeqError
from edgeq.graph import read_tflite

RANDOM = np.random.default_rng(0)
REACHING = (
    "ReadFile",
    "WriteFile",
    "MatchingFiles",
    "Print",
    "PrintV2",
    "Save",
    "SaveV2",
    "SaveSlices",
    "RestoreV2",
    "PyFunc",
    "EagerPyFunc",
    "PyFuncStateless",
    "InitializeTableFromTextFileV2",
    "LookupTableExportV2",
    "TextLineDataset",
    "TFRecordDataset",
    "SaveDataset",
    "DeleteOldCheckpoint",
    "WriteSummary",
    "XlaLaunch",
    "RemoteCall",
    "ShardedFilename",
    "TensorArrayV3",
    "SharedConst",
    "LoadLibrary",
)


@pytest.mark.parametrize("op", REACHING)
def test_what_reaches_outside_is_on_no_list_of_what_runs(op: str) -> None:
    assert not computes(op)


@pytest.mark.parametrize(
    "op", ["WriteFile", "ReadFile", "PrintV2", "PyFunc", "DeleteOldCheckpoint"]
)
def test_not_even_the_saver_and_training_may_hold_it(op: str) -> None:
    assert not saves(op)
    assert not trains(op)


def test_saving_is_for_the_saver_alone() -> None:
    assert saves("SaveV2")
    assert not trains("SaveV2")


def samples(*shapes: tuple[int, ...]) -> Samples:
    return Samples(
        tuple(RANDOM.standard_normal((6, *shape)).astype(np.float32) for shape in shapes)
    )


def saved(module: Any, path: Path, **signatures: Any) -> Path:
    tf = imported("tensorflow")
    quietly("save", "", lambda: tf.saved_model.save(module, str(path), signatures=signatures))
    return path


def identity(tf: Any, module: Any, extra: Callable[[], None] = lambda: None) -> Any:
    """A signature that doubles its input, and does `extra` in the graph."""

    def double(x: Any) -> Any:
        extra()
        return {"y": x * 2}

    module.double = tf.function(double, input_signature=[tf.TensorSpec((None, 4), tf.float32)])
    return module.double.get_concrete_function()


WRITES: dict[str, Callable[[Any, str], Any]] = {
    "WriteFile": lambda tf, path: tf.raw_ops.WriteFile(filename=path, contents="lost"),
    "Save": lambda tf, path: tf.raw_ops.Save(
        filename=path, tensor_names=["x"], data=[tf.constant(1.0)]
    ),
    "SaveV2": lambda tf, path: tf.raw_ops.SaveV2(
        prefix=path, tensor_names=["x"], shape_and_slices=[""], tensors=[tf.constant(1.0)]
    ),
    "PrintV2": lambda tf, path: tf.raw_ops.PrintV2(input="lost", output_stream=f"file://{path}"),
    "ReadFile": lambda tf, path: tf.strings.length(tf.raw_ops.ReadFile(filename=path)),
}


@pytest.mark.slow
@pytest.mark.parametrize("op", WRITES)
@pytest.mark.parametrize("where", ["signature", "nested", "initializer", "other function"])
def test_files_are_neither_read_nor_written(op: str, where: str, tmp_path: Path) -> None:
    tf = imported("tensorflow")
    kept = tmp_path / "kept"
    kept.write_text("precious")

    def reach() -> None:
        WRITES[op](tf, str(kept))

    module = tf.Module()
    inner = tf.function(reach)
    places = {"signature": reach, "nested": lambda: inner()}
    signature = identity(tf, module, places.get(where, lambda: None))
    if where == "other function":
        module.other = tf.function(reach, input_signature=[])
        module.other.get_concrete_function()
    if where == "initializer":
        resource = imported("tensorflow.python.trackable.resource")

        class Hidden(resource.TrackableResource):  # type: ignore[misc]
            def _create_resource(self) -> Any:
                return tf.raw_ops.VarHandleOp(dtype=tf.float32, shape=())

            @tf.function(input_signature=[])  # type: ignore[untyped-decorator]
            def _initialize(self) -> Any:
                reach()
                return tf.constant(1.0)

        with tf.init_scope():
            module.hidden = Hidden()
    path = saved(module, tmp_path / "model", serving_default=signature)
    kept.write_text("precious")
    with pytest.raises(EdgeqError, match=f"its graph holds {op}, which is not among the operators"):
        load_float(path)
    assert [p.name for p in tmp_path.iterdir() if p.name != "model"] == ["kept"]
    assert kept.read_text() == "precious"


@pytest.mark.slow
def test_word_lists_are_refused_by_name(tmp_path: Path) -> None:
    tf = imported("tensorflow")
    module = tf.Module()
    pairs = tf.lookup.KeyValueTensorInitializer(
        tf.constant([1, 2], tf.int64), tf.constant([3.0, 4.0])
    )
    module.table = tf.lookup.StaticHashTable(pairs, 0.0)
    signature = identity(tf, module, lambda: module.table.lookup(tf.constant([1], tf.int64)))
    with pytest.raises(EdgeqError, match="its graph holds HashTableV2"):
        load_float(saved(module, tmp_path / "model", serving_default=signature))


def outputs_equal(path: Path, expected: Callable[..., Any], *shapes: tuple[int, ...]) -> Any:
    loaded, data = load_float(path), samples(*shapes)
    fidelity = loaded.check(data)
    assert fidelity is not None
    assert fidelity.against == "the SavedModel"
    assert fidelity.relative < 1e-4
    assert np.allclose(loaded.outputs(data), np.asarray(expected(*data.inputs)), atol=1e-5)
    return read_tflite(loaded.content)


@pytest.mark.slow
def test_a_keras_3_export_with_seeds_for_training(keras: Any, tmp_path: Path) -> None:
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((6, 6, 3)),
            layers.GaussianNoise(0.1),
            layers.Conv2D(4, 3),
            layers.BatchNormalization(),
            layers.Dropout(0.5),
            layers.Flatten(),
            layers.Dense(3),
        ]
    )
    quietly("export", "", lambda: model.export(str(tmp_path / "model"), verbose=False))
    outputs_equal(tmp_path / "model", lambda x: model(x, training=False), (6, 6, 3))


@pytest.mark.slow
def test_a_trained_keras_2_model_with_its_optimizer(tmp_path: Path) -> None:
    keras = imported("tf_keras")
    model = keras.Sequential(
        [keras.layers.Input((8, 4)), keras.layers.LSTM(5, unroll=True), keras.layers.Dense(2)]
    )
    model.compile("adam", "mse")
    model.fit(RANDOM.standard_normal((8, 8, 4)), RANDOM.standard_normal((8, 2)), verbose=0)
    quietly("save", "", lambda: model.save(str(tmp_path / "model"), save_format="tf"))
    outputs_equal(tmp_path / "model", lambda x: model(x, training=False), (8, 4))


@pytest.mark.slow
def test_variables_of_one_name_are_told_apart(tmp_path: Path) -> None:
    tf = imported("tensorflow")
    module = tf.Module()
    module.layers = [
        tf.Variable(RANDOM.standard_normal((4, 4)).astype(np.float32), name="same")
        for _ in range(4)
    ]

    def forward(x: Any) -> Any:
        for w in module.layers:
            x = tf.nn.tanh(x @ w)
        return x

    traced = tf.function(lambda x: {"z": -forward(x), "a": forward(x)}).get_concrete_function(
        tf.TensorSpec((None, 4))
    )
    model = outputs_equal(saved(module, tmp_path / "model", serving_default=traced), forward, (4,))
    assert [name for name, _ in model.signatures[0].outputs] == ["a", "z"]


@pytest.mark.slow
def test_a_graph_of_tensorflow_1(tmp_path: Path) -> None:
    tf = imported("tensorflow")
    v1 = tf.compat.v1
    for resource in (False, True):
        path = tmp_path / str(resource)
        with tf.Graph().as_default(), v1.Session() as session:
            x = v1.placeholder(tf.float32, (None, 4))
            w = v1.get_variable("w", (4, 2), use_resource=resource)
            session.run(v1.global_variables_initializer())
            quietly(
                "save",
                "",
                lambda x=x, w=w, s=session, p=path: v1.saved_model.simple_save(  # type: ignore[misc]
                    s, str(p), {"x": x}, {"y": x @ w}
                ),
            )
            value = session.run(w)
        outputs_equal(path, lambda x, value=value: x @ value, (4,))


@pytest.mark.slow
def test_a_splat_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    tf = imported("tensorflow")
    module = tf.Module()
    path = saved(module, tmp_path / "model", serving_default=identity(tf, module))
    schema = imported("tensorflow.core.protobuf.saved_model_pb2")
    content = schema.SavedModel.FromString((path / "saved_model.pb").read_bytes())
    for function in content.meta_graphs[0].graph_def.library.function:
        for node in function.node_def:
            if node.op == "Const":
                node.attr["value"].tensor.tensor_shape.dim.add(size=1 << 40)
    (path / "saved_model.pb").write_bytes(content.SerializeToString())
    with pytest.raises(EdgeqError, match="its constants take over"):
        load_float(path)


@pytest.mark.slow
def test_a_loop_without_end_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tf, module = imported("tensorflow"), imported("tensorflow").Module()

    def endless(x: Any) -> Any:
        (y,) = tf.while_loop(lambda y: tf.reduce_sum(y) < 1e30, lambda y: (tf.sin(y),), [x])
        return {"y": y}

    module.endless = tf.function(endless, input_signature=[tf.TensorSpec((None, 4), tf.float32)])
    model = load_float(
        saved(module, tmp_path / "model", serving_default=module.endless.get_concrete_function())
    )
    monkeypatch.setattr(source, "SECONDS_A_SAMPLE", 1)
    with pytest.raises(
        EdgeqError, match="one sample takes longer than 1 s — make sure that each loop of it ends"
    ):
        model.check(samples((4,)))


def exported(keras: Any, folder: Path, *layers: Any) -> Path:
    """A Sequential model of images [6, 6, 3], exported as Keras does, with augmentation active."""
    model = keras.Sequential([keras.Input((6, 6, 3)), *layers])
    quietly("export", "", lambda: model.export(str(folder / "model"), verbose=False))
    return folder / "model"


@pytest.mark.slow
def test_augmentation_that_could_pass_its_input_on_does(keras: Any, tmp_path: Path) -> None:
    convolution = keras.layers.Conv2D(4, 3)
    augmenting = [keras.layers.RandomFlip(), keras.layers.RandomRotation(0.1)]
    loaded = load_float(exported(keras, tmp_path, *augmenting, convolution))
    given = samples((6, 6, 3))
    expected = np.asarray(convolution(given.x))
    np.testing.assert_allclose(loaded.outputs(given), expected, rtol=1e-5, atol=1e-5)
    assert loaded.source is not None
    names = [scope.split("/")[-1] for scope in loaded.source.left_out]
    kinds = [re.sub(r"(_\d+)*$", "", name) for name in names]  # Keras counts on through a session
    assert kinds == ["random_flip", "random_rotation"]


@pytest.mark.slow
def test_random_numbers_that_are_the_model_itself_are_refused(keras: Any, tmp_path: Path) -> None:
    def drawn(x: Any) -> Any:
        return keras.ops.matmul(
            x, imported("tensorflow").random.stateless_normal((3, 5), (1, 2)) * x[0, 0, 0, 0]
        )

    layer = keras.layers.Lambda(drawn, output_shape=(6, 6, 5))
    with pytest.raises(
        EdgeqError, match=r"it draws random numbers at inference — convert the .keras file"
    ):
        load_float(exported(keras, tmp_path, layer))

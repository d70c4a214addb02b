"""What a Keras file may not bring with it, on files made by hand: no TensorFlow needed to refuse
them.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import pytest

from edgeq.convert import untrusted
from edgeq.errors import EdgeqError

CODE = "4wEAAAAAAAAAAAAAAAIAAAADAAAA8wwAAACXAHwAZAF6BQAAUwCpAk7pAgAAAKkAqQHaAXhzAQAA\n"


def layer(
    kind: str, module: str | None = "keras.layers", registered: str | None = None, **config: object
) -> dict:
    config = {"name": f"my_{kind.lower()}", **config}
    return {"module": module, "class_name": kind, "config": config, "registered_name": registered}


def model(*layers: dict) -> dict:
    return {"class_name": "Functional", "config": {"name": "outer", "layers": list(layers)}}


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (
            layer("Lambda", function={"class_name": "__lambda__", "config": {"code": CODE}}),
            "my_lambda' — a Lambda",
        ),
        (
            layer("Lambda", function=[CODE, None, None], function_type="lambda"),
            "my_lambda' — a Lambda layer",
        ),
        (
            layer("Lambda", function="double", function_type="function"),
            "my_lambda' — a Lambda layer",
        ),
        (model(layer("Lambda", function="double")), "my_lambda' — a Lambda layer"),
        (
            layer("Dense", activation={"class_name": "__lambda__"}),
            "my_dense' — it carries Python code",
        ),
        (
            layer("Dense", activation={"value": [CODE, None, None]}),
            "my_dense' — it carries Python code",
        ),
        (
            layer("Thing", "os.path", "Thing"),
            "Thing is not a layer of Keras's own — name the module that defines Thing",
        ),
        (layer("Thing", None, "mine>Thing"), "class mine>Thing is not a layer of Keras's own"),
        (layer("get_file", "keras.utils"), "get_file is not a layer"),
        (layer("TFOpLambda", function="io.write_file"), "it calls tf.io.write_file"),
        (layer("TFOpLambda", function="py_function"), "it calls tf.py_function"),
        (layer("ClassMethod", cls_symbol="RaggedTensor"), "ClassMethod calls functions by name"),
    ],
)
def test_code_is_refused_wherever_it_hides(config: dict, said: str) -> None:
    for nested in (config, model(config), model(layer("Dense"), model(config))):
        with pytest.raises(EdgeqError) as error:
            untrusted.refuse_code(nested, (), "m.keras")
        assert said in str(error.value)
        assert "--custom" in str(error.value)


@pytest.mark.parametrize(
    "config",
    [
        layer("Dense", activation="relu", units=3),
        layer("Dense", module=None),
        layer("TFOpLambda", function="math.add"),
        layer("TFOpLambda", function="nn.relu"),
        layer("TFOpLambda", function="__operators__.getitem"),
        layer("TFOpLambda", function="reshape"),
        layer("Twice", "mine", "mine>Twice"),
        layer("Lambda", function="double", function_type="function"),
        layer("Lambda", function={"class_name": "function", "config": "double"}),
        {"config": layer("Dense"), "compile_config": layer("Lambda")},
    ],
)
def test_keras_layers_and_named_custom_objects_pass(config: dict) -> None:
    untrusted.refuse_code(model(config), ("Twice", "double"), "m.keras")


def test_depth_does_not_end_in_a_traceback() -> None:
    nested = layer("Lambda")
    for _ in range(5000):
        nested = {"config": {"layers": [nested]}}
    with pytest.raises(EdgeqError, match="a Lambda layer"):
        untrusted.refuse_code(nested, (), "m.keras")


def archive(path: Path, **members: str | bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in members.items():
            zipped.writestr(name.replace("__", "."), content)
    return path


def test_architectures_of_both_formats_are_read_without_keras(tmp_path: Path) -> None:
    config = model(layer("Dense"))
    assert (
        untrusted.keras_config(archive(tmp_path / "m.keras", config__json=json.dumps(config)))
        == config
    )
    for text in (json.dumps(config), json.dumps(config).encode()):
        with h5py.File(tmp_path / "m.h5", "w") as file:
            file.attrs["model_config"] = text
            file.attrs["keras_version"] = "2.13.1"
        assert untrusted.keras_config(tmp_path / "m.h5") == config
        assert untrusted.keras_version(tmp_path / "m.h5") == "2.13.1"


def test_broken_files_are_one_line(tmp_path: Path) -> None:
    weights = tmp_path / "weights.h5"
    h5py.File(weights, "w").close()
    cases = [
        (
            archive(tmp_path / "bomb.keras", config__json="{}", x=bytes(4 << 20)),
            "unpack to 4194306",
        ),
        (archive(tmp_path / "empty.keras", x="{}"), "config.json"),
        (archive(tmp_path / "list.keras", config__json="[]"), "no JSON object"),
        (archive(tmp_path / "json.keras", config__json="{"), "cannot be read"),
        (archive(tmp_path / "deep.keras", config__json="[" * 100_000), "cannot be read"),
        (weights, "weights without a model"),
    ]
    for name in ("zip.keras", "hdf.h5"):
        (tmp_path / name).write_bytes(b"PK\x03\x04 but no more")
        cases.append((tmp_path / name, "cannot be read"))
    for path, said in cases:
        with pytest.raises(EdgeqError, match=said) as error:
            untrusted.keras_config(path)
        assert path.name in str(error.value)


def external_link(file: h5py.File, other: Path) -> None:
    file["weights/kernel"] = h5py.ExternalLink(str(other), "/secret")


def external_storage(file: h5py.File, other: Path) -> None:
    file.create_dataset("weights/kernel", (4,), "u1", external=[(str(other), 0, 4)])


def virtual(file: h5py.File, other: Path) -> None:
    layout = h5py.VirtualLayout((4,), "u1")
    layout[:] = h5py.VirtualSource(str(other), "secret", (4,))
    file.create_virtual_dataset("weights/kernel", layout)


def unpacking(file: h5py.File, _: Path) -> None:
    file.create_dataset("weights/kernel", (1 << 40,), "f4", chunks=(1 << 20,), compression="gzip")


@pytest.mark.parametrize(
    ("fill", "said"),
    [
        (external_link, "'/weights/kernel' — it is a link into the file"),
        (external_storage, "data kept in other files"),
        (virtual, "data kept in other files"),
        (unpacking, "of HDF5 unpack to 4398046511104"),
    ],
)
def test_weights_lie_in_the_file_itself(
    fill: Callable[[h5py.File, Path], None], said: str, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    with h5py.File(other, "w") as file:
        file["secret"] = [1, 2, 3, 4]
    with h5py.File(tmp_path / "m.h5", "w") as file:
        file.attrs["model_config"] = json.dumps(model(layer("Dense")))
        fill(file, other)
    inner = (tmp_path / "m.h5").read_bytes()
    members = {"config__json": json.dumps(model(layer("Dense"))), "model__weights__h5": inner}
    for path in (tmp_path / "m.h5", archive(tmp_path / "m.keras", **members)):
        with pytest.raises(EdgeqError, match=said) as error:
            untrusted.keras_config(path)
        assert path.name in str(error.value)

"""ONNX models through onnx2tf, compared with ONNX Runtime, to the compiled C; and hostile files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from frontends.doctored import without_relu

import edgeq
from edgeq.convert import convert
from edgeq.convert.fidelity import check_fidelity
from edgeq.convert.to_float import load_float
from edgeq.data import Samples
from edgeq.errors import EdgeqError
from edgeq.graph import read_tflite

onnx = pytest.importorskip("onnx", reason='onnx is not installed: pip install "edgeq[onnx]"')
pytest.importorskip("onnx2tf", reason='onnx2tf is not installed: pip install "edgeq[onnx]"')
pytestmark = pytest.mark.slow

Values = npt.NDArray[np.float32]
helper = onnx.helper if onnx else None
FLOAT = 1


def normal(seed: int, *shape: int) -> Values:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def constants(**values: npt.NDArray[np.generic]) -> list[Any]:
    return [onnx.numpy_helper.from_array(value, name) for name, value in values.items()]


def network(batch: object = "N") -> Any:
    """A small separable network with a flattened image at its end, as PyTorch exports one."""
    nodes = [
        ("Conv", "x w0 b0", "a", {"pads": [1] * 4, "strides": [2, 2]}),
        ("Relu", "a", "b", {}),
        ("Conv", "b w1 b1", "c", {"pads": [1] * 4, "group": 4}),
        ("BatchNormalization", "c scale shift mean variance", "d", {}),
        ("Relu", "d", "e", {}),
        ("MaxPool", "e", "f", {"kernel_shape": [2, 2], "strides": [2, 2]}),
        ("Flatten", "f", "g", {}),
        ("Gemm", "g w2 b2", "y", {"transB": 1}),
        ("ReduceMean", "e", "z", {"axes": [2, 3], "keepdims": 0}),
    ]
    made = [
        helper.make_node(kind, given.split(), [to], name=f"/{to}/{kind}", **options)
        for kind, given, to, options in nodes
    ]
    values = constants(
        w0=normal(1, 4, 3, 3, 3),
        b0=normal(2, 4),
        w1=normal(3, 4, 1, 3, 3),
        b1=normal(4, 4),
        scale=normal(5, 4),
        shift=normal(6, 4),
        mean=normal(7, 4),
        variance=np.abs(normal(8, 4)) + np.float32(0.5),
        w2=normal(9, 5, 4 * 2 * 3),
        b2=normal(10, 5),
    )
    given = helper.make_tensor_value_info("x", FLOAT, [batch, 3, 8, 12])
    gives = [
        helper.make_tensor_value_info("y", FLOAT, [batch, 5]),
        helper.make_tensor_value_info("z", FLOAT, [batch, 4]),
    ]
    graph = helper.make_graph(made, "net", [given], gives, values)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("onnx") / "net.onnx"
    onnx.save(network(), path)
    return path


SAMPLES = Samples((normal(0, 40, 8, 12, 3),))


def test_a_network_converts_and_every_byte_is_known(path: Path, tmp_path: Path) -> None:
    result = convert(path, SAMPLES, tmp_path / "net.tflite")
    (layout,) = result.layouts
    assert (layout.shape, layout.model) == ((1, 8, 12, 3), (1, 3, 8, 12))
    assert [info.name for info in (*result.inputs, *result.outputs)] == ["x", "y", "z"]
    assert "TRANSPOSE" not in result.operators
    assert result.fidelity is not None
    assert result.fidelity.against == "ONNX Runtime"
    assert result.fidelity.relative < 1e-5
    names = [tensor.name for tensor in read_tflite(result.float_model).main.tensors]
    assert len(set(names)) == len(names)
    data = SAMPLES.take(4).x
    assert edgeq.simulate(result.model, inputs=data, oracles=["tflite-runtime"]).exact
    assert edgeq.verify(result.model, inputs=data, targets=["host"]).ok


def test_the_truth_is_the_models_own_and_the_layer_is_named(path: Path) -> None:
    loaded = load_float(path)
    assert loaded.source is not None
    want, _ = loaded.source(SAMPLES.take(2))
    image = SAMPLES.take(2).x.transpose(0, 3, 1, 2)
    session = pytest.importorskip("onnxruntime").InferenceSession(path)
    np.testing.assert_allclose(want, session.run(["y"], {"x": image})[0], rtol=1e-5, atol=1e-5)
    with pytest.raises(
        EdgeqError, match=r"as ONNX Runtime does: .* first at node '/b/Relu' \(Relu"
    ):
        check_fidelity(loaded.source, loaded.content, SAMPLES, "net.onnx", without_relu)


def test_data_of_the_original_layout_is_refused_with_the_remedy(path: Path) -> None:
    with pytest.raises(EdgeqError, match=r"transpose\(0, 2, 3, 1\) puts them last"):
        convert(path, Samples((SAMPLES.x.transpose(0, 3, 1, 2),)))


def refusal(model: Any, path: Path) -> str:
    path.write_bytes(model if isinstance(model, bytes) else model.SerializeToString())
    with pytest.raises(EdgeqError) as raised:
        load_float(path)
    return str(raised.value)


def changed(change: Callable[[Any], object]) -> Any:
    model = network()
    change(model)
    return model


def external(place: str) -> Callable[[Any], object]:
    """Moves the data of the first weights to a file."""

    def move(model: Any) -> None:
        tensor = model.graph.initializer[0]
        onnx.external_data_helper.set_external_data(tensor, place)
        tensor.ClearField("raw_data")

    return move


def fill(model: Any) -> None:
    """Asks for 2^60 zeros, in a few bytes."""
    model.graph.initializer.extend(constants(many=np.array([1 << 30, 1 << 30], np.int64)))
    model.graph.node.insert(0, helper.make_node("ConstantOfShape", ["many"], ["big"]))
    model.graph.node.append(helper.make_node("Sum", ["y", "big"], ["w"]))


def input_shape(*shape: object, kind: int = FLOAT) -> Callable[[Any], object]:
    made = helper.make_tensor_value_info("x", kind, shape) if onnx else None
    return lambda model: model.graph.input[0].CopyFrom(made)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (external("../secret"), "is in '../secret', outside of the model's folder"),
        (external("/etc/passwd"), "is in '/etc/passwd', outside of the model's folder"),
        (external("link/passwd"), "is in 'link/passwd', outside of the model's folder"),
        (external("absent"), "is in 'absent', which is missing"),
        (fill, "1,152,921,504,606,846,976 elements, at most 134,217,728"),
        (
            lambda m: setattr(m.graph.node[0], "domain", "mine"),
            "operators mine::Conv are not ONNX's own",
        ),
        (lambda m: setattr(m.graph.node[0], "op_type", "Odd"), "it is not valid"),
        (lambda m: setattr(m.graph.node[1], "op_type", "QLinearConv"), "it is quantized"),
        (input_shape("N", 3, "H", 12), "its input 'x' is [1, 3, ?, 12], and a microcontroller"),
        (input_shape(2, 3, 8, 12), "its input 'x' is [2, 3, 8, 12] — export it with a batch of 1"),
    ],
)
def test_hostile_and_open_models_are_refused(
    tmp_path: Path, change: Callable[[Any], object], said: str
) -> None:
    (tmp_path / "secret").write_bytes(bytes(1000))
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link").symlink_to("/etc")
    assert said in refusal(changed(change), inside / "net.onnx")


def test_files_of_another_kind_are_refused(tmp_path: Path) -> None:
    assert "it is no ONNX model" in refusal(b"\x80\x02cos\nsystem\n", tmp_path / "m.onnx")


def test_data_beside_the_model_is_read(tmp_path: Path) -> None:
    model = network()
    onnx.save(model, tmp_path / "net.onnx", save_as_external_data=True, size_threshold=0)
    loaded = load_float(tmp_path / "net.onnx")
    assert loaded.check(SAMPLES.take(3)) is not None
    assert read_tflite(loaded.content).main.tensors[0].name == "x"

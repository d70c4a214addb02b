"""What an exported program may not bring with it, and what the copy that PyTorch gets holds."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from frontends.archives import Change, Json, archive, leaf, many, node, spec, tensor

from edgeq.errors import EdgeqError
from edgeq.frontends import exported_archive
from edgeq.frontends.exported_archive import copy_archive


def inner(document: Json) -> Json:
    return document["graph_module"]["graph"]


def adds(made: Json) -> Change:
    return lambda document: inner(document)["nodes"].append(made)


def calls(key: str, tree: Json) -> Change:
    return lambda document: document["graph_module"]["module_call_graph"][0]["signature"].update(
        {key: spec(tree)}
    )


def named(name: str) -> Change:
    return lambda document: inner(document)["nodes"][0].update(name=name)


def text(value: str) -> Json:
    return node("torch.ops.aten.gelu.default", "gelu", approximate={"as_string": value})


def size(expression: str) -> Change:
    value = {"as_expr": {"expr_str": expression, "hint": None}}
    return lambda document: inner(document)["tensor_values"]["x"]["sizes"].insert(0, value)


def trains(document: Json) -> None:
    """Batch norm in training counts its batches in place."""
    name = {"name": "b_3"}
    specs = document["graph_module"]["signature"]["input_specs"]
    specs.append({"buffer": {"arg": name, "buffer_name": "3.num_batches_tracked"}})
    adds(node("torch.ops.aten.add_.Tensor", "add_", self={"as_tensor": name}))(document)


CODE = "__import__('os').system('id')"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (adds(node("torch.hub.load")), "operator 'torch.hub.load' is none that is taken"),
        (adds(node("math.sqrt")), "operator 'math.sqrt'"),
        (adds(node("torch.ops.mine.op.default")), "operator 'torch.ops.mine.op.default'"),
        (adds(node("torch.ops.aten.add.Tensor\n")), "operator"),
        (adds(node("torch.ops.aten.__init__.__globals__")), "operator 'torch.ops.aten.__init__"),
        (adds(node("#extension")), "operator '#extension'"),
        (adds(text("/etc/passwd")), "'/etc/passwd' is none"),
        (adds(node("torch.ops.aten.add.Tensor", f"y; {CODE}")), "is none that is taken"),
        (named(f"x = {CODE}"), "is none that is taken"),
        (size(CODE), "a size of it is open — export it with fixed shapes and a batch of 1"),
        (size("s0"), "a size of it is open"),
        (adds(node("torch.ops.aten.add.Tensor", a={"as_graph": {}})), "it has control flow"),
        (adds(node("torch.ops.aten.add.Tensor", a={"as_operator": "x"})), "passes functions"),
        (adds(node("torch.ops.aten.add.Tensor", a={"as_custom_obj": {}})), "objects of its own"),
        (calls("in_spec", many("collections.defaultdict", leaf())), "a collections.defaultdict"),
        (calls("out_spec", many("builtins.dict", leaf(), context=[CODE])), "takes or gives a"),
        (
            lambda d: inner(d)["tensor_values"].update({f"t[{CODE}]": tensor(1)}),
            "is no name",
        ),
        (
            lambda d: inner(d)["tensor_values"]["x"]["device"].update(type="cuda"),
            "'cuda' is none",
        ),
        (
            lambda d: inner(d)["tensor_values"].update(big=tensor(1 << 20, 1 << 20)),
            "it has a tensor of 1,099,511,627,776 elements, at most 134,217,728",
        ),
        (
            lambda d: d["graph_module"]["signature"]["output_specs"].append(
                {"buffer_mutation": {}}
            ),
            "it changes buffer_mutation as it runs — call model.eval()",
        ),
        (trains, "it changes 3.num_batches_tracked as it runs — call model.eval()"),
        (lambda d: d["range_constraints"].update(s0={}), "a size of it is open"),
    ],
)
def test_code_in_the_graph_is_refused(tmp_path: Path, change: Change, said: str) -> None:
    with pytest.raises(EdgeqError) as raised:
        copy_archive(archive(tmp_path / "m.pt2", change), tmp_path / "copy.pt2")
    assert said in str(raised.value)
    assert not (tmp_path / "copy.pt2").exists()


def entry(**changed: object) -> Change:
    return lambda table: table["config"]["fc.weight"].update(changed)


@pytest.mark.parametrize(
    ("table", "files", "left_out", "said"),
    [
        (entry(use_pickle=True), {}, (), "Python pickles, which run code"),
        (entry(path_name="opaque_obj_0"), {}, (), "Python pickles, which run code"),
        (entry(path_name="../../weight_0"), {}, (), "Python pickles, which run code"),
        (entry(path_name="weight_7"), {}, (), "its data/weights/weight_7 is missing"),
        (entry(), {"data/aotinductor/m/m.so": b""}, (), "it holds compiled code"),
        (entry(), {"x": bytes(1 << 13)}, (), "it unpacks to "),
        (
            entry(),
            {"data/weights/model.pt": b""},
            ("data/weights/model_weights_config.json",),
            "its weights are saved in an older form, as Python pickles",
        ),
        (entry(), {}, ("models/model.json",), "no exported program of the name 'model'"),
    ],
)
def test_code_beside_the_graph_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    table: Change,
    files: dict[str, bytes],
    left_out: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.setattr(exported_archive, "MAX_MODEL_BYTES", 7000)
    path = archive(tmp_path / "m.pt2", table=table, files=files, left_out=left_out)
    with pytest.raises(EdgeqError) as raised:
        copy_archive(path, tmp_path / "copy.pt2")
    assert said in str(raised.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.pop("graph_module"),
        lambda d: d.update(graph_module=[]),
        lambda d: inner(d).update(nodes=5),
        lambda d: inner(d)["nodes"].append("node"),
        lambda d: d["graph_module"].update(module_call_graph=[]),
        lambda d: d["graph_module"]["signature"].update(input_specs=[{"buffer": 1}]),
        lambda d: inner(d)["nodes"][0].update(inputs={"a": 1}),
    ],
)
def test_graphs_of_another_form_are_refused(tmp_path: Path, change: Change) -> None:
    with pytest.raises(EdgeqError, match="it is no exported program"):
        copy_archive(archive(tmp_path / "m.pt2", change), tmp_path / "copy.pt2")


@pytest.mark.parametrize("content", [b"", b"\x80\x02cos\nsystem\n", b"PK\x03\x04broken"])
def test_files_of_another_kind_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "m.pt2").write_bytes(content)
    with pytest.raises(EdgeqError, match="it is no exported program"):
        copy_archive(tmp_path / "m.pt2", tmp_path / "copy.pt2")


def test_json_without_end_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "m.pt2", files={"models/model.json": b"[" * 100_000})
    with pytest.raises(EdgeqError, match="it is no exported program"):
        copy_archive(path, tmp_path / "copy.pt2")


def test_the_copy_holds_no_text_that_is_evaluated(tmp_path: Path) -> None:
    def spiked(document: Json) -> None:
        document["guards_code"] = [CODE]
        document["graph_module"]["metadata"] = {"custom": CODE}
        document["graph_module"]["module_call_graph"][1]["signature"] = {"in_spec": CODE}
        inner(document)["nodes"][0]["metadata"]["source_fn_stack"] = CODE

    path = archive(tmp_path / "m.pt2", spiked, files={"extra/evil": CODE.encode()})
    modules = copy_archive(path, tmp_path / "copy.pt2")
    assert modules == {"linear": "fc"}
    with zipfile.ZipFile(tmp_path / "copy.pt2") as copy:
        contents = {name: copy.read(name) for name in copy.namelist()}
    assert not [name for name, content in contents.items() if b"import" in content]
    assert contents["model/data/sample_inputs/model.pt"] == b""
    assert contents["model/data/weights/weight_0"] == bytes(24)
    nodes = inner(json.loads(contents["model/models/model.json"]))["nodes"]
    assert [n["target"] for n in nodes] == ["torch.ops.aten.linear.default"]

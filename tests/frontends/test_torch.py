"""PyTorch's exported programs through litert-torch, compared with PyTorch, to the compiled C."""

from __future__ import annotations

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

torch = pytest.importorskip("torch", reason='torch is not installed: pip install "edgeq[torch]"')
pytest.importorskip("litert_torch", reason='not installed: pip install "edgeq[torch]"')
pytestmark = pytest.mark.slow


def normal(seed: int, *shape: int) -> npt.NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def signal_network() -> Any:
    """Convolutions over time with batch norm between, and the steps flattened at the end."""
    torch.manual_seed(0)
    nn = torch.nn
    return nn.Sequential(
        nn.Conv1d(3, 8, 5, padding=2),
        nn.ReLU(),
        nn.Conv1d(8, 8, 3, padding=2, dilation=2),
        nn.BatchNorm1d(8),
        nn.ReLU(),
        nn.MaxPool1d(4),
        nn.Flatten(),
        nn.Linear(8 * 6, 4),
    )


def saved(model: Any, path: Path, *shape: int, **options: Any) -> Path:
    example = (torch.zeros(shape),)
    torch.export.save(torch.export.export(model, example, **options), path)
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(signal_network().eval(), tmp_path_factory.mktemp("torch") / "net.pt2", 1, 3, 24)


SAMPLES = Samples((normal(0, 40, 24, 3),))


def test_a_network_converts_and_every_byte_is_known(path: Path, tmp_path: Path) -> None:
    result = convert(path, SAMPLES, tmp_path / "net.tflite")
    (layout,) = result.layouts
    assert (layout.shape, layout.model) == ((1, 24, 3), (1, 3, 24))
    assert "TRANSPOSE" not in result.operators
    assert result.operators["FULLY_CONNECTED"] == 1
    assert result.operators["CONV_2D"] == 2
    assert "MUL" not in result.operators  # batch norm is folded, though it has channels first
    assert result.fidelity is not None
    assert result.fidelity.against == "PyTorch"
    assert result.fidelity.relative < 1e-5
    names = [tensor.name for tensor in read_tflite(result.float_model).main.tensors]
    assert len(set(names)) == len(names)
    # By the modules of PyTorch: the convolution with its norm, the ReLU behind it.
    assert any("2" in name.split(";") for name in names)
    data = SAMPLES.take(4).x
    assert edgeq.simulate(result.model, inputs=data, oracles=["tflite-runtime"]).exact
    assert edgeq.verify(result.model, inputs=data, targets=["host"]).ok


def test_the_truth_is_the_programs_own_and_the_layer_is_named(path: Path) -> None:
    loaded = load_float(path)
    assert loaded.source is not None
    signal = torch.from_numpy(SAMPLES.take(2).x.transpose(0, 2, 1).copy())
    with torch.no_grad():
        truth = signal_network().eval()(signal).numpy()
    np.testing.assert_allclose(loaded.source(SAMPLES.take(2))[0], truth, rtol=1e-5, atol=1e-5)
    said = r"as PyTorch does: .* first at layer '1', node 'relu' \(aten\.relu\.default\)"
    with pytest.raises(EdgeqError, match=said):
        check_fidelity(loaded.source, loaded.content, SAMPLES, "net.pt2", without_relu)


def test_a_model_in_training_is_refused(tmp_path: Path) -> None:
    saved(signal_network().train(), tmp_path / "m.pt2", 2, 3, 24)
    with pytest.raises(EdgeqError, match=r"num_batches_tracked as it runs — call model\.eval\(\)"):
        load_float(tmp_path / "m.pt2")


def test_open_and_larger_batches_are_refused(tmp_path: Path) -> None:
    batch = {"input": {0: torch.export.Dim("batch")}}
    saved(signal_network().eval(), tmp_path / "open.pt2", 2, 3, 24, dynamic_shapes=batch)
    with pytest.raises(EdgeqError, match="a size of it is open — export it with fixed shapes"):
        load_float(tmp_path / "open.pt2")
    saved(signal_network().eval(), tmp_path / "two.pt2", 2, 3, 24)
    with pytest.raises(EdgeqError, match=r"its input 'input' is \[2, 3, 24\]"):
        load_float(tmp_path / "two.pt2")


def test_control_flow_is_refused(tmp_path: Path) -> None:
    class Branches(torch.nn.Module):  # type: ignore[misc, name-defined]
        def forward(self, x: Any) -> Any:
            return torch.cond(x.sum() > 0, lambda y: y + 1, lambda y: y - 1, (x,))

    saved(Branches(), tmp_path / "m.pt2", 1, 4)
    with pytest.raises(EdgeqError, match=r"control flow|higher_order"):
        load_float(tmp_path / "m.pt2")

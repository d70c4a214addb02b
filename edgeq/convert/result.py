"""What `convert` gives: the integer model, and what a person wants to know of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields

from edgeq.convert.evaluate import Accuracy
from edgeq.convert.fidelity import Fidelity
from edgeq.frontends import Layout
from edgeq.graph import Graph, Model, Tensor
from edgeq.html import result_html
from edgeq.mixed.pareto_front import Point
from edgeq.quantize.input_affine_metadata import IntegerInput, integer_inputs
from edgeq.quantize.state_widths import StateWidth


@dataclass(frozen=True)
class TensorInfo:
    """An input or output as the integer model has it. quantized: of a real input, the integers that
    it becomes.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    scale: float | None
    zero_point: int | None
    quantized: IntegerInput | None = None


@dataclass(frozen=True)
class ConvertResult:
    """What `convert` made: the integer and the float .tflite as bytes, and what a person wants to
    know of them.

    layouts: of each input of a model from ONNX or PyTorch, how its data is arranged.
    states: what loops carry and variables keep, with the type that each got, and why.
    """

    output: str
    model: bytes = field(repr=False)
    float_model: bytes = field(repr=False)
    operators: Mapping[str, int]
    inputs: tuple[TensorInfo, ...]
    outputs: tuple[TensorInfo, ...]
    accuracy: Accuracy | None
    fidelity: Fidelity | None
    calibration_samples: int
    calibration_note: str
    labels: tuple[str, ...]
    warnings: tuple[str, ...]
    quantizer: str
    scheme: str
    calibrator: str
    front: tuple[Point, ...]
    point: int | None
    layouts: tuple[Layout, ...] = ()
    states: tuple[StateWidth, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The keys of CLI.md's `convert`, as plain values."""
        plain = {
            f.name: getattr(self, f.name)
            for f in fields(self)
            if f.name not in ("model", "float_model", "front")
        }
        own = {
            "inputs": [asdict(info) for info in self.inputs],
            "outputs": [asdict(info) for info in self.outputs],
            "accuracy": None if self.accuracy is None else asdict(self.accuracy),
            "fidelity": None if self.fidelity is None else asdict(self.fidelity),
            "front": [point.to_json() for point in self.front],
            "layouts": [asdict(layout) for layout in self.layouts],
            "states": [asdict(state) for state in self.states],
        }
        return plain | own | {"bytes": len(self.model), "float_bytes": len(self.float_model)}

    _repr_html_ = result_html


def operator_counts(model: Model) -> dict[str, int]:
    """Operator -> how often the model has it, by name."""
    return dict(sorted(Counter(op.kind for graph in model.graphs for op in graph.ops).items()))


def input_infos(model: Model) -> tuple[TensorInfo, ...]:
    """The inputs of the main graph, called as its signature calls them."""
    names = {t: name for s in model.signatures if s.graph == 0 for name, t in s.inputs}
    return _infos(model.main, model.main.inputs, names)


def output_infos(model: Model) -> tuple[TensorInfo, ...]:
    """The outputs of the main graph, called as its signature calls them."""
    names = {t: name for s in model.signatures if s.graph == 0 for name, t in s.outputs}
    return _infos(model.main, model.main.outputs, names)


def _infos(
    graph: Graph, tensors: Sequence[int], names: Mapping[int, str]
) -> tuple[TensorInfo, ...]:
    integers = {graph.inputs[position]: made for position, made in integer_inputs(graph).items()}
    return tuple(_info(graph.tensors[t], names.get(t), integers.get(t)) for t in tensors)


def _info(tensor: Tensor, name: str | None, integers: IntegerInput | None) -> TensorInfo:
    scale, zero_point = (tensor.scale, tensor.zero_point) if tensor.quantization else (None, None)
    return TensorInfo(name or tensor.name, tensor.shape, tensor.dtype, scale, zero_point, integers)

"""The command `convert`: a float model and calibration data in, a fully integer .tflite and its evidence out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from edgeq.convert.batch_norm import check_batch_norm
from edgeq.convert.evaluate import Accuracy, evaluate
from edgeq.convert.fidelity import Fidelity, warnings_of
from edgeq.convert.make_integers import QUANTIZERS, Made, make_integers
from edgeq.convert.named_classes import named_classes, with_classes_written
from edgeq.convert.to_float import FloatModel, load_float
from edgeq.data import LoadOptions, Samples, as_samples, check_range, input_specs, with_classes
from edgeq.errors import EdgeqError
from edgeq.files import check_output, read_names, write_whole
from edgeq.graph import Graph, Tensor, read_tflite, write_tflite
from edgeq.mixed.budget import MODEST, Budget
from edgeq.mixed.front import Point
from edgeq.quantize.apart import apart
from edgeq.quantize.input_affine import Integers, input_integers
from edgeq.quantize.judge import judge
from edgeq.quantize.losses import output_losses, part_losses
from edgeq.quantize.match import beside
from edgeq.quantize.options import Options
from edgeq.quantize.progress import Progress

OUTPUTS = ("together", "apart")


@dataclass(frozen=True)
class TensorInfo:
    """An input or output as the integer model has it. quantized: of a real input, the integers that it becomes."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    scale: float | None
    zero_point: int | None
    quantized: Integers | None = None


@dataclass(frozen=True)
class ConvertResult:
    """What `convert` made: the integer and the float .tflite as bytes, and what a person wants to know of them."""

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

    def to_json(self) -> dict[str, object]:
        """The keys of CLI.md's `convert`, as plain values."""
        plain = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("model", "float_model", "front")}
        own = {
            "inputs": [asdict(info) for info in self.inputs],
            "outputs": [asdict(info) for info in self.outputs],
            "accuracy": None if self.accuracy is None else asdict(self.accuracy),
            "fidelity": None if self.fidelity is None else asdict(self.fidelity),
            "front": [point.to_json() for point in self.front],
        }
        return plain | own | {"bytes": len(self.model), "float_bytes": len(self.float_model)}


def convert(
    model: Any,
    calibration: str | Samples | None = None,
    output: str | Path | None = None,
    *,
    quantizer: str = "edgeq",
    quantization: Options | None = None,
    budget: Budget | None = None,
    labels: str | Path | None = None,
    evaluation: str | Samples | None = None,
    custom: Sequence[str] = (),
    options: LoadOptions | None = None,
    metric: str | None = None,
    outputs: str = "together",
    progress: Progress | None = None,
) -> ConvertResult:
    """Converts a .keras, .h5, SavedModel or float .tflite into a fully integer .tflite with a batch of 1.

    model: its path, or a Keras model. One from `quantize_aware` becomes exactly the integers that it was trained as:
    its ranges and steps are its own, and calibration is not needed.

    quantizer: edgeq, or tensorflow for its own post-training quantizer. quantization: how edgeq quantizes, int8 weights
    and activations with all choices made by measurement if None. budget: of the scheme "mixed".

    calibration, evaluation: samples, or a source that `load_samples` reads with `options`. output: where to write
    the file, whole or not at all; None writes nothing. labels: a text file with one class name a line, in the order of
    the outputs, which travels in the model's metadata; else text labels of the calibration data, in sorted order, serve
    as well, unless the model's answers contradict that order. metric: as in `edgeq.metrics`, chosen by the
    data if None. outputs: together as the model has them, or apart: parts that it joins at its end become outputs of
    their own, each with a scale of its own. Raises EdgeqError and its children, each in one line.
    """
    if quantizer not in QUANTIZERS:
        raise EdgeqError(f"quantizer {quantizer!r}", "it is not known", f"choose {', '.join(QUANTIZERS)}")
    if output is not None:
        check_output(Path(output), ".tflite", (model, calibration, evaluation, labels, *custom))
    whole = load_float(model, custom)
    loaded = _with_outputs(whole, outputs)
    if loaded.quantizing is None and calibration is None:
        why = "the ranges of activations come from samples of the model's inputs"
        raise EdgeqError("no calibration data", why, "give some by --calibration DATA")
    real = read_tflite(loaded.content)
    specs = input_specs(real)
    stated = read_names(Path(labels), "labels") if labels else ()
    reading = with_classes(replace(options or LoadOptions(), classes=stated) if stated else options, real)
    samples, tested = (None if source is None else as_samples(source, specs, reading)
                       for source in (calibration, evaluation))  # fmt: skip
    fidelity = None if samples is None else whole.check(samples)
    named = named_classes(loaded, samples, tested, reading.classes, metric)
    samples, tested = named.calibration, named.evaluation
    warnings = [*([] if samples is None else _warnings(loaded, samples)), *named.notes]
    warnings += [] if fidelity is None else warnings_of(fidelity)
    made = make_integers(loaded, samples, quantizer, quantization or Options(), budget, tested, progress)
    if samples is not None:
        warnings += _losses(loaded.content, made.content, samples, warnings)
    warnings += _beyond_modest(made, budget)
    content = with_classes_written(made.content, named.classes)
    accuracy = None if tested is None else evaluate(loaded.outputs(tested), content, tested, metric)
    if output is not None:
        write_whole(Path(output), content)
    result = read_tflite(content)
    names = [s for s in result.signatures if s.graph == 0]
    return ConvertResult(
        "" if output is None else str(output), content, loaded.content,
        dict(sorted(Counter(op.kind for graph in result.graphs for op in graph.ops).items())),
        _infos(result.main, result.main.inputs, dict(entry for s in names for entry in s.inputs)),
        _infos(result.main, result.main.outputs, dict(entry for s in names for entry in s.outputs)), accuracy, fidelity,
        calibration_samples=0 if samples is None else samples.count,
        calibration_note="" if samples is None else _note(samples),
        labels=named.classes, warnings=tuple(warnings), quantizer=quantizer, scheme=made.scheme,
        calibrator=made.calibrator, front=made.front, point=made.point,
    )  # fmt: skip


def _with_outputs(loaded: FloatModel, outputs: str) -> FloatModel:
    if outputs not in OUTPUTS:
        raise EdgeqError(f"outputs {outputs!r}", "it is not known", f"choose {', '.join(OUTPUTS)}")
    if outputs == "together":
        return loaded
    if loaded.quantizing is not None:
        why = "the model was trained for integers with its outputs joined"
        raise EdgeqError("--outputs apart", why, "train one that has the parts as outputs of its own")
    return replace(loaded, content=write_tflite(apart(read_tflite(loaded.content))), source=None)


def _warnings(loaded: FloatModel, samples: Samples) -> list[str]:
    """What makes the samples look unlike those that the model was made for."""
    warnings = check_range(samples, loaded.content)
    return warnings or ([] if loaded.keras is None else check_batch_norm(loaded.keras, samples))


def _note(samples: Samples) -> str:
    return f"{samples.origin}: {'; '.join(filter(None, (samples.note, samples.choices)))}"


def _losses(float_model: bytes, made: bytes, samples: Samples, before: Sequence[str]) -> list[str]:
    """What quantization left too little of; of outputs only if no warnings before put the samples in doubt."""
    pair = beside(read_tflite(float_model), read_tflite(made))
    judged = judge(pair, samples)
    return [*part_losses(judged, pair.exact), *(() if before else output_losses(judged, pair.exact))]


def _beyond_modest(made: Made, budget: Budget | None) -> list[str]:
    """That mixed precision which nobody gave a budget loses more than it would by itself."""
    if made.point is None or budget not in (None, Budget()):
        return []
    loss = made.front[made.point].costs.accuracy_loss
    if loss <= (MODEST.accuracy_loss or 0):
        return []
    return [
        f"no mix of widths loses {MODEST.accuracy_loss} points or less; the one of least error, taken, loses {loss:.2f}"
    ]


def _infos(graph: Graph, tensors: Sequence[int], named: Mapping[str, int]) -> tuple[TensorInfo, ...]:
    """Inputs or outputs of a graph. named: what a signature calls them."""
    names = {t: name for name, t in named.items()}
    integers = {graph.inputs[position]: made for position, made in input_integers(graph).items()}
    return tuple(_info(graph.tensors[t], names.get(t), integers.get(t)) for t in tensors)


def _info(tensor: Tensor, name: str | None, integers: Integers | None) -> TensorInfo:
    scale, zero_point = (tensor.scale, tensor.zero_point) if tensor.quantization else (None, None)
    return TensorInfo(name or tensor.name, tensor.shape, tensor.dtype, scale, zero_point, integers)

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
from edgeq.convert.named_classes import named_classes
from edgeq.convert.quantize import quantize_with_tensorflow
from edgeq.convert.to_float import FloatModel, load_float
from edgeq.data import LoadOptions, Samples, as_samples, check_range, input_specs, with_classes
from edgeq.errors import EdgeqError
from edgeq.files import read_names, write_whole
from edgeq.graph import Model, Tensor, read_tflite, write_tflite
from edgeq.graph.model import LABELS
from edgeq.mixed.budget import MODEST, Budget
from edgeq.mixed.front import Point
from edgeq.mixed.mixed import quantize_mixed
from edgeq.quantize.apart import apart
from edgeq.quantize.assemble import assemble
from edgeq.quantize.input_affine import Integers, input_integers
from edgeq.quantize.judge import judge
from edgeq.quantize.losses import output_losses, part_losses
from edgeq.quantize.match import beside
from edgeq.quantize.options import Options
from edgeq.quantize.progress import Progress
from edgeq.quantize.quantize import content as written
from edgeq.quantize.quantize import quantize
from edgeq.quantize.state import Quantizing

QUANTIZERS = ("edgeq", "tensorflow")
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
    whole = load_float(model, custom)
    loaded = _with_outputs(whole, outputs)
    float_model = loaded.content
    if loaded.quantizing is None and calibration is None:
        raise EdgeqError("calibration", "ranges of activations come from it", "give samples as the model will see them")
    real = read_tflite(float_model)
    specs = input_specs(real)
    reading = with_classes(options, _labels(labels, real) if labels else real.labels)
    samples = None if calibration is None else as_samples(calibration, specs, reading)
    tested = None if evaluation is None else as_samples(evaluation, specs, reading)
    fidelity = None if samples is None else whole.check(samples)
    chosen = quantization or Options()
    named = named_classes(loaded, samples, tested, reading.classes, metric)
    samples, tested = named.calibration, named.evaluation
    warnings = [*([] if samples is None else _warnings(loaded, samples)), *named.notes]
    warnings += [] if fidelity is None else warnings_of(fidelity)
    made = _quantized(loaded, samples, quantizer, chosen, budget, tested, progress)
    if samples is not None:
        warnings += _losses(float_model, made.content, samples, unlike=bool(warnings))
    warnings += _beyond_modest(made, budget)
    content = _with_labels(made.content, named.classes) if named.classes else made.content
    accuracy = None if tested is None else evaluate(loaded.outputs(tested), content, tested, metric)
    if output is not None:
        write_whole(Path(output), content)
    result = read_tflite(content)
    return ConvertResult(
        "" if output is None else str(output), content, float_model,
        dict(sorted(Counter(op.kind for graph in result.graphs for op in graph.ops).items())),
        _infos(result, inputs=True), _infos(result, inputs=False), accuracy, fidelity,
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


def _losses(float_model: bytes, made: bytes, samples: Samples, unlike: bool) -> list[str]:
    """What quantization left too little of; outputs tell nothing where the samples are unlike the model's own."""
    pair = beside(read_tflite(float_model), read_tflite(made))
    judged = judge(pair, samples)
    return [*part_losses(judged, pair.exact), *(() if unlike else output_losses(judged, pair.exact))]


def _beyond_modest(made: _Made, budget: Budget | None) -> list[str]:
    """That mixed precision which nobody gave a budget loses more than it would by itself."""
    if made.point is None or budget not in (None, Budget()):
        return []
    loss = made.front[made.point].costs.accuracy_loss
    if loss <= (MODEST.accuracy_loss or 0):
        return []
    return [
        f"no mix of widths loses {MODEST.accuracy_loss} points or less; the one of least error, taken, loses {loss:.2f}"
    ]


@dataclass(frozen=True)
class _Made:
    """What a quantizer gave: the file, its scheme, what set its ranges, and of mixed precision the front."""

    content: bytes = field(repr=False)
    scheme: str
    calibrator: str
    front: tuple[Point, ...] = ()
    point: int | None = None


def _quantized(loaded: FloatModel, samples: Samples | None, quantizer: str, chosen: Options, budget: Budget | None,
               tested: Samples | None, progress: Progress | None) -> _Made:  # fmt: skip
    if budget not in (None, Budget()) and chosen.scheme != "mixed":
        raise EdgeqError("a budget", f"scheme {chosen.scheme} has one width for all layers", "use --scheme mixed")
    if loaded.quantizing is not None:
        return _trained(loaded.quantizing, quantizer, chosen)
    assert samples is not None
    if quantizer == "tensorflow":
        if chosen != Options():
            why = "it has no choice of scheme, calibrator or rounding"
            raise EdgeqError(f"quantizer {quantizer!r}", why, "leave those options out, or use --quantizer edgeq")
        return _Made(quantize_with_tensorflow(loaded.content, samples), "int8", "min-max")
    if chosen.scheme == "mixed":
        mixed = quantize_mixed(loaded.content, samples, chosen, budget or Budget(), tested, progress)
        return _Made(mixed.quantized.content, "mixed", mixed.quantized.calibrator, mixed.front, mixed.point)
    result = quantize(loaded.content, samples, chosen, progress)
    return _Made(result.content, chosen.scheme, result.calibrator)


def _trained(state: Quantizing, quantizer: str, chosen: Options) -> _Made:
    """The integers that a quantization-aware model was trained as."""
    if quantizer != "edgeq" or chosen != Options():
        why = "it was trained with its own ranges and widths"
        raise EdgeqError("the quantization-aware model", why, "leave the options of quantization out")
    narrow = any(w.bits <= 4 for w in state.weights.values())
    scheme = "int16x8" if state.dtypes else "int4" if narrow else "int8"
    return _Made(written(assemble(state)), scheme, "training")


def _infos(model: Model, *, inputs: bool) -> tuple[TensorInfo, ...]:
    named = {i: n for s in model.signatures if s.graph == 0 for n, i in (s.inputs if inputs else s.outputs)}
    indices = model.main.inputs if inputs else model.main.outputs
    made = input_integers(model.main) if inputs else {}
    infos = (_info(model.main.tensors[index], named.get(index)) for index in indices)
    return tuple(replace(info, quantized=made.get(position)) for position, info in enumerate(infos))


def _info(tensor: Tensor, name: str | None) -> TensorInfo:
    scale, zero_point = (tensor.scale, tensor.zero_point) if tensor.quantization else (None, None)
    return TensorInfo(name or tensor.name, tensor.shape, tensor.dtype, scale, zero_point)


def _labels(path: str | Path, model: Model) -> tuple[str, ...]:
    names = read_names(Path(path), "labels")
    classes = model.main.tensors[model.main.outputs[0]].shape[-1:]
    if classes != (len(names),) and not (classes == (1,) and len(names) == 2):
        why = (
            f"it has {len(names)} names, the model's output is {list(model.main.tensors[model.main.outputs[0]].shape)}"
        )
        raise EdgeqError(f"labels {path}", why, "give one class name a line, in the order of the outputs")
    return names


def _with_labels(content: bytes, names: Sequence[str]) -> bytes:
    model = read_tflite(content)
    others = tuple(entry for entry in model.metadata if entry[0] != LABELS)
    return write_tflite(replace(model, metadata=(*others, (LABELS, "\n".join(names).encode()))))

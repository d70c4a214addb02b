"""The command `convert`: a float model and calibration data in, a fully integer .tflite and its evidence out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from edgeq.convert.batch_norm import check_batch_norm
from edgeq.convert.evaluate import Accuracy, evaluate
from edgeq.convert.quantize import quantize_with_tensorflow
from edgeq.convert.to_float import load_float
from edgeq.data import LoadOptions, Samples, check_range, input_specs, load_samples
from edgeq.errors import EdgeqError
from edgeq.files import read_names, write_whole
from edgeq.graph import Model, Tensor, read_tflite, write_tflite
from edgeq.graph.model import LABELS
from edgeq.quantize.options import Options
from edgeq.quantize.quantize import Progress, quantize

QUANTIZERS = ("edgeq", "tensorflow")


@dataclass(frozen=True)
class TensorInfo:
    """An input or output as the integer model has it."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    scale: float | None
    zero_point: int | None


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
    calibration_samples: int
    calibration_note: str
    labels: tuple[str, ...]
    warnings: tuple[str, ...]
    quantizer: str = "tensorflow"
    scheme: str = "int8"
    calibrator: str = "min-max"

    def to_json(self) -> dict[str, object]:
        """The keys of CLI.md's `convert`, as plain values."""
        plain = {key: value for key, value in asdict(self).items() if key not in ("model", "float_model")}
        return plain | {"bytes": len(self.model), "float_bytes": len(self.float_model)}


def convert(
    model: str | Path,
    calibration: str | Samples,
    output: str | Path | None = None,
    *,
    quantizer: str = "edgeq",
    quantization: Options | None = None,
    labels: str | Path | None = None,
    evaluation: str | Samples | None = None,
    custom: Sequence[str] = (),
    options: LoadOptions | None = None,
    metric: str | None = None,
    progress: Progress | None = None,
) -> ConvertResult:
    """Converts a .keras, .h5, SavedModel or float .tflite into a fully integer .tflite with a batch of 1.

    quantizer: edgeq, or tensorflow for its own post-training quantizer. quantization: how edgeq quantizes, int8 weights
    and activations with all choices made by measurement if None.

    calibration, evaluation: samples, or a source that `load_samples` reads with `options`. output: where to write
    the file, whole or not at all; None writes nothing. labels: a text file with one class name a line, which travels
    in the model's metadata; classes of an image folder serve as well. metric: as in `edgeq.metrics`, chosen by the
    data if None. Raises EdgeqError and its children, each in one line.
    """
    if quantizer not in QUANTIZERS:
        raise EdgeqError(f"quantizer {quantizer!r}", "it is not known", f"choose {', '.join(QUANTIZERS)}")
    loaded = load_float(Path(model), custom)
    float_model = loaded.content
    samples = _samples(calibration, read_tflite(float_model), options)
    tested = None if evaluation is None else _samples(evaluation, read_tflite(float_model), options)
    warnings = check_range(samples, float_model)
    if not warnings and loaded.keras is not None:
        warnings = check_batch_norm(loaded.keras, samples)
    chosen = quantization or Options()
    content, calibrator = _quantized(float_model, samples, quantizer, chosen, progress)
    names = _labels(labels, read_tflite(content)) if labels else samples.classes
    if names:
        content = _with_labels(content, names)
    accuracy = None if tested is None else evaluate(float_model, content, tested, metric)
    if output is not None:
        write_whole(Path(output), content)
    result = read_tflite(content)
    return ConvertResult(
        output="" if output is None else str(output),
        model=content,
        float_model=float_model,
        operators=dict(sorted(Counter(op.kind for graph in result.graphs for op in graph.ops).items())),
        inputs=_infos(result, inputs=True),
        outputs=_infos(result, inputs=False),
        accuracy=accuracy,
        calibration_samples=samples.count,
        calibration_note=f"{samples.origin}: {samples.note}",
        labels=names,
        warnings=tuple(warnings),
        quantizer=quantizer,
        scheme=chosen.scheme,
        calibrator=calibrator,
    )


def _quantized(model: bytes, samples: Samples, quantizer: str, scheme: Options,
               progress: Progress | None) -> tuple[bytes, str]:  # fmt: skip
    """The integer .tflite, and the calibrator that set its ranges."""
    if quantizer == "edgeq":
        result = quantize(model, samples, scheme, progress)
        return result.content, result.calibrator
    if scheme != Options():
        why = "it has no choice of scheme, calibrator or rounding"
        raise EdgeqError(f"quantizer {quantizer!r}", why, "leave those options out, or use --quantizer edgeq")
    return quantize_with_tensorflow(model, samples), "min-max"


def _samples(source: str | Samples, model: Model, options: LoadOptions | None) -> Samples:
    return source if isinstance(source, Samples) else load_samples(source, input_specs(model), options)


def _infos(model: Model, *, inputs: bool) -> tuple[TensorInfo, ...]:
    named = {i: n for s in model.signatures if s.graph == 0 for n, i in (s.inputs if inputs else s.outputs)}
    indices = model.main.inputs if inputs else model.main.outputs
    return tuple(_info(model.main.tensors[index], named.get(index)) for index in indices)


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

"""`quantize_aware`: a float model in, a Keras model out whose training knows the integer model that it will become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from edgeq.convert.to_float import load_float
from edgeq.data import LoadOptions, Samples, input_specs, load_samples
from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Model, read_tflite
from edgeq.qat.names import Origin, layer_names, origins
from edgeq.quantize.assemble import assemble
from edgeq.quantize.groups import shared
from edgeq.quantize.nearest import round_to_nearest
from edgeq.quantize.observe import observe
from edgeq.quantize.prepare import prepare
from edgeq.quantize.ranges import calibrators
from edgeq.quantize.reconstruct import reconstruct
from edgeq.quantize.state import Quantizing, is_activation, replace_main

Data = Samples | str | npt.NDArray[np.generic] | Sequence[npt.NDArray[np.generic]]
DTYPES = {8: "int8", 16: "int16"}
ROUNDINGS = ("second-order", "nearest")
CHECKED = 4  # samples


def quantize_aware(
    model: Any,
    *,
    weight_bits: int = 8,
    activation_bits: int = 8,
    per_channel: bool = True,
    learned_steps: bool = False,
    calibration: Data | None = None,
    calibrator: str = "min-max",
    track: bool = True,
    rounding: str = "second-order",
    layers: Mapping[str, int] | None = None,
    custom: Sequence[str] = (),
) -> Any:
    """A Keras 3 model of the same inputs and outputs, to be trained by `compile` and `fit`, saved and loaded as any.

    It computes what the integer model will: weights and activations are quantized and dequantized where the integer
    operators do it. In inference it rounds as TFLite's reference kernels do, so that its accuracy is the integer
    model's. Batch normalization is folded with its moving statistics, as the converter does, and the folded weights
    are trained; layers that act in training alone, such as Dropout, are gone.

    model: a Keras model, or the path of anything that `convert` reads. weight_bits: 2 to 8, symmetric, of all layers
    but those in `layers`, by Keras's name. per_channel: a scale for each output channel. activation_bits: 8 (affine)
    or 16. calibration: samples, a source that `load_samples` reads, or arrays, from which ranges start by
    `calibrator`, one of `quantize.ranges.calibrators`; without them by the first batch trained on. track: ranges
    follow the batches by moving average in training, else they stay. learned_steps: scales are trained instead
    (LSQ, Esser et al. 2020); this needs calibration. rounding: how the weights start, nearest, or second-order as
    `convert` rounds them, for which calibration is needed. custom: as in `convert`.

    Gradients pass roundings straight through, and are 0 where values saturate (Bengio et al. 2013). The first layers
    frozen in the Keras model are frozen here. Raises EdgeqError and its children, in one line.
    """
    _check_bits(weight_bits, activation_bits, layers or {})
    if rounding not in ROUNDINGS:
        raise EdgeqError(f"rounding {rounding!r}", "it is not known", f"choose {', '.join(ROUNDINGS)}")
    loaded = load_float(model, custom)
    float_model = prepared(loaded.content)
    samples = None if calibration is None else _samples(calibration, float_model)
    if learned_steps and samples is None:
        raise EdgeqError("learned_steps", "scales are learned from where calibration starts them", "give calibration")
    known = origins(loaded.keras, float_model.main)
    names = layer_names(float_model.main, known)
    state = _start(float_model, samples, calibrator, DTYPES[activation_bits])
    bits = _bits(float_model.main, weight_bits, layers or {}, names, known)
    state = round_to_nearest(state, bits, per_channel)
    if samples is not None and rounding == "second-order":
        state = reconstruct(state, samples)
    return _built(state, samples, names, known, learned_steps, track)


def _built(state: Quantizing, samples: Samples | None, names: Mapping[int, str], known: Mapping[int, Origin],
           learned: bool, track: bool) -> Any:  # fmt: skip
    from edgeq.trainable.build import build
    from edgeq.trainable.check import check

    assemble(state)  # so that what has no integer arithmetic is named before training, not after
    check(state.model, _few(samples, state.graph))
    made = build(state, names, learned, track)
    for index, origin in known.items():
        made.get_layer(names[index]).trainable = origin.trainable
    return made


def _check_bits(weight_bits: int, activation_bits: int, layers: Mapping[str, int]) -> None:
    for what, bits in (("weight_bits", weight_bits), *((f"layers[{name!r}]", b) for name, b in layers.items())):
        if isinstance(bits, bool) or not isinstance(bits, int) or not 2 <= bits <= 8:
            raise EdgeqError(f"{what}={bits!r}", "weights have 2 to 8 bits", "give a whole number from 2 to 8")
    if activation_bits not in DTYPES:
        raise EdgeqError(f"activation_bits={activation_bits!r}", "activations are int8 or int16", "give 8 or 16")


def prepared(content: bytes) -> Model:
    """The float model as it is trained, batch norm folded, tensors numbered as there."""
    return _named(prepare(read_tflite(content)))


def _named(model: Model) -> Model:
    """The model with inputs and outputs called as its signature calls them."""
    tensors = list(model.main.tensors)
    for signature in model.signatures:
        for name, t in (*signature.inputs, *signature.outputs) if signature.graph == 0 else ():
            tensors[t] = replace(tensors[t], name=name)
    return replace_main(model, replace(model.main, tensors=tuple(tensors)))


def _samples(data: Data, model: Model, options: LoadOptions | None = None) -> Samples:
    specs = input_specs(model)
    if isinstance(data, Samples):
        return data
    if isinstance(data, str):
        return load_samples(data, specs, options)
    arrays = [data] if isinstance(data, np.ndarray) else list(data)
    if [a.shape[1:] for a in arrays] != [s.sample_shape for s in specs]:
        wanted, shapes = [list(s.sample_shape) for s in specs], [list(a.shape) for a in arrays]
        raise EdgeqError(f"calibration arrays {shapes}", f"a sample is {wanted}", "give [samples, *sample shape]")
    return Samples(tuple(a.astype(s.dtype) for a, s in zip(arrays, specs, strict=True)))


def _few(samples: Samples | None, graph: Graph) -> list[npt.NDArray[np.generic]]:
    if samples is not None:
        return list(samples.spread(CHECKED).inputs)
    generator = np.random.default_rng(0)
    tensors = [graph.tensors[t] for t in graph.inputs]
    return [generator.uniform(0, 1, (CHECKED, *x.shape[1:])).astype(x.dtype) for x in tensors]


def _start(model: Model, samples: Samples | None, calibrator: str, dtype: str) -> Quantizing:
    """Ranges by calibration, if there is some."""
    known = calibrators(2**16 if dtype == "int16" else 2**8)
    if calibrator not in known:
        raise EdgeqError(f"calibrator {calibrator!r}", "it is not known", f"choose {', '.join(known)}")
    dtypes = {t: dtype for t, x in enumerate(model.main.tensors) if is_activation(x)} if dtype != "int8" else {}
    if samples is None:
        return Quantizing(model, dtypes=dtypes)
    ranges = {t: known[calibrator](seen) for t, seen in observe(model, samples).items()}
    return Quantizing(model, shared(model.main, ranges), dtypes=dtypes)


def _bits(graph: Graph, bits: int, wanted: Mapping[str, int], names: Mapping[int, str],
          known: Mapping[int, Origin]) -> dict[int, int]:  # fmt: skip
    """The width of each operator's weights. EdgeqError for a name that no weighted layer has."""
    from edgeq.quantize.state import layers

    found = {layer.index: bits for layer in layers(graph)}
    called = {index: {names[index], known[index].layer if index in known else ""} for index in found}
    for name, width in wanted.items():
        matching = [index for index, both in called.items() if name in both]
        if not matching:
            have = ", ".join(sorted({names[index] for index in found}))
            raise EdgeqError(f"layer {name!r}", "no layer with weights has this name", f"choose from {have}")
        found |= dict.fromkeys(matching, width)
    return found

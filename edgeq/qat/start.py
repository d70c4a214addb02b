"""A float model with its quantization in place, as training starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from edgeq.data import Samples
from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Model, read_tflite
from edgeq.qat.names import Origin, layer_names, origins
from edgeq.quantize.assemble import assemble
from edgeq.quantize.front import with_fronts
from edgeq.quantize.groups import shared
from edgeq.quantize.nearest import round_to_nearest
from edgeq.quantize.observe import observe
from edgeq.quantize.options import Options
from edgeq.quantize.pools import as_means, global_pools
from edgeq.quantize.prepare import prepare
from edgeq.quantize.ranges import calibrators
from edgeq.quantize.reconstruct import reconstruct
from edgeq.quantize.state import Quantizing, is_activation, layers, replace_main

if TYPE_CHECKING:
    from edgeq.trainable.build import Built

DTYPES = {8: "int8", 16: "int16"}
ROUNDINGS = ("second-order", "nearest")
CHECKED = 4  # samples


@dataclass(frozen=True)
class Choices:
    """How a model is quantized while it is trained: the arguments of `quantize_aware` that say so, checked."""

    weight_bits: int = 8
    activation_bits: int = 8
    per_channel: bool = True
    learned_steps: bool = False
    calibrator: str = "min-max"
    track: bool = True
    rounding: str = "second-order"
    layers: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        widths = (("weight_bits", self.weight_bits), *((f"layers[{name!r}]", b) for name, b in self.layers.items()))
        for what, bits in widths:
            if isinstance(bits, bool) or not isinstance(bits, int) or not 2 <= bits <= 8:
                raise EdgeqError(f"{what}={bits!r}", "weights have 2 to 8 bits", "give a whole number from 2 to 8")
        if self.activation_bits not in DTYPES:
            raise EdgeqError(
                f"activation_bits={self.activation_bits!r}", "activations are int8 or int16", "give 8 or 16"
            )
        for what, value, known in (("rounding", self.rounding, ROUNDINGS),
                                   ("calibrator", self.calibrator, calibrators(self.levels))):  # fmt: skip
            if value not in known:
                raise EdgeqError(f"{what} {value!r}", "it is not known", f"choose {', '.join(known)}")

    @property
    def options(self) -> Options:
        """The options of `edgeq.quantize` with these widths and scales."""
        return Options(scheme={8: "int8", 16: "int16x8"}[self.activation_bits], per_channel=self.per_channel)

    @property
    def levels(self) -> int:
        """How many values an activation has."""
        return int(2**self.activation_bits)


def prepared(content: bytes, choices: Choices) -> Model:
    """The float model as it is trained: batch norm folded, global pooling of 8 bits as means, inputs and outputs called
    as its signature calls them."""
    model = prepare(read_tflite(content))
    if choices.activation_bits == 8:
        model = as_means(model, global_pools(model.main))
    tensors = list(model.main.tensors)
    for signature in model.signatures:
        for name, t in (*signature.inputs, *signature.outputs) if signature.graph == 0 else ():
            tensors[t] = replace(tensors[t], name=name)
    return replace_main(model, replace(model.main, tensors=tuple(tensors)))


def start(keras_model: Any, float_model: Model, samples: Samples | None, choices: Choices) -> Built:
    """The trainable model of a float model from `prepared`.

    keras_model: where that came from, which names and freezes layers; None if from no Keras model. samples: for
    calibration, if there are some. Raises EdgeqError and its children for what cannot be trained, before it is.
    """
    from edgeq.trainable.build import build
    from edgeq.trainable.check import check

    started = Quantizing(float_model) if samples is None else with_fronts(float_model, samples, choices.options)
    graph = started.graph
    known = _moved(origins(keras_model, float_model.main), float_model.main, graph)
    names = layer_names(graph, known)
    bits = _bits(graph, choices, names, known)
    state = round_to_nearest(_calibrated(started, samples, choices), bits, choices.per_channel)
    if samples is not None and choices.rounding == "second-order":
        state = reconstruct(state, samples)
    assemble(state)  # so that what has no integer arithmetic is named before training, not after
    check(state.model, _few(samples, state.graph))
    built = build(state, names, choices.learned_steps, choices.track)
    for index, origin in known.items():
        built.model.get_layer(names[index]).trainable = origin.trainable
    return replace(built, exact=started.model)


def _moved(known: Mapping[int, Origin], before: Graph, after: Graph) -> dict[int, Origin]:
    """The origins of operators by their place in another graph, where they compute the same tensors."""
    places = {op.outputs: index for index, op in enumerate(after.ops)}
    return {places[before.ops[index].outputs]: origin for index, origin in known.items()}


def _few(samples: Samples | None, graph: Graph) -> list[npt.NDArray[np.generic]]:
    if samples is not None:
        return list(samples.spread(CHECKED).inputs)
    generator = np.random.default_rng(0)
    tensors = [graph.tensors[t] for t in graph.inputs]
    return [generator.uniform(0, 1, (CHECKED, *x.shape[1:])).astype(x.dtype) for x in tensors]


def _calibrated(started: Quantizing, samples: Samples | None, choices: Choices) -> Quantizing:
    """Ranges by calibration, if there is some."""
    dtype, graph = DTYPES[choices.activation_bits], started.graph
    dtypes = {t: dtype for t, x in enumerate(graph.tensors) if is_activation(x)} if dtype != "int8" else {}
    state = replace(started, dtypes={**dtypes, **started.dtypes})
    if samples is None:
        return state
    calibrate = calibrators(choices.levels)[choices.calibrator]
    return state.with_ranges(shared(graph, {t: calibrate(seen) for t, seen in observe(state.model, samples).items()}))


def _bits(graph: Graph, choices: Choices, names: Mapping[int, str], known: Mapping[int, Origin]) -> dict[int, int]:
    """The width of each operator's weights. EdgeqError for a name that no weighted layer has."""
    found = {layer.index: choices.weight_bits for layer in layers(graph)}
    called = {index: {names[index], known[index].layer if index in known else ""} for index in found}
    for name, width in choices.layers.items():
        matching = [index for index, both in called.items() if name in both]
        if not matching:
            have = ", ".join(sorted({names[index] for index in found}))
            raise EdgeqError(f"layer {name!r}", "no layer with weights has this name", f"choose from {have}")
        found |= dict.fromkeys(matching, width)
    return found

"""The initial quantization-aware model of a float model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from edgeq.data import Samples
from edgeq.errors import EdgeqError, UnsupportedError, shown
from edgeq.graph import Graph, Model, read_tflite
from edgeq.qat.layer_origins import Origin, layer_names, origins
from edgeq.quantize.assemble import assemble
from edgeq.quantize.batch_norm_folding import fold_batch_norm
from edgeq.quantize.calibrators import calibrators
from edgeq.quantize.nearest_rounding import round_to_nearest
from edgeq.quantize.observe import observe
from edgeq.quantize.options import Options
from edgeq.quantize.pool_to_mean import global_pools, pools_to_means
from edgeq.quantize.quantization_state import QuantizationState, is_activation, layers, replace_main
from edgeq.quantize.real_inputs import with_real_inputs
from edgeq.quantize.reconstruct import reconstruct
from edgeq.quantize.scale_groups import unify_ranges
from edgeq.quantize.schemes import scheme_of

if TYPE_CHECKING:
    from edgeq.trainable.build import TrainableModel

DTYPES = {8: "int8", 16: "int16"}
ROUNDINGS = ("second-order", "nearest")
CHECKED = 4  # samples on which the trainable model is compared with the .tflite


@dataclass(frozen=True)
class QatOptions:
    """The quantization options of `quantize_aware`, validated. Raises EdgeqError for invalid ones."""

    weight_bits: int = 8
    activation_bits: int = 8
    per_channel: bool = True
    learned_steps: bool = False
    calibrator: str = "min-max"
    track: bool = True
    rounding: str = "second-order"
    layers: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        widths = (
            ("weight_bits", self.weight_bits),
            *((f"layers[{name!r}]", b) for name, b in self.layers.items()),
        )
        for what, bits in widths:
            if isinstance(bits, bool) or not isinstance(bits, int) or not 2 <= bits <= 8:
                raise EdgeqError(
                    f"{what}={bits!r}",
                    "weights have 2 to 8 bits",
                    "give a whole number from 2 to 8",
                )
        if self.activation_bits not in DTYPES:
            raise EdgeqError(
                f"activation_bits={self.activation_bits!r}",
                "activations are int8 or int16",
                "give 8 or 16",
            )
        for what, value, known in (
            ("rounding", self.rounding, ROUNDINGS),
            ("calibrator", self.calibrator, calibrators(self.levels)),
        ):
            if value not in known:
                raise EdgeqError(
                    f"{what} {value!r}", "it is not known", f"choose {', '.join(known)}"
                )

    @property
    def options(self) -> Options:
        """The corresponding `edgeq.quantize` options."""
        scheme = scheme_of(DTYPES[self.activation_bits], weight_bits=8)
        return Options(scheme=scheme.name, per_channel=self.per_channel)

    @property
    def levels(self) -> int:
        """Number of quantized values of an activation."""
        return int(2**self.activation_bits)


def prepare_float_model(content: bytes, choices: QatOptions) -> Model:
    """The float model as it is trained: batch norm folded, global average pooling as MEAN for 8-bit
    activations, inputs and outputs named as in the signature.

    content: a float .tflite. Raises UnsupportedError for a model with state.
    """
    model = fold_batch_norm(read_tflite(content))
    if model.main.states:
        name = shown(model.main.tensors[model.main.states[0]].name)
        raise UnsupportedError(
            "quantization-aware training of a model with state",
            f'training takes samples in any order, and its variable "{name}" keeps what came before',
            "quantize the trained model without training",
        )
    if choices.activation_bits == 8:
        model = pools_to_means(model, global_pools(model.main))
    tensors = list(model.main.tensors)
    for signature in model.signatures:
        for name, t in (*signature.inputs, *signature.outputs) if signature.graph == 0 else ():
            tensors[t] = replace(tensors[t], name=name)
    return replace_main(model, replace(model.main, tensors=tuple(tensors)))


def build_trainable(
    keras_model: Any,
    float_model: Model,
    samples: Samples | None,
    choices: QatOptions,
    unpruned: Model | None = None,
) -> TrainableModel:
    """The quantization-aware model of a float model from `prepare_float_model`.

    keras_model: the Keras model it was converted from, which gives layer names and frozen layers;
        None if there is none.
    samples: for calibration, or None.
    unpruned: the float model before channels of it were left out, by whose weights Keras's layers are
        found.

    Raises EdgeqError and its subclasses for models that cannot be trained.
    """
    from edgeq.trainable.build import build
    from edgeq.trainable.parity import check_parity

    first = _initial(keras_model, float_model, samples, choices, unpruned)
    assemble(first.state)  # raises UnsupportedError before training instead of after
    check_parity(first.state.model, _few(samples, first.state.graph))
    built = build(first.state, first.names, choices.learned_steps, choices.track)
    for index, origin in first.known.items():
        built.model.get_layer(first.names[index]).trainable = origin.trainable
    return replace(built, float_model=first.started.model)


def integer_model(
    keras_model: Any,
    float_model: Model,
    samples: Samples,
    choices: QatOptions,
    unpruned: Model | None = None,
) -> Model:
    """The integer model before any training; arguments are those of `build_trainable`."""
    return assemble(_initial(keras_model, float_model, samples, choices, unpruned).state)


@dataclass(frozen=True)
class _Initial:
    """started: the state before calibration; state: calibrated and rounded; names, known: of its
    operators, and the Keras layers that these came from.
    """

    started: QuantizationState
    state: QuantizationState
    names: Mapping[int, str]
    known: Mapping[int, Origin]


def _initial(
    keras_model: Any,
    float_model: Model,
    samples: Samples | None,
    choices: QatOptions,
    unpruned: Model | None,
) -> _Initial:
    started = (
        QuantizationState(float_model)
        if samples is None
        else with_real_inputs(float_model, samples, choices.options)
    )
    graph = started.graph
    known = _moved(origins(keras_model, (unpruned or float_model).main), float_model.main, graph)
    names = layer_names(graph, known)
    bits = _bits(graph, choices, names, known)
    state = round_to_nearest(_calibrated(started, samples, choices), bits, choices.per_channel)
    if samples is not None and choices.rounding == "second-order":
        state = reconstruct(state, samples)
    return _Initial(started, state, names, known)


def _moved(known: Mapping[int, Origin], before: Graph, after: Graph) -> dict[int, Origin]:
    """The origins of operators under their indices in another graph, where they compute the same
    tensors.
    """
    places = {op.outputs: index for index, op in enumerate(after.ops)}
    return {places[before.ops[index].outputs]: origin for index, origin in known.items()}


def _few(samples: Samples | None, graph: Graph) -> list[npt.NDArray[np.generic]]:
    if samples is not None:
        return list(samples.subsample(CHECKED).inputs)
    generator = np.random.default_rng(0)
    tensors = [graph.tensors[t] for t in graph.inputs]
    return [generator.uniform(0, 1, (CHECKED, *x.shape[1:])).astype(x.dtype) for x in tensors]


def _calibrated(
    started: QuantizationState, samples: Samples | None, choices: QatOptions
) -> QuantizationState:
    """The state with activation types, and with calibrated ranges if there are samples."""
    dtype, graph = DTYPES[choices.activation_bits], started.graph
    dtypes = (
        {t: dtype for t, x in enumerate(graph.tensors) if is_activation(x)}
        if dtype != "int8"
        else {}
    )
    state = replace(started, dtypes={**dtypes, **started.dtypes})
    if samples is None:
        return state
    calibrate = calibrators(choices.levels)[choices.calibrator]
    return state.with_ranges(
        unify_ranges(
            graph, {t: calibrate(seen) for t, seen in observe(state.model, samples).items()}
        )
    )


def _bits(
    graph: Graph, choices: QatOptions, names: Mapping[int, str], known: Mapping[int, Origin]
) -> dict[int, int]:
    """Operator -> bits of its weights. Raises EdgeqError for a layer name that does not exist."""
    found = {layer.index: choices.weight_bits for layer in layers(graph)}
    called = {
        index: {names[index], known[index].layer if index in known else ""} for index in found
    }
    for name, width in choices.layers.items():
        matching = [index for index, both in called.items() if name in both]
        if not matching:
            have = ", ".join(sorted({names[index] for index in found}))
            raise EdgeqError(
                f"layer {name!r}", "no layer with weights has this name", f"choose from {have}"
            )
        found |= dict.fromkeys(matching, width)
    return found

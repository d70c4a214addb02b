"""Kernels of dense layers that compute several output neurons at a time."""

from __future__ import annotations

import numpy as np

from edgeq.opkit.eight_neurons import EightNeurons, eight_neurons
from edgeq.opkit.im2col import interleaved, neuron_blocks, neuron_order
from edgeq.opkit.instruction_sets import kernel_number
from edgeq.opkit.joined_weights import joinable, joined
from edgeq.opkit.kernel_call import Alternatives, extents
from edgeq.opkit.node import Values
from edgeq.opkit.packed import packed_fields, pairs_bytes, times_16
from edgeq.opkit.paired_products import paired_biases
from edgeq.opkit.variants import Fields, Kernel, Layer, Layout
from edgeq.opkit.weight_storage import table_count


def _blocks(layer: Layer, weights: Values) -> Values:
    """Int8 weights of any depth in blocks of four neurons, zeros behind the last tap."""
    matrix = layer.filters(weights)
    return neuron_blocks(np.pad(matrix, ((0, 0), (0, -matrix.shape[1] % 4))))


def _half_blocks(layer: Layer, coded: Values) -> Values:
    """Codes of a depth that 4 divides: of each block of four neurons two rows, one for each half."""
    blocks = coded[neuron_order(layer.channels)].reshape(-1, 2, 2, layer.taps // 4, 4)
    return blocks.transpose(0, 1, 3, 2, 4).reshape(2 * len(blocks), -1)


NEURON_BLOCKS = Layout(
    "[block of 4 neurons, depth / 4, neuron, 4]; of two neurons in turns for ARM's DSP extension",
    _blocks,
)
HALF_BLOCKS = Layout("codes, a row for each half of a block of 4 neurons", _half_blocks)


def parameters(layer: Layer, weights: Values | None) -> Fields:
    """The C fields of `edgeq_fully_connected_neurons_s8_params`. weights: int8 in blocks."""
    together, step = _neuron_constants(_ordered_constants(layer))
    return {
        **layer.epilogue,
        "epilogue.constants": together,
        "weights": weights,
        **extents(
            rows=layer.node.output.size // layer.channels,
            depth=layer.taps,
            neurons=layer.channels,
        ),
        "scale_step": step,
    }


def whole_parameters(layer: Layer, weights: Values | None) -> Fields:
    """The fields of `parameters` with the weights in the order of the instruction set, and biases that
    go with it. Neurons that are taken eight at a time lie in blocks of eight where they come in turns,
    with constants of their own. weights: int8 [blocks, groups of 4 inputs, 4 neurons, 4].
    """
    assert weights is not None
    blocks, groups, _, _ = weights.shape
    pairs = interleaved(weights.reshape(-1, 2, 1, 4).reshape(-1, 1, 4))
    pairs = pairs.reshape(blocks, groups, 2, 2, 2, 2)
    eights = eight_neurons(layer)
    join = eights is not None or joinable(layer, neuron_order(layer.channels))
    fields = parameters(layer, None)
    constants = np.asarray(fields["epilogue.constants"])
    starts = constants if eights is None else _eights_constants(eights, len(constants))
    matrix = weights.transpose(0, 2, 1, 3).reshape(4 * blocks, -1)
    if eights is not None:
        pairs = pairs.reshape(blocks // 2, 2, groups, 2, 2, 2, 2).swapaxes(1, 2)
    return {
        **fields,
        "epilogue.constants": Alternatives(
            "INTERLEAVED_NEURONS", {1: constants, 2: paired_biases(starts, matrix, join)}
        ),
        "weights": Alternatives(
            "INTERLEAVED_NEURONS", {1: weights, 2: joined(pairs) if join else pairs}
        ),
        "scale_step": 0 if _one_scale(_ordered_constants(layer)) else fields["scale_step"],
        "in_eights": int(eights is not None),
        "epilogue.joined": int(join),
    }


def _eights_constants(eights: EightNeurons, size: int) -> Values:
    """Biases, the three constants of all neurons, and zeros up to `size` words."""
    scale = (eights.multiplier, eights.offset, eights.exponent)
    words = np.concatenate([eights.biases, scale])
    return np.pad(words, (0, size - len(words)))


def packed_parameters(layer: Layer, rows: Values | None) -> Fields:
    """The C fields of `edgeq_fully_connected_packed_neurons_s8_params`. rows: codes of half blocks."""
    fields = parameters(layer, None)
    del fields["weights"]
    pairs = table_count(layer.node) == 1
    return {
        **fields,
        **packed_fields(layer, rows, layer.channels, pairs),
        "times_16": times_16(layer, pairs=False),
    }


def packed_scratch(layer: Layer) -> int:
    """Bytes for decoded chunks of half blocks, and for a table of pairs that all of them share."""
    coded = len(neuron_order(layer.channels)) * layer.taps
    chunk_bytes = kernel_number(f"fully_connected/{PACKED.file}.c", "EDGEQ_CHUNK_BYTES")
    return chunk_bytes + (pairs_bytes(layer, coded) if table_count(layer.node) == 1 else 0)


def _ordered_constants(layer: Layer) -> Values:
    """The constants of the requantization epilogue in `neuron_order`: [neurons, 3 or 4], the bias first."""
    constants = np.asarray(layer.epilogue["epilogue.constants"])
    return np.asarray(constants[neuron_order(layer.channels)])


def _one_scale(constants: Values) -> bool:
    """Whether all neurons have the same scale: all constants but their biases."""
    return bool(np.all(constants[:, 1:] == constants[0, 1:]))


def _neuron_constants(constants: Values) -> tuple[Values, int]:
    """The constants of the requantization epilogue as the kernels of four neurons at a time read
    them, and the step in words from the scales of four neurons to those of the next four.

    constants: [neurons, 3 or 4], the bias first. The result is all biases, not doubled, and
    behind them the scales: of four neurons (step 0) where all have the same and are rounded twice,
    else of all. There are 12 words or more behind the biases, because the kernels read so far
    beyond their end.
    """
    single_multiply = constants.shape[1] == 3
    biases, rest = constants[:, 0] // (1 if single_multiply else 2), constants[:, 1:]
    shared = not single_multiply and _one_scale(constants)
    fours = (rest[:4] if shared else rest).reshape(-1, 4, rest.shape[1]).transpose(0, 2, 1).ravel()
    fours = np.pad(fours, (0, max(0, 12 - fours.size)))
    return np.concatenate([biases, fours]), 0 if shared else 4 * rest.shape[1]


WHOLE = Kernel(
    "fully_connected_neurons",
    "edgeq_fully_connected_neurons_s8",
    NEURON_BLOCKS,
    whole_parameters,
    forms=(
        ("EDGEQ_FULLY_CONNECTED_FORM", "epilogue.single_multiply"),
        ("EDGEQ_FULLY_CONNECTED_JOINED", "epilogue.joined"),
        ("EDGEQ_FULLY_CONNECTED_IN_EIGHTS", "in_eights"),
    ),
)
PACKED = Kernel(
    "fully_connected_packed_neurons",
    "edgeq_fully_connected_packed_neurons_s8",
    HALF_BLOCKS,
    packed_parameters,
    packed_scratch,
)

"""Dense layers at the edges of what the loops of ARM's DSP extension are proved for, and faults planted in
those loops.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ops.cases import merge
from ops.packed import with_weights
from ops.test_fully_connected import layer

from edgeq.codegen.native import NativeOptions
from edgeq.graph import Model, Tensor
from edgeq.opkit.kernel_call import Alternatives
from edgeq.opkit.node import Values
from edgeq.ops import bind, operator
from edgeq.resources import resource_folder
from edgeq.verify import verify
from edgeq.verify.job import Settings

ROWS = resource_folder("firmware_templates") / "native" / "arch" / "arm_dsp"
SIZES = {
    "eights": ((44, 24), (640, 8), (8, 32)),
    "fours": ((44, 12), (64, 4), (8, 33)),
}  # depth, neurons
PATTERNS = ("random", "most", "least", "opposed", "apart", "ties", "nine bits")
JOINED, APART = 2**23 - 256, 2**29  # the largest sums with their biases


def weights(pattern: str, neurons: int, depth: int, rng: np.random.Generator) -> Values:
    """int8 [neurons, depth]. opposed: the least beside the most in pairs that can still be joined;
    apart: a pair that cannot. ties: small ones.
    """
    w = rng.integers(-127, 128, (neurons, depth), np.int8)
    if pattern in ("most", "least"):
        w[:] = 127 if pattern == "most" else -127
    elif pattern == "opposed":
        w[0::2], w[1::2] = 127, -128
    elif pattern == "apart":
        w[0::2], w[1::2] = -128, -128
    elif pattern == "ties":
        w = rng.integers(-2, 3, (neurons, depth), np.int8)
    return w


def extreme_layer(pattern: str, size: tuple[int, int], relu: bool, seed: int) -> Model:
    """A layer whose zero point is an extreme and whose second neurons' sums reach the largest that the
    loops are proved for, those of others half as much, with outputs over the whole range of int8.
    ties: every fourth sum lies halfway between two outputs. nine bits: outputs of eight neurons are
    shifted by 9.
    """
    rng, (depth, neurons) = np.random.default_rng(seed), size
    most = APART if pattern == "apart" else JOINED
    w = weights(pattern, neurons, depth, rng)
    x_zero_point = (-128, 127)[seed % 2]
    reach = 128 * np.abs(w.astype(np.int64)).sum(axis=1)
    largest = np.where(np.arange(neurons) % 2, most, most // 2)
    sign = np.where(rng.integers(0, 2, neurons), 1, -1)
    folded = sign * np.maximum(largest - reach, 0)  # the bias with the zero point in it
    scales = (0.05, 0.004, 0.05 * 0.004 * most / (240 if relu else 120))
    if pattern == "ties":
        folded, scales = rng.integers(-99, 99, neurons), (0.5, 0.25, 0.5)
    elif pattern == "nine bits":
        folded, scales = rng.integers(-(2**16), 2**16, neurons), (0.05, 0.004, 0.13)
    model = layer(
        (1, depth),
        neurons,
        seed,
        zero_points=(x_zero_point, -128 if relu else 5),
        scales=scales,
        fused_activation_function="RELU" if relu else "NONE",
    )
    bias = folded + x_zero_point * w.astype(np.int64).sum(axis=1)
    main = with_weights(model, lambda t: replace(t, buffer=w.tobytes())).main

    def biased(t: Tensor) -> Tensor:
        return replace(t, buffer=bias.astype(np.int32).tobytes()) if t.name == "b" else t

    return replace(model, graphs=(replace(main, tensors=tuple(map(biased, main.tensors))),))


def extreme_inputs(depth: int, rng: np.random.Generator) -> Values:
    """int8 [samples, 1, depth]: the least, the most, both in turns, and any."""
    turns = np.where(np.arange(depth) % 2, -128, 127)
    return np.stack(
        [np.full(depth, -128), np.full(depth, 127), turns, rng.integers(-128, 128, depth)]
    ).astype(np.int8)[:, None]


def cases() -> Iterator[tuple[str, Model, Values]]:
    rng, seed = np.random.default_rng(7), 0
    for group, sizes in SIZES.items():
        for pattern in PATTERNS:
            for relu in (False, True):
                seed += 1
                size = sizes[seed % len(sizes)]
                yield (
                    f"{group}, {pattern}, {'relu' if relu else 'none'}",
                    extreme_layer(pattern, size, relu, seed),
                    extreme_inputs(size[0], rng),
                )


@pytest.fixture(scope="module")
def extremes() -> tuple[Model, list[Values]]:
    found = list(cases())
    return merge({name: model for name, model, _ in found}), [x for _, _, x in found]


def test_the_layers_reach_every_loop_and_its_edges(extremes: tuple[Model, list[Values]]) -> None:
    nodes = bind(extremes[0].main)
    calls = [operator(node.kind).kernel(node).parameters for node in nodes]  # type: ignore[union-attr]
    names = ("in_eights", "epilogue.joined", "epilogue.single_multiply")
    loops = {tuple(int(call[name]) for name in names) for call in calls}  # type: ignore[arg-type]
    assert loops == {(e, j, s) for e in (0, 1) for j in (0, 1) for s in (0, 1) if j or not e}


def test_eight_neurons_are_rounded_once_or_twice_and_shifted_by_nine_bits_or_others(
    extremes: tuple[Model, list[Values]],
) -> None:
    found = set[tuple[bool, bool]]()
    for node in bind(extremes[0].main):
        call = operator(node.kind).kernel(node).parameters  # type: ignore[union-attr]
        if call["in_eights"]:
            constants = call["epilogue.constants"]
            assert isinstance(constants, Alternatives)
            multiplier, _, exponent = constants.arrays[2][node.output.size :][:3].tolist()
            found.add((multiplier > 0, exponent == 9))
    assert found == {(True, False), (False, True), (False, False)}


def test_weights_of_eight_neurons_lie_tap_by_tap_and_pair_by_pair() -> None:
    model = layer((1, 8), 16)
    (node,) = bind(model.main)
    parameters = operator(node.kind).kernel(node).parameters  # type: ignore[union-attr]
    weights = parameters["weights"]
    assert isinstance(weights, Alternatives)
    lying = weights.arrays[2].reshape(2, 2, 4, 2, 2, 2)  # block, group, pair, half, tap, neuron
    taps = lying.transpose(0, 2, 5, 1, 4, 3).reshape(16, 8).astype(np.int64)
    taps[1::2] += taps[0::2] < 0  # joined weights borrow
    np.testing.assert_array_equal(taps, node.input(1).array)


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["zig", "arm-none-eabi-gcc"])
def test_a_cortex_m4_gives_the_simulators_bytes_there(
    extremes: tuple[Model, list[Values]], compiler: str
) -> None:
    model, inputs = extremes
    settings = Settings(compiler=compiler)
    (result,) = verify(
        model, targets=("cortex-m4",), inputs=inputs, settings=settings, strict=True
    ).targets
    assert (result.status, result.first_difference) == ("ok", None)


FAULTS = {
    "products of inputs that fill no four groups": (
        "eight_neurons.h",
        "ands r5, r3, #12",
        "ands r5, r3, #4",
    ),
    "sums of first neurons": ("eight_neurons.h", ", lsl #8", ", lsl #7"),
    "sums of joined neurons": ("eight_neurons.h", ", asr #8", ", asr #7"),
    "rounding once": ("eight_neurons.h", '"smmla "', '"smmls "'),
    "the common shift": ("eight_neurons.h", ", asr #9", ", asr #8"),
    "another shift": ("eight_neurons.h", "cmp r2, #9", "cmp r2, r2"),
    "rounding twice": ("eight_neurons.h", "smmlsr", "smmls"),
    "ties away from zero": ("eight_neurons.h", ", asr #31", ", lsr #31"),
    "groups that fill no iteration": ("eight_neurons.h", "and r3, r3, #12", "and r3, r3, #8"),
    "order of odd inputs": ("paired_taps.h", "r11, r11, ror #8", "r11, r11, ror #24"),
    "four: products of inputs": ("neuron_row.h", "sub r8, r3", "nop.w"),
    "four: the shift of joined sums": ("neuron_row.h", "asr r9, r9, #8", "asr r9, r9, #7"),
}
PLANTED = ("random", "most", "ties", "nine bits")  # patterns whose layers are run with faults


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_seen(fault: str, tmp_path: Path) -> None:
    file, right, wrong = FAULTS[fault]
    text = (ROWS / file).read_text(encoding="utf-8")
    assert right in text
    folder = tmp_path / "arch" / "arm_dsp"
    folder.mkdir(parents=True)
    (folder / file).write_text(text.replace(right, wrong), encoding="utf-8")
    chosen = [case for case in cases() if case[0].split(", ")[1] in PLANTED]
    (result,) = verify(
        merge({name: model for name, model, _ in chosen}),
        targets=("cortex-m4",),
        inputs=[x for _, _, x in chosen],
        settings=Settings(compiler="arm-none-eabi-gcc", native=NativeOptions(kernels=tmp_path)),
        strict=True,
    ).targets
    assert result.status in ("different", "failed")

"""Real inputs made integers by the C helper: the bytes of the simulator and of both oracles,
wherever it runs.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from opkit.input_affines import affine_model, random_input_affine
from ops.compiled import run_compiled
from ops.harness import assert_all_agree
from verify.tools import needed

from edgeq.codegen.native import NativeEngine, render_native
from edgeq.graph import Model
from edgeq.opkit.input_affine import find_input_affines
from edgeq.opkit.node import Values
from edgeq.simulate.execute import execute, random_inputs
from edgeq.verify import find_target, verify
from edgeq.verify.job import prepare
from edgeq.verify.run import verify_target

HOST = find_target("host")
CORES = ("cortex-m0", "cortex-m4", "rv32imc")
SHIFT, FACTOR = np.array([1013.0, 0.02, -22.5, 1e-3, 640]), np.array([0.125, 250.0, -3.0, 1e4, 0.0])


def five(**options: object) -> Model:
    return affine_model((1, 5), SHIFT, FACTOR, **options)  # type: ignore[arg-type]


def awkward(model: Model) -> Values:
    """Ties between all integers, values next to them, both infinities, NaN, and what overflows on
    the way.
    """
    (found,) = find_input_affines(model.main)
    y = model.main.tensors[found.output]
    ties = (np.arange(-300, 300) / 2 * y.scale)[:, None] / np.where(FACTOR == 0, 1, FACTOR) + SHIFT
    far = np.repeat(
        [[np.inf], [-np.inf], [np.nan], [3e38], [-3e38], [0.0], [-0.0], [1e-45]], 5, axis=1
    )
    rows = np.concatenate([ties, np.nextafter(ties.astype(np.float32), 9e9), far]).astype(
        np.float32
    )
    return rows[:, None, :]


@pytest.mark.parametrize("dtype", ["int8", "int16"])
def test_the_host_makes_the_simulators_integers(dtype: str) -> None:
    """Set whole, and of every second sample element by element."""
    model = five(dtype=dtype, zero_point=7 if dtype == "int8" else 0, scale=0.25)
    x = np.concatenate([awkward(model), random_inputs(model.main, 100)[0]])
    (host,) = verify(model, inputs=[x], targets=["host"]).targets
    assert (host.status, host.bytes_different) == ("ok", 0)
    assert (
        host.bytes_compared == len(x) * 3 * 5 * np.dtype(dtype).itemsize
    )  # as input, by the layer, as output


def test_ties_go_away_from_zero_ends_saturate_and_nan_is_the_zero_point() -> None:
    model = affine_model((1, 9), np.array([10.0]), np.array([1.0]), scale=0.5, zero_point=3)
    x = np.array(
        [10.25, 9.75, 10.75, 9.25, np.nan, np.inf, -np.inf, 1e30, 73.9], np.float32
    ).reshape(1, 1, 9)
    wanted = [4, 2, 5, 1, 3, 127, -128, 127, 127]
    (found,) = find_input_affines(model.main)
    assert execute(model.main, [x], [found.output])[found.output].ravel().tolist() == wanted
    assert run_compiled(render_native(model, "m"), [x])[found.output].ravel().tolist() == wanted


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_simulator_oracles_and_host_agree_on_any_shape(seed: int) -> None:
    assert_all_agree(
        random_input_affine(np.random.default_rng(seed), "int16" if seed % 4 == 3 else "int8"),
        40,
        seed,
    )


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["int8", "int16"])
def test_cores_with_and_without_a_unit_agree(dtype: str) -> None:
    for name in CORES:
        needed(find_target(name))
    model = five(dtype=dtype, zero_point=7 if dtype == "int8" else 0, scale=0.25)
    x = awkward(model)[::7]
    job = prepare(model, render_native(model, "m"), [x])
    for name in CORES:
        result = verify_target(job, find_target(name), strict=True)
        assert (name, result.status, result.bytes_different) == (name, "ok", 0)
    model = random_input_affine(np.random.default_rng(5), dtype)
    result = verify(model, targets=CORES, samples=3, strict=True)
    assert [(t.status, t.bytes_different) for t in result.targets] == [("ok", 0)] * len(CORES)


FUSED = "__builtin_fmaf(x[i], p->factor[feature], -p->shift[feature] * p->factor[feature])"
FAULTS = {
    "fused, the product first": (
        "edgeq_product(x[i] - p->shift[feature], p->factor[feature])",
        FUSED,
    ),
    "the features the wrong way round": (
        "p->shift[feature]",
        "p->shift[p->features - 1 - feature]",
    ),
    "the first feature again and again": ("feature + 1;", "0;"),
    "each feature twice": ("left = p->inner;", "left = 2 * p->inner;"),
    "an element set by another's constants": ("line % p->features", "0"),
    "ties towards zero": ("(rest >= 0.5f)", "(rest > 0.5f)"),
    "no saturation below": ("return low;", "return p->zero_point;"),
}


def faulty(model: Model, old: str, new: str) -> NativeEngine:
    engine = render_native(model, "m")
    kernels = engine.files["m_kernels.h"]
    assert old in kernels
    return replace(engine, files={**engine.files, "m_kernels.h": kernels.replace(old, new)})


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_the_helper_is_found(name: str) -> None:
    model = five(zero_point=7, scale=0.25)
    job = prepare(model, faulty(model, *FAULTS[name]), [awkward(model)])
    found = verify_target(job, HOST)
    assert found.status == "different", found
    assert found.first_difference is not None
    assert found.first_difference.tensor == "q"


@pytest.mark.slow
def test_a_fault_in_the_helper_is_found_on_an_emulated_core() -> None:
    needed(find_target("cortex-m4"))
    model = five(zero_point=7, scale=0.25)
    job = prepare(
        model, faulty(model, *FAULTS["the features the wrong way round"]), [awkward(model)[::9]]
    )
    found = verify_target(job, find_target("cortex-m4"), strict=True)
    assert (found.status, found.first_difference.tensor if found.first_difference else "") == (
        "different",
        "q",
    )

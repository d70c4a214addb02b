"""Variables that a SavedModel assigns stay variables, from `convert` to C, and follow a sequence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from convert.streams import CALIBRATION, FEATURES, QUICK, sequence
from ops.harness import agrees

from edgeq.convert.backend import imported, quietly
from edgeq.convert.convert import convert
from edgeq.convert.to_float import load_float
from edgeq.data import Samples, dequantize, quantized_inputs
from edgeq.errors import EdgeqError
from edgeq.graph import read_tflite
from edgeq.runtime import float_interpreter, run_samples
from edgeq.simulate.compare import compare_with
from edgeq.simulate.execute import execute
from edgeq.simulate.oracles import ORACLES, interpreter_of

pytestmark = pytest.mark.slow
UNITS = 6
RANDOM = np.random.default_rng(0)
Step = Callable[[Any, Any, Any], Any]
"""TensorFlow, the module and x [1, 1, FEATURES] -> y."""


def delay(tf: Any, module: Any, x: Any) -> Any:
    line = tf.concat([module.line[:, 1:], x], 1)
    module.line.assign(line)
    return tf.nn.tanh(tf.reshape(line, (1, -1)) @ module.w)


def delay_that_is_read_behind(tf: Any, module: Any, x: Any) -> Any:
    before = tf.reduce_sum(module.line, 1)
    module.line.assign(tf.concat([module.line[:, 1:], x], 1))
    return tf.nn.tanh(tf.reshape(module.line.read_value(), (1, -1)) @ module.w) + before[:, :3]


def leaky(tf: Any, module: Any, x: Any) -> Any:
    module.mean.assign_add(0.25 * (x - module.mean))
    return tf.reshape(module.mean + 0.0, (1, -1))


def difference(tf: Any, module: Any, x: Any) -> Any:
    module.mean.assign_sub(module.mean - x)
    module.line.assign(tf.concat([module.line[:, 1:], x], 1))
    return tf.reshape(x - module.line[:, :1] + module.mean, (1, -1))


def inside(tf: Any, module: Any, x: Any) -> Any:
    return tf.function(lambda given: delay(tf, module, given))(x)


def in_a_branch(tf: Any, module: Any, x: Any) -> Any:
    def renewed() -> Any:
        module.mean.assign(0.5 * module.mean + x)
        return 2.0 * module.mean

    y = tf.cond(x[0, 0, 0] > 0, renewed, lambda: module.mean + x)
    return tf.reshape(y, (1, -1))


def in_a_loop(tf: Any, module: Any, x: Any) -> Any:
    def step(i: Any, total: Any) -> Any:
        module.mean.assign(0.5 * module.mean + x)
        return i + 1, total + module.mean

    _, total = tf.while_loop(lambda i, _: i < 3, step, (0, x))
    return tf.reshape(total, (1, -1))


def ring(tf: Any, module: Any, x: Any) -> Any:
    oldest = tf.gather(module.rows, module.place)
    module.rows.scatter_update(tf.IndexedSlices(x[0], tf.reshape(module.place, (1,))))
    module.place.assign((module.place + 1) % 3)
    return (x[0] - oldest + module.rows[:1]) @ module.w[:FEATURES]


def from_the_end(tf: Any, module: Any, x: Any) -> Any:
    """Writes the row in front of a place; in front of the first is the last one."""
    module.rows[module.place - 1].assign(x[0, 0])
    module.place.assign((module.place + 1) % 3)
    return (x[0] + 2.0 * module.rows[:1] + module.rows[2:]) @ module.w[:FEATURES]


def flags(tf: Any, module: Any, x: Any) -> Any:
    """Held values, renewed where x went up twice in a row; 0 until the fifth step."""
    module.place.assign_add(1)
    now = x[0] > 0.2
    module.rows[1].assign(tf.where(now & module.flag, x[0], module.rows[1:2])[0])
    module.flag.assign(now)
    return tf.where(module.place < 5, tf.zeros((1, 3)), module.rows[1:2] @ module.w[:FEATURES])


STEPS: dict[str, Step] = {
    "delay": delay,
    "read behind": delay_that_is_read_behind,
    "add": leaky,
    "subtract": difference,
    "in a function": inside,
    "in a branch": in_a_branch,
    "in a loop": in_a_loop,
    "ring buffer": ring,
    "from the end": from_the_end,
    "flags and parts": flags,
}
STATES = {"subtract": 2, "ring buffer": 2, "from the end": 2, "flags and parts": 3}


def module_of(step: Step, folder: Path) -> Path:
    """A tf.Module with the states `line` and `rows`, which start at 0.5, `mean`, `place` and `flag`."""
    tf = imported("tensorflow")
    module = tf.Module()
    module.w = tf.Variable(0.4 * RANDOM.standard_normal((3 * FEATURES, 3)).astype(np.float32))
    module.line = tf.Variable(tf.fill((1, 3, FEATURES), 0.5), trainable=False)
    module.mean = tf.Variable(tf.zeros((1, 1, FEATURES)), trainable=False)
    module.calls = tf.Variable(0, trainable=False)
    module.rows = tf.Variable(tf.fill((3, FEATURES), 0.5), trainable=False)
    module.place = tf.Variable(0, trainable=False)
    module.flag = tf.Variable(tf.zeros((1, FEATURES), tf.bool), trainable=False)

    def serve(x: Any) -> Any:
        module.calls.assign_add(1)
        return {"y": step(tf, module, x)}

    spec = tf.TensorSpec((1, 1, FEATURES), tf.float32, name="x")
    module.serve = tf.function(serve, input_signature=[spec])
    path = folder / "model"
    quietly("save", "", lambda: tf.saved_model.save(module, str(path), signatures=module.serve))
    return path


def truth(path: Path, x: np.ndarray) -> np.ndarray:
    """What TensorFlow computes of the folder, step by step."""
    served = imported("tensorflow").saved_model.load(str(path)).signatures["serving_default"]
    (name,) = served.structured_input_signature[1]
    results = [next(iter(served(**{name: step[None]}).values())) for step in x]
    return np.concatenate([np.asarray(y) for y in results])


def follows(path: Path, states: int) -> None:
    """The float and the integer model follow a sequence as the SavedModel does, and TFLM agrees."""
    x = sequence(40, seed=5)
    exact = truth(path, x)
    loaded = load_float(path)
    (got,) = run_samples(float_interpreter(loaded.content), (x,))
    np.testing.assert_allclose(got.reshape(exact.shape), exact, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(loaded.outputs(Samples((x,))).reshape(exact.shape), exact, atol=1e-5)
    made = convert(path, Samples((CALIBRATION,)), options=QUICK)
    assert made.fidelity is not None
    assert made.fidelity.relative < 1e-4
    integer = read_tflite(made.model)
    assert len(integer.main.states) == states
    inputs = quantized_inputs(integer.main, (x,))
    y = integer.main.outputs[0]
    real = dequantize(execute(integer.main, inputs)[y], integer.main.tensors[y])
    error = real.reshape(exact.shape) - exact
    assert 10 * np.log10(exact.var() / np.square(error).mean()) > 22
    assert agrees(compare_with(ORACLES["tflm"], integer, inputs, by=interpreter_of("tflm")))


@pytest.mark.parametrize("name", STEPS)
def test_a_module_keeps_what_it_assigns(name: str, tmp_path: Path) -> None:
    follows(module_of(STEPS[name], tmp_path), STATES.get(name, 1))


@pytest.mark.parametrize(("kind", "states"), [("GRU", 1), ("SimpleRNN", 1), ("LSTM", 2)])
def test_an_exported_layer_keeps_its_state(
    kind: str, states: int, keras: Any, tmp_path: Path
) -> None:
    keras.utils.set_random_seed(3)
    layer = getattr(keras.layers, kind)(UNITS, stateful=True)
    given = keras.Input((1, FEATURES), batch_size=1)
    model = keras.Sequential([given, layer, keras.layers.Dense(3)])
    spec = [keras.InputSpec(shape=(1, 1, FEATURES), dtype="float32")]
    path = tmp_path / "model"
    quietly("export", "", lambda: model.export(str(path), verbose=False, input_signature=spec))
    follows(path, states)


def test_assignments_of_tensorflow_1_are_refused(tmp_path: Path) -> None:
    tf = imported("tensorflow")
    v1 = tf.compat.v1
    path = str(tmp_path / "model")
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, (1, 4))
        zeros = v1.zeros_initializer()
        state = v1.get_variable("s", (1, 4), use_resource=True, initializer=zeros)
        session.run(v1.global_variables_initializer())
        with tf.control_dependencies([state.assign(state + x)]):
            y = state.read_value()
        quietly("save", "", lambda: v1.saved_model.simple_save(session, path, {"x": x}, {"y": y}))
    with pytest.raises(EdgeqError, match="it assigns variables outside of functions"):
        load_float(path)

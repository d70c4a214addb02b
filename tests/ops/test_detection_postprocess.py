"""DETECTION_POSTPROCESS against TFLM, tflite-runtime and the compiled C."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from ops.harness import bits, compiled_outputs
from ops.signals import every_output, signal, values, with_options

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor, write_tflite
from edgeq.opkit.exp64 import exp64
from edgeq.opkit.node import Values
from edgeq.ops import bind
from edgeq.runtime import reference_interpreter
from edgeq.simulate.execute import execute

OPTIONS = {
    "max_classes_per_detection": 1,
    "nms_score_threshold": 0.0,
    "nms_iou_threshold": 0.5,
    "y_scale": 10.0,
    "x_scale": 10.0,
    "h_scale": 5.0,
    "w_scale": 5.0,
}
BOXES, CLASSES = 40, 3


def detector(
    boxes: int = BOXES,
    classes: int = CLASSES,
    background: int = 1,
    width: int = 4,
    detections: int = 10,
    **options: bool | int | float,
) -> Model:
    rng = np.random.default_rng(0)
    anchors = np.concatenate(
        [rng.uniform(0, 1, (boxes, 2)), rng.uniform(0.1, 0.4, (boxes, 2))], axis=1
    ).astype(np.float32)
    results = detections * int(options.get("max_classes_per_detection", 1))
    ends = [
        [
            Tensor("boxes", (1, boxes, width), "float32"),
            Tensor("scores", (1, boxes, classes + background), "float32"),
            values("anchors", anchors),
        ],
        [
            Tensor(name, shape, "float32")
            for name, shape in (
                ("corners", (1, results, 4)),
                ("classes", (1, results)),
                ("of_results", (1, results)),
                ("count", (1,)),
            )
        ],
    ]
    said = OPTIONS | {"num_classes": classes, "max_detections": detections} | options
    return signal("TFLite_Detection_PostProcess", *ends, **said)


SEEDS = {"40 boxes": detector()}
"""Models that differential testing starts from (tools/difftest.py)."""


def inputs_of(model: Model, ties: bool, samples: int = 6) -> list[Values]:
    """Random boxes. ties: whether scores have few different values."""
    rng = np.random.default_rng(1)
    boxes, scores = (model.main.tensors[t].shape for t in model.main.inputs)
    given = rng.uniform(0, 1, (samples, *scores))
    return [
        rng.normal(0, 3, (samples, *boxes)).astype(np.float32),
        (np.round(given * 8) / 8 if ties else given).astype(np.float32),
    ]


def tflite_outputs(model: Model, inputs: Sequence[Values]) -> list[list[Values]]:
    interpreter = reference_interpreter(write_tflite(model))
    results = []
    for sample in zip(*inputs, strict=True):
        for detail, x in zip(interpreter.get_input_details(), sample, strict=True):
            interpreter.set_tensor(detail["index"], x)
        interpreter.invoke()
        results.append(
            [interpreter.get_tensor(d["index"]) for d in interpreter.get_output_details()]
        )
    return results


Oracle = Callable[[Model, Sequence[Values]], list[list[Values]]]


def assert_results(model: Model, inputs: Sequence[Values], *oracles: Oracle) -> None:
    """The interpreters gave the simulator's bytes for what they write, the compiled C for
    everything.
    """
    graph = model.main
    expected = execute(graph, inputs)
    made = compiled_outputs(model, inputs)
    for t in graph.outputs:
        np.testing.assert_array_equal(bits(expected[t]), bits(made[t]), "simulator and compiled C")
    op = dict(graph.ops[0].attributes)
    for oracle in oracles:
        for step, outputs in enumerate(oracle(model, inputs)):
            *tensors, count = (expected[t][step] for t in graph.outputs)
            assert outputs[3].reshape(1) == count
            each = int(op["max_classes_per_detection"])
            written = np.zeros((int(count[0]), each), bool)
            written[:, : int(op["num_classes"])] = True
            places = np.flatnonzero(written)
            for want, got in zip(tensors, outputs, strict=False):
                got = got.reshape(want.shape)
                np.testing.assert_array_equal(bits(want[:, places]), bits(got[:, places]))


def test_of_overlapping_boxes_the_best_remains() -> None:
    model = detector(3, 1, 0, detections=3)
    x = np.zeros((1, 1, 3, 4), np.float32)
    anchors = np.frombuffer(model.main.tensors[2].buffer or b"", np.float32).reshape(3, 4)
    x[0, 0, 1, :2] = (anchors[0] - anchors[1])[:2] / anchors[1, 2:] * 10
    x[0, 0, 1, 2:] = np.log(anchors[0, 2:] / anchors[1, 2:]) * 5  # box 1 is box 0
    found = execute(model.main, [x, np.float32([[[[0.5], [0.75], [0.25]]]])])
    count, scores = found[6], found[5]
    assert count.tolist() == [[2.0]]
    assert scores.tolist() == [[[0.75, 0.25, 0.0]]]


def test_exponentials_are_close() -> None:
    x = np.random.default_rng(0).uniform(-690, 700, 10_000)
    np.testing.assert_allclose(exp64(x), np.exp(x), rtol=4e-16)
    edges = np.array([-np.inf, -1e4, 0.0, 1e4, np.inf, np.nan])
    np.testing.assert_array_equal(exp64(edges), [0, 0, 1, np.inf, np.inf, np.nan])


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"background": 0, "width": 6},
        {"nms_iou_threshold": 0.1, "nms_score_threshold": 0.5},
        {"nms_score_threshold": 2.0},
        {"use_regular_nms": True},
        {"use_regular_nms": True, "detections_per_class": 2, "nms_iou_threshold": 1.0},
        {"use_regular_nms": True, "classes": 1, "detections": 50},
    ],
)
def test_boxes_and_ties(options: dict[str, float]) -> None:
    """tflite-runtime 2.14 has another order of equal scores."""
    model = detector(**options)  # type: ignore[arg-type]
    assert_results(model, inputs_of(model, ties=True), every_output)
    assert_results(model, inputs_of(model, ties=False), every_output, tflite_outputs)


@pytest.mark.slow
@pytest.mark.parametrize("each", [2, 3, 5])
def test_several_classes_of_a_box(each: int) -> None:
    """Of 3 classes. TFLM writes them beyond its outputs."""
    model = detector(max_classes_per_detection=each)
    assert_results(model, inputs_of(model, ties=False), tflite_outputs)


def test_a_box_with_room_for_more_classes_than_there_are_leaves_it_empty() -> None:
    model = detector(2, 1, 0, detections=2, max_classes_per_detection=3)
    found = execute(model.main, [np.zeros((1, 1, 2, 4), np.float32), np.float32([[[[3], [7]]]])])
    assert found[5].tolist() == [[[7, 0, 0, 3, 0, 0]]]


@pytest.mark.slow
def test_scores_and_boxes_that_are_no_numbers() -> None:
    model = detector()
    x, scores = inputs_of(model, ties=True)
    rng = np.random.default_rng(3)
    scores[rng.random(scores.shape) < 0.2] = np.nan
    x[rng.random(x.shape) < 0.02] = np.nan
    assert_results(model, [x, scores], every_output)


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (detector(background=2), "3 classes and 5 scores"),
        (detector(width=3), "boxes and scores have shapes"),
        (detector(nms_iou_threshold=0.0), "may share 0.0 of a union"),
        (with_options(detector(), max_detections=0), "its max_detections is 0"),
        (with_options(detector(), detections_per_class=-1), "its detections_per_class is -1"),
    ],
)
def test_refuses_what_tflm_refuses(model: Model, why: str) -> None:
    with pytest.raises(UnsupportedError, match=why):
        bind(model.main)

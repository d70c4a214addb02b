"""DETECTION_POSTPROCESS: the boxes of a detector that remain where overlapping ones of lower score
are dropped (TFLM kernels/detection_postprocess.cc, `TFLite_Detection_PostProcess`).

Without `use_regular_nms` every box counts with its best class, else each class has its own boxes.
Among equal scores the first box comes first, and of a box the first class. TFLM fails where a box has
no area; here it goes on. Where a box has several classes it writes them beyond one another; here they
lie as in TFLite: each box has the places of `max_classes_per_detection` results.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from edgeq.opkit.box_overlap import best_class, decoded, selected
from edgeq.opkit.custom_options import whole
from edgeq.opkit.kernel_call import KernelCall, Parameter
from edgeq.opkit.legal import ONE_BY_ONE
from edgeq.opkit.node import Node, Shape, Values, unsupported


@dataclass(frozen=True)
class Attributes:
    max_detections: int
    max_classes_per_detection: int  # of one box, without use_regular_nms
    nms_score_threshold: float  # scores below count for nothing
    nms_iou_threshold: float  # share of their union that two boxes may have in common
    num_classes: int
    y_scale: float  # by which centres and logarithms of sizes are divided
    x_scale: float
    h_scale: float
    w_scale: float
    detections_per_class: int = 100  # with use_regular_nms
    use_regular_nms: bool = False


_REAL = "float32"
TYPES = {(_REAL,) * 3: (_REAL,) * 4}
NEWEST_VERSION = 1
_MOST = 1 << 20
_SCALES = ("y_scale", "x_scale", "h_scale", "w_scale")


class _Sizes(NamedTuple):
    """columns: scores of a box, the first `background` of them of no class. categories: results of
    a box, without `use_regular_nms`; each: the places that it has for them. results: of the operator.
    """

    boxes: int
    width: int
    columns: int
    background: int
    classes: int
    categories: int
    each: int
    results: int


def _sizes(node: Node) -> _Sizes:
    classes = whole(node, "num_classes", 1, _MOST)
    detections = whole(node, "max_detections", 1, _MOST)
    each = whole(node, "max_classes_per_detection", 1, _MOST)
    _, boxes, width = node.input(0).shape
    columns = node.input(1).shape[2]
    background, categories = columns - classes, min(each, classes)
    return _Sizes(boxes, width, columns, background, classes, categories, each, detections * each)


def _real(node: Node, name: str) -> np.float32:
    value = getattr(node.attributes, name)
    if not isinstance(value, int | float):
        raise unsupported(node, f"its {name} is no number")
    return np.float32(value)


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """Boxes [1, boxes, 4 or more], scores [1, boxes, classes], anchors [boxes, 4] -> boxes, classes
    and scores of the results, and how many of these there are.
    """
    boxes, scores, anchors = (node.input(k).shape for k in range(3))
    if len(boxes) != 3 or len(scores) != 3 or boxes[0] != 1 or boxes[2] < 4:
        raise unsupported(node, f"its boxes and scores have shapes {list(boxes)}, {list(scores)}")
    if scores[:2] != boxes[:2] or anchors != (boxes[1], 4):
        raise unsupported(node, f"scores {list(scores)} and anchors {list(anchors)} do not fit")
    s = _sizes(node)
    if s.background not in (0, 1):
        raise unsupported(node, f"it has {s.classes} classes and {s.columns} scores of a box")
    whole(node, "detections_per_class", 1, _MOST)
    whole(node, "use_regular_nms", most=1)
    if not 0 < _real(node, "nms_iou_threshold") <= 1:
        raise unsupported(node, f"boxes may share {node.attributes.nms_iou_threshold} of a union")
    for name in ("nms_score_threshold", *_SCALES):
        _real(node, name)
    return ((1, s.results, 4), (1, s.results), (1, s.results), (1,))


def work(node: Node) -> int:
    """What simulating it takes, in multiply-accumulates of matrix products."""
    s = _sizes(node)
    rounds = s.classes if node.attributes.use_regular_nms else 1
    return rounds * s.boxes * (s.columns + 16 * min(s.boxes, s.results)) * ONE_BY_ONE


def simulate(node: Node, *values: Values | None) -> tuple[Values, ...]:
    """boxes, scores and anchors [samples or 1, ...] -> the outputs of all samples.

    Places without a result have zeros; TFLM leaves there what was in memory, without
    use_regular_nms.
    """
    given = [x for x in values[:3] if x is not None]
    samples = max(len(x) for x in given)
    s = _sizes(node)
    outputs = (
        np.zeros((samples, 1, s.results, 4), np.float32),
        np.zeros((samples, 1, s.results), np.float32),
        np.zeros((samples, 1, s.results), np.float32),
        np.zeros((samples, 1), np.float32),
    )
    scales = [_real(node, name) for name in _SCALES]
    for k in range(samples):
        x, scores, anchors = (v[min(k, len(v) - 1)] for v in given)
        corners = decoded(x[0, :, :4], anchors, scales)
        of_classes = scores[0, :, s.background :]
        regular = node.attributes.use_regular_nms
        found = (_by_class if regular else _by_box)(node, corners, of_classes)
        of_one, places = (1, 1) if regular else (s.categories, s.each)
        for number, (box, category, score) in enumerate(found):
            at = number // of_one * places + number % of_one
            outputs[0][k, 0, at] = corners[box]
            outputs[1][k, 0, at] = category
            outputs[2][k, 0, at] = score
        outputs[3][k] = len(found) // of_one
    return outputs


_Results = list[tuple[int, int, np.float32]]
"""A box, its class and its score."""


def _thresholds(node: Node) -> tuple[np.float32, np.float32]:
    return _real(node, "nms_score_threshold"), _real(node, "nms_iou_threshold")


def _by_box(node: Node, corners: Values, scores: Values) -> _Results:
    s, best = _sizes(node), best_class(scores)
    highest = scores[np.arange(s.boxes), best]
    found = _Results()
    for box in selected(corners, highest, node.attributes.max_detections, *_thresholds(node)):
        order = np.argsort(-scores[box], kind="stable") if s.categories > 1 else best[box : box + 1]
        found += [(box, int(c), scores[box, c]) for c in order[: s.categories]]
    return found


def _by_class(node: Node, corners: Values, scores: Values) -> _Results:
    said, found = node.attributes, _Results()
    for category in range(scores.shape[1]):
        of_class = scores[:, category]
        boxes = selected(corners, of_class, said.detections_per_class, *_thresholds(node))
        found += [(box, category, of_class[box]) for box in boxes]
        found.sort(key=lambda result: -result[2])  # stable
        del found[said.max_detections :]
    return found


def kernel(node: Node) -> KernelCall:
    """`edgeq_detection_postprocess`."""
    s, said = _sizes(node), node.attributes
    score, overlap = _thresholds(node)
    parameters: dict[str, Parameter | None] = {
        **s._asdict(),
        "detections": said.max_detections,
        "per_class": min(said.detections_per_class, s.boxes),
        "regular": int(said.use_regular_nms),
        "score_threshold": float(score),
        "overlap_threshold": float(overlap),
        "scale": np.array([_real(node, name) for name in _SCALES]),
    }
    scratch = 5 * s.boxes + (said.max_detections if said.use_regular_nms else s.classes)
    return KernelCall(
        "edgeq_detection_postprocess",
        parameters,
        inputs=(0, 1, 2),
        scratch_bytes=4 * scratch,
        overlap=(None,) * 3,
    )

"""The drawing of the packages: which arrows it has, and that nothing in it lies over anything else."""

from __future__ import annotations

import random
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from architecture_drawing import BOX, LEFT_OUT, draw, flow, foundation, title, width
from layered_layout import Arrows, place, reachable, reduced
from package_imports import package_imports

DIAMOND: Arrows = {
    "cli": frozenset({"verify", "graph", "errors"}),
    "verify": frozenset({"plan", "graph"}),
    "plan": frozenset({"graph"}),
    "graph": frozenset({"errors"}),
    "errors": frozenset(),
}


def random_graph(seed: int) -> Arrows:
    """Up to 20 nodes, with arrows to earlier ones alone, so that there is no cycle."""
    choose = random.Random(seed)
    nodes = [f"n{k:02}" for k in range(choose.randint(1, 20))]
    return {
        node: frozenset(head for head in nodes[:k] if choose.random() < 0.2)
        for k, node in enumerate(nodes)
    }


def test_a_longer_way_stands_for_an_import() -> None:
    assert foundation(DIAMOND) == ["errors"]
    assert flow(DIAMOND) == {
        "cli": {"verify"},
        "verify": {"plan"},
        "plan": {"graph"},
        "graph": frozenset(),
    }


@pytest.mark.parametrize("seed", range(20))
def test_the_reduction_reaches_what_the_graph_reaches(seed: int) -> None:
    graph = random_graph(seed)
    fewer = reduced(graph)
    for node in graph:
        assert reachable(fewer, node) == reachable(graph, node)
        for head in fewer[node]:
            without = {**fewer, node: fewer[node] - {head}}
            assert head not in reachable(without, node)


@pytest.mark.parametrize("seed", range(20))
def test_arrows_lead_down_one_layer_at_a_time_and_no_box_lies_over_another(seed: int) -> None:
    graph = random_graph(seed)
    layout = place(graph, lambda node: 40.0)
    level = {name: k for k, layer in enumerate(layout.layers) for name in layer}
    assert set(graph) <= set(level)
    assert set(layout.routes) == {(tail, head) for tail in graph for head in graph[tail]}
    for route in layout.routes.values():
        assert all(level[a] == level[b] + 1 for a, b in pairwise(route))
    for layer in layout.layers:
        edges = [(layout.x[n], 20.0 if n in graph else 0.0) for n in layer]
        assert all(a + wide < b - other for (a, wide), (b, other) in pairwise(edges))


def test_a_cycle_is_refused() -> None:
    with pytest.raises(ValueError, match="cycle"):
        place({"a": frozenset("b"), "b": frozenset("a")}, lambda node: 1.0)


def test_the_picture_is_whole_and_every_package_is_in_it() -> None:
    imports = package_imports()
    picture = ElementTree.fromstring(draw(imports))
    _, _, right, bottom = map(float, (picture.get("viewBox") or "").split())
    boxes = [box.attrib for box in picture.iter("{http://www.w3.org/2000/svg}rect")][1:]
    assert all(float(box["x"]) + float(box["width"]) < right for box in boxes)
    assert all(float(box["y"]) + float(box["height"]) < bottom for box in boxes)
    drawn = sum(float(box["height"]) == BOX for box in boxes)
    assert drawn == len(flow(imports))
    said = " ".join(picture.itertext())
    assert all(title(package) in said for package in imports.keys() - LEFT_OUT)


def test_a_new_import_changes_the_drawing_unless_a_longer_way_says_it() -> None:
    imports = dict(package_imports())
    same = {**imports, "verify": imports["verify"] | {"graph"}}
    assert draw(same) == draw(imports)
    other = {**imports, "inspection": imports["inspection"] | {"verify"}}
    assert draw(other) != draw(imports)
    assert width("verify") < width("quantize")

"""Models of hundreds of layers in C, their steps in the order of the file and none fused."""

from __future__ import annotations

from dataclasses import replace

from edgeq.codegen.native import NativeEngine, render_program
from edgeq.graph import Model
from edgeq.opkit.input_affine import find_input_affines, without_input_affines
from edgeq.plan import Program
from edgeq.plan.lower import in_file_order


def render_unscheduled(model: Model, name: str) -> NativeEngine:
    """The C of a model without the search for an order of its steps that needs less memory, which
    takes seconds where hundreds of layers do not depend on each other.

    Dead channels are kept. Raises UnsupportedError for layers that edgeq does not compute.
    """
    return render_program(model, unscheduled(model), name)


def unscheduled(model: Model) -> Program:
    """The steps of a model in the order of the file. Raises UnsupportedError for layers that edgeq
    does not compute.
    """
    affines = find_input_affines(model.main)
    graph = without_input_affines(model.main, affines) if affines else model.main
    return replace(in_file_order(graph), input_affines=affines)

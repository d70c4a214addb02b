"""What the native engine's templates show of models that are compiled as one file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edgeq.codegen.affine_inputs import input_affine_calls, input_ports
from edgeq.codegen.constants import Constants
from edgeq.codegen.engine import program_words
from edgeq.codegen.frames import main_frame
from edgeq.codegen.layer import kernel_fields, make_layer, with_inner
from edgeq.codegen.layer_data import AffineInput
from edgeq.codegen.layers import (
    constant_outputs,
    fed_input,
    initial_values,
    make_calls,
    make_pipeline,
    needs_code,
)
from edgeq.codegen.model_hash import model_hash
from edgeq.codegen.names import c_comment, c_identifier
from edgeq.codegen.ports import make_port
from edgeq.dead_channels import LivePart
from edgeq.fixedpoint import LIMITS
from edgeq.graph import Model
from edgeq.opkit.kernel_call import Extent, KernelCall, SmallExtent
from edgeq.opkit.loops import MAX_STEPS
from edgeq.plan import Plan, Program
from edgeq.plan.control import open_loops
from edgeq.plan.control import programs as regions_of
from edgeq.plan.state import lay_out_state


@dataclass(frozen=True)
class LoweredModel:
    """A model as it is compiled. name: as it was given; labels: of the classes; program: what it was
    lowered to; plan: where everything lies; live: the part of the model that was lowered.
    """

    model: Model
    name: str
    labels: tuple[str, ...]
    program: Program
    plan: Plan
    live: LivePart

    @property
    def prefix(self) -> str:
        """What its names in C begin with."""
        return c_identifier(self.name)


def model_context(
    lowered: LoweredModel, names: Mapping[str, str], model_bytes: int, own: str
) -> dict[str, Any]:
    """What templates show of one model.

    names: the array of each of its constants. model_bytes: of those arrays. own: what names begin
    with that are its own in a file of several models, empty in a file of its own.
    """
    program, plan, graph = lowered.program, lowered.plan, lowered.program.graph
    prefix = lowered.prefix
    state_bytes = lay_out_state(graph).nbytes
    frame = main_frame(program, plan)
    layers = [make_layer(frame, names, k) for k in range(len(program.steps))]
    pipelines = [
        make_pipeline(program, plan, names, layers, i)
        for i in range(len(program.schedule.pipelines))
    ]
    fed_pipelines = [pipeline for pipeline in pipelines if pipeline.fed]
    fed, calls = fed_input(program, plan), make_calls(program, layers, pipelines)
    if fed is not None:
        calls = [call for call in calls if call not in fed_pipelines]  # these run as rows come
    constant = list(constant_outputs(program, plan, names))
    return {
        "prefix": prefix,
        "PREFIX": prefix.upper(),
        "title": c_comment(lowered.name),
        "hash": model_hash(lowered.model),
        "arena_bytes": max(plan.arena_bytes, 1),
        "state_bytes": state_bytes,
        "has_reset": state_bytes > 0,
        "max_loop_steps": MAX_STEPS
        if any(open_loops(each) for _, each in regions_of(program))
        else 0,
        "initial_values": list(initial_values(program, names)),
        "inputs": input_ports(program, plan),
        "outputs": [make_port(graph, i, t, plan.offsets[t]) for i, t in enumerate(graph.outputs)],
        "operators": sorted({op.kind for op in lowered.model.main.ops}),
        "labels": lowered.labels,
        "limits": LIMITS,
        "layers": layers,
        "parameters": list(with_inner(layers)),
        "pipelines": pipelines,
        "calls": calls,
        "computes": bool(constant) or any(map(needs_code, calls)),
        "fed": fed,
        "affine_inputs": [
            AffineInput(i, call.function, kernel_fields(call, f"input{i}", names))
            for i, call in input_affine_calls(program)
        ],
        "constant_outputs": constant,
        "model_bytes": model_bytes,
        **program_words(prefix, own, fed is not None),
    }


def file_context(
    name: str, programs: Sequence[Program], constants: Constants, kernels: str, optimize: str
) -> dict[str, Any]:
    """What templates show of the file that several programs are compiled as. name: of the file;
    kernels: the text of all kernels.
    """
    prefix = c_identifier(name)
    calls = [call for program in programs for call in _kernel_calls(program)]
    return {
        "prefix": prefix,
        "PREFIX": prefix.upper(),
        "title": c_comment(name),
        "optimize": optimize,
        "arrays": constants.arrays,
        "kernels": kernels,
        "model_bytes": constants.nbytes,
        "wide_extents": _largest(calls, Extent) >= 1 << 16,
        "small_extents": optimize == "size" and _largest(calls, SmallExtent) < 1 << 8,
        "forms": _forms(calls),
    }


def _kernel_calls(program: Program) -> Iterator[KernelCall]:
    steps = (step for _, part in regions_of(program) for step in part.steps)
    return (step.call for step in steps if isinstance(step.call, KernelCall))


def _largest(calls: Sequence[KernelCall], kind: type[Extent]) -> int:
    """The largest parameter of that type."""
    values = [value for call in calls for value in call.parameters.values()]
    return max((int(value) for value in values if isinstance(value, kind)), default=0)


def _forms(calls: Sequence[KernelCall]) -> dict[str, int]:
    """Each macro that calls declare in `KernelCall.forms`, with its value, if all calls that declare
    it agree.
    """
    found: dict[str, set[int]] = {}
    for call in calls:
        for macro, value in call.forms.items():
            found.setdefault(macro, set()).add(value)
    return {macro: values.pop() for macro, values in found.items() if len(values) == 1}

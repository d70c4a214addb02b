"""The TFLM engine: each model's flatbuffer as a C array behind the same C interface as the native
engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from importlib.util import find_spec

import numpy as np

from edgeq.boards import Board
from edgeq.codegen.engine import Engine, EngineModel, NamedModel, program_words
from edgeq.codegen.model_hash import model_hash
from edgeq.codegen.names import c_comment, c_identifier, c_rows
from edgeq.codegen.native import DEFAULT, NativeOptions
from edgeq.codegen.ports import make_port
from edgeq.codegen.templates import render
from edgeq.errors import EdgeqError, UnsupportedError
from edgeq.fixedpoint import LIMITS
from edgeq.graph import Graph, expanded, read_tflite, stored_model, write_tflite
from edgeq.graph.model import CHANNEL_FACTORS, FRONT_END, INPUT_AFFINE, WINDOW
from edgeq.ops import bind
from edgeq.plan.tflm import predict_arena
from edgeq.plan.tflm.resources import resource_variables
from edgeq.simulate.execute import random_inputs
from edgeq.simulate.oracle_process import Job, run_in_process
from edgeq.simulate.oracles import ARENA_BYTES

CODE_BYTES = 84_528
"""Interpreter and kernels over an empty Arduino sketch on a Nano 33 BLE (mcufit-bench, 2026-08)."""

SECONDS = 120.0
"""What the interpreter from PyPI may take to load a model and run it once."""

_UNUSED = (CHANNEL_FACTORS, FRONT_END, INPUT_AFFINE, WINDOW)
"""Metadata that TFLM does not read."""

METHODS = {
    "PADV2": "AddPadV2",
    "BATCH_MATMUL": "AddBatchMatMul",
    "CUMSUM": "AddCumSum",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "AddUnidirectionalSequenceLSTM",
    "SIGNAL_DELAY": "AddDelay",
    "SIGNAL_ENERGY": "AddEnergy",
    "SIGNAL_FFT_AUTO_SCALE": "AddFftAutoScale",
    "SIGNAL_FILTER_BANK": "AddFilterBank",
    "SIGNAL_FILTER_BANK_LOG": "AddFilterBankLog",
    "SIGNAL_FILTER_BANK_SPECTRAL_SUBTRACTION": "AddFilterBankSpectralSubtraction",
    "SIGNAL_FILTER_BANK_SQUARE_ROOT": "AddFilterBankSquareRoot",
    "SIGNAL_FRAMER": "AddFramer",
    "SIGNAL_IRFFT": "AddIrfft",
    "SIGNAL_OVERLAP_ADD": "AddOverlapAdd",
    "SIGNAL_PCAN": "AddPCAN",
    "SIGNAL_RFFT": "AddRfft",
    "SIGNAL_STACKER": "AddStacker",
    "SIGNAL_WINDOW": "AddWindow",
}
"""Names in micro_mutable_op_resolver.h that do not follow from the operator's name."""


def tflm_engine(
    models: Sequence[NamedModel],
    name: str,
    board: Board | None,
    options: NativeOptions = DEFAULT,
) -> Engine:
    """C++ that runs each model in TFLM, with exactly its operators and an arena sized by prediction.

    board: decides which kernels, and so which scratch, arenas are sized for; reference kernels
    without one. Raises UnsupportedError where the prediction knows no rule, or where TFLM, if it is
    installed, cannot prepare a model.
    """
    check_no_options(options)
    parts, files = [], {}
    for one in models:
        part, own_files = _tflm_model(
            one, board, f"{c_identifier(one.name)}_" if len(models) > 1 else ""
        )
        parts.append(part)
        files.update(own_files)
    model_bytes = sum(part.model_bytes for part in parts)
    return Engine(c_identifier(name), tuple(parts), files, model_bytes, model_bytes + CODE_BYTES)


def check_no_options(options: NativeOptions) -> None:
    """Raises EdgeqError for options of the native engine, which TFLM has no use for."""
    if options != DEFAULT:
        raise EdgeqError(
            "--optimize, --kernels, --keep-dead-channels, --feed-rows or --max-ram with engine tflm",
            "TFLM brings kernels of its own, and takes inputs whole",
            "leave them out",
        )


def _tflm_model(
    one: NamedModel, board: Board | None, own: str
) -> tuple[EngineModel, dict[str, str]]:
    """A model in TFLM, and its files. own: what its own names in a program begin with."""
    model, prefix, graph = one.model, c_identifier(one.name), one.model.main
    kernels = (
        board.tflm_kernels if board is not None and board.tflm_kernels is not None else "reference"
    )
    arena = predict_arena(
        graph, kernels=kernels, cpu=board.core if board is not None else "generic32"
    ).bytes
    # Other subgraphs are entry points that nothing calls. TFLM decodes lookup tables in special
    # builds only.
    needed = tuple(entry for entry in model.metadata if entry[0] not in _UNUSED)
    entry_points = tuple(signature for signature in model.signatures if signature.graph == 0)
    alone = expanded(replace(model, graphs=(graph,), signatures=entry_points, metadata=needed))
    content, stored = write_tflite(alone), stored_model(alone)
    kinds = {op.kind for subgraph in stored.graphs for op in subgraph.ops}
    check_prepared(content)
    context = {
        "prefix": prefix,
        "PREFIX": prefix.upper(),
        "title": c_comment(one.name),
        "hash": model_hash(model),
        "arena_bytes": arena,
        "state_bytes": 0,  # TFLM has variables in its arena
        "has_reset": bool(graph.states),
        "fed": None,
        "resource_variables": resource_variables(stored.graphs),
        "model_bytes": len(content),
        "inputs": [make_port(graph, i, t) for i, t in enumerate(graph.inputs)],
        "outputs": [make_port(graph, i, t) for i, t in enumerate(graph.outputs)],
        "operators": sorted(kinds),
        "methods": sorted(map(resolver_method, kinds)),
        "labels": one.labels,
        "limits": LIMITS,
        "kernels": kernels,
        "rows": c_rows(np.frombuffer(content, np.uint8)),
        **program_words(prefix, own, fed=False),
    }
    files = {
        f"{prefix}.h": render("tflm/model.h.j2", context),
        f"{prefix}.cpp": render("tflm/model.cpp.j2", context),
        f"{prefix}_model_data.h": render("tflm/model_data.h.j2", context),
    }
    header = files[f"{prefix}.h"]
    return EngineModel(prefix, arena, 0, len(content), context, header), files


def resolver_method(kind: str) -> str:
    """The `MicroMutableOpResolver` method that registers an operator.

    >>> resolver_method("DEPTHWISE_CONV_2D"), resolver_method("HARD_SWISH")
    ('AddDepthwiseConv2D', 'AddHardSwish')
    """
    return METHODS.get(
        kind,
        "Add" + "".join(part if part == "2D" else part.capitalize() for part in kind.split("_")),
    )


@lru_cache(maxsize=8)
def check_prepared(content: bytes) -> None:
    """UnsupportedError where TFLM, if its interpreter from PyPI is installed, cannot prepare or run
    a model's file.
    """
    if find_spec("tflite_micro") is None:
        return
    graph = read_tflite(content).main
    arena = ARENA_BYTES + 4 * sum(tensor.nbytes for tensor in graph.tensors)
    job = Job("tflm", content, tuple(dict.fromkeys(graph.outputs)), SECONDS, arena)
    try:
        for _ in run_in_process(job, random_inputs(graph, 1)):
            pass
    except EdgeqError as error:
        why = f"TFLM does not run the model: {error.why}"
        raise UnsupportedError("engine tflm", why, _remedy(graph)) from error


def _remedy(graph: Graph) -> str:
    """The native engine where that runs the graph, else what it asks for."""
    try:
        bind(graph)
    except EdgeqError as error:
        return f"{error.remedy} ({error.what}: {error.why})"
    return "use --engine native"

"""The TFLM engine of one model: the flatbuffer as a C array behind the same C interface as the native engine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgeq.boards import Board
from edgeq.codegen.engine import Engine, make_port
from edgeq.codegen.names import c_comment, c_identifier, c_rows
from edgeq.codegen.native import DEFAULT, NativeOptions, model_hash
from edgeq.codegen.templates import render
from edgeq.errors import EdgeqError, UnsupportedError
from edgeq.fixedpoint import LIMITS
from edgeq.graph import Graph, Model, expanded, write_tflite
from edgeq.graph.model import CHANNEL_FACTORS, INPUT_AFFINE
from edgeq.plan.tflm import predict_arena

CODE_BYTES = 84_528
"""Interpreter and kernels over an empty Arduino sketch on a Nano 33 BLE (mcufit-bench, 2026-08)."""

METHODS = {"PADV2": "AddPadV2", "BATCH_MATMUL": "AddBatchMatMul", "CUMSUM": "AddCumSum",
           "UNIDIRECTIONAL_SEQUENCE_LSTM": "AddUnidirectionalSequenceLSTM"}  # fmt: skip
"""Names in micro_mutable_op_resolver.h that do not follow from the operator's name."""


def tflm_engine(model: Model, name: str, labels: tuple[str, ...], board: Board | None,
                options: NativeOptions = DEFAULT) -> Engine:  # fmt: skip
    """C++ that runs the model in TFLM, with exactly its operators and an arena sized by prediction.

    board: decides which kernels, and so which scratch, the arena is sized for; reference kernels without one.
    Raises UnsupportedError for custom operators, several subgraphs, or where the prediction knows no rule.
    """
    prefix, graph = c_identifier(name), model.main
    _check(model)
    if options != DEFAULT:
        raise EdgeqError("--optimize or --kernels with engine tflm", "TFLM brings kernels of its own", "leave them out")
    needed = tuple(entry for entry in model.metadata if entry[0] not in (CHANNEL_FACTORS, INPUT_AFFINE))
    # TFLM decodes lookup tables in special builds only
    content = write_tflite(expanded(replace(model, metadata=needed)))
    kernels = board.tflm_kernels if board is not None and board.tflm_kernels is not None else "reference"
    arena = predict_arena(graph, kernels=kernels, cpu=board.core if board is not None else "generic32").bytes
    context = {
        "prefix": prefix,
        "PREFIX": prefix.upper(),
        "title": c_comment(name),
        "hash": model_hash(model),
        "arena_bytes": arena,
        "model_bytes": len(content),
        "inputs": [make_port(graph, i, t, f"inputs[{i}]") for i, t in enumerate(graph.inputs)],
        "outputs": [make_port(graph, i, t, f"outputs[{i}]") for i, t in enumerate(graph.outputs)],
        "operators": sorted({op.kind for op in graph.ops}),
        "methods": sorted({resolver_method(op.kind) for op in graph.ops}),
        "labels": labels,
        "limits": LIMITS,
        "kernels": kernels,
        "rows": c_rows(np.frombuffer(content, np.uint8)),
    }
    files = {
        f"{prefix}.h": render("tflm/model.h.j2", context),
        f"{prefix}.cpp": render("tflm/model.cpp.j2", context),
        f"{prefix}_model_data.h": render("tflm/model_data.h.j2", context),
    }
    return Engine(prefix, files, arena, len(content), len(content) + CODE_BYTES, context)


def resolver_method(kind: str) -> str:
    """The `MicroMutableOpResolver` method that registers an operator.

    >>> resolver_method("DEPTHWISE_CONV_2D"), resolver_method("HARD_SWISH")
    ('AddDepthwiseConv2D', 'AddHardSwish')
    """
    return METHODS.get(kind, "Add" + "".join(part if part == "2D" else part.capitalize() for part in kind.split("_")))


def _check(model: Model) -> None:
    if len(model.graphs) != 1:
        raise UnsupportedError(
            f"a model of {len(model.graphs)} subgraphs", "the tflm engine runs one", "convert without control flow"
        )
    custom = _custom(model.main)
    if custom:
        raise UnsupportedError(f"custom operators {', '.join(custom)}", "TFLM has no kernel for them", "replace them")


def _custom(graph: Graph) -> list[str]:
    return sorted({op.custom_code for op in graph.ops if op.kind == "CUSTOM"})

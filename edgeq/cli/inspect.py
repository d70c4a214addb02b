"""`edgeq inspect`: graph, shapes, multiply-accumulates, weights and memory of a model."""

from __future__ import annotations

from edgeq.cli.options import Debug, Json, ModelPath, Quiet


def inspect(model: ModelPath, json: Json = False, quiet: Quiet = False, debug: Debug = False) -> None:
    """Show a model's layers, shapes, MACs, weights, quantization and RAM."""
    from edgeq.cli.show import number, print_json, print_table
    from edgeq.graph import read_tflite
    from edgeq.inspection import inspect as look

    result = look(read_tflite(model))
    if json:
        print_json(result)
        return
    rows = [
        [
            str(layer.index),
            layer.op if layer.supported else f"{layer.op} (unsupported)",
            layer.name[:48],
            str(list(layer.output_shape)),
            number(layer.macs),
        ]
        for layer in result.layers
    ]
    print_table(str(model), ["layer", "operator", "name", "output", "MACs"], rows)
    print(f"multiply-accumulates {number(result.macs)}, constants {number(result.weights_bytes)} bytes")
    if result.arena is not None:
        planned, bound = result.arena["planned_bytes"], result.arena["bound_bytes"]
        print(f"arena {number(planned)} bytes; without overlap no plan can take less than {number(bound)}")
    else:
        print(f"arena unknown: {result.arena_reason}")

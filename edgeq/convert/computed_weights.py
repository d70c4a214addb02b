"""FULLY_CONNECTED with computed weights as operators that take them: TFLite's converter moves factors that
are computed from the input to the weights, and makes it of products of two computed matrices.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from edgeq.cleanup.computed_weights import product_of_rows
from edgeq.graph import Graph, Model, Op, Tensor

DENSE, PRODUCT = "FULLY_CONNECTED", "MUL"


@dataclass(frozen=True)
class _Scaled:
    """Computed weights [units, depth] as a product. weights: constant. factor: computed, one value or
    [depth]. product: the operator.
    """

    weights: int
    factor: int
    product: Op


def without_computed_weights(model: Model) -> Model:
    """The model in which no FULLY_CONNECTED has weights that are computed, where others can take its
    place: of x and factor * weights it is x * factor and the weights, which differs by rounding;
    else it is BATCH_MATMUL of two matrices, with the bias and the activation behind it.
    """
    graph = model.main
    if not any(_computed(graph, op) for op in graph.ops):
        return model
    tensors, ops, makers = list(graph.tensors), list[Op](), graph.makers()
    for op in graph.ops:
        scaled = _scaled(graph, op, makers.get(op.inputs[1])) if _computed(graph, op) else None
        if scaled is not None:
            x = tensors[op.inputs[0]]
            tensors.append(Tensor(f"{x.name}/scaled", x.shape, x.dtype))
            moved = len(tensors) - 1
            ops.append(
                replace(scaled.product, inputs=(op.inputs[0], scaled.factor), outputs=(moved,))
            )
            ops.append(replace(op, inputs=(moved, scaled.weights, *op.inputs[2:])))
        elif _computed(graph, op):
            ops += _product_of_matrices(op, tensors)
        else:
            ops.append(op)
    read = {t for op in ops for t in op.inputs} | {*graph.outputs}
    kept = tuple(op for op in ops if op.kind != PRODUCT or read.intersection(op.outputs))
    return replace(
        model,
        graphs=(replace(graph, tensors=tuple(tensors), ops=kept), *model.graphs[1:]),
    )


def _computed(graph: Graph, op: Op) -> bool:
    return op.kind == DENSE and not graph.tensors[op.inputs[1]].constant


def _scaled(graph: Graph, op: Op, product: Op | None) -> _Scaled | None:
    """The weights of an operator as a product of constants and a factor that its input can take."""
    if product is None or product.kind != PRODUCT or product.fused_activation != "NONE":
        return None
    x, (weights, factor) = graph.tensors[op.inputs[0]], product.inputs
    if not graph.tensors[weights].constant:
        weights, factor = factor, weights
    held, by = graph.tensors[weights], graph.tensors[factor]
    if not held.constant or held.shape != graph.tensors[op.inputs[1]].shape:
        return None
    alike = by.shape[-1:] == x.shape[-1:] == held.shape[-1:] and by.size == held.shape[-1]
    broadcast = (by.size == 1 or alike) and len(by.shape) <= len(x.shape)
    return _Scaled(weights, factor, product) if broadcast else None


def _product_of_matrices(op: Op, tensors: list[Tensor]) -> list[Op]:
    """The operators of activation(x weights^T + bias), with x as rows [rows, depth]. tensors: of the
    graph, to which those between the operators are added.
    """
    x, weights, (y,) = *op.inputs[:2], op.outputs
    bias = [t for t in op.inputs[2:] if t >= 0]
    if not bias and op.fused_activation == "NONE":
        return product_of_rows(tensors, x, weights, y)
    product = len(tensors)
    tensors.append(replace(tensors[y], name=f"{tensors[y].name}/product"))
    ops = product_of_rows(tensors, x, weights, product)
    if not bias:
        return [*ops, Op(op.fused_activation, (product,), (y,))]
    options = (("fused_activation_function", op.fused_activation),)
    return [*ops, Op("ADD", (product, *bias), (y,), options, options_type="AddOptions")]

"""FULLY_CONNECTED with computed weights as operators that take them: TFLite's converter moves factors that
are computed from the input to the weights, and makes it of products of two computed matrices.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from edgeq.cleanup.tiles import reshape
from edgeq.graph import Graph, Model, Op, Tensor

DENSE, PRODUCT, MATRICES = "FULLY_CONNECTED", "MUL", "BATCH_MATMUL"
TRANSPOSED = (("adj_x", False), ("adj_y", True), ("asymmetric_quantize_inputs", False))
NONE = "NONE"


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
    x, weights, y = (tensors[t] for t in (*op.inputs[:2], *op.outputs))
    ops, rows = list[Op](), (x.size // weights.shape[-1], weights.shape[-1])
    made = (rows[0], weights.shape[0])

    def added(name: str, shape: tuple[int, ...]) -> int:
        tensors.append(Tensor(f"{y.name}/{name}", shape, y.dtype))
        return len(tensors) - 1

    given = op.inputs[0]
    if x.constant and x.shape != rows:
        given = len(tensors)
        tensors.append(replace(x, name=f"{y.name}/rows", shape=rows))
    elif x.shape != rows:
        given = added("rows", rows)
        ops.append(reshape(tensors, op.inputs[0], given))
    last = added("product", made)
    read = (given, op.inputs[1])
    ops.append(Op(MATRICES, read, (last,), TRANSPOSED, options_type="BatchMatMulOptions"))
    bias = [t for t in op.inputs[2:] if t >= 0]
    if bias:
        last, product = added("sums", made), last
        options = (("fused_activation_function", op.fused_activation),)
        ops.append(Op("ADD", (product, *bias), (last,), options, options_type="AddOptions"))
    elif op.fused_activation != NONE:
        last, product = added("activation", made), last
        ops.append(Op(op.fused_activation, (product,), (last,)))
    if y.shape != made:
        return [*ops, reshape(tensors, last, op.outputs[0])]
    tensors.pop()
    return [*ops[:-1], replace(ops[-1], outputs=op.outputs)]

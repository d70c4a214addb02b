"""Tensors and operators of a front end's graph in the making."""

from __future__ import annotations

from edgeq.graph import Graph, Model, Op, Tensor, custom_op
from edgeq.graph.model import AttributeValue
from edgeq.opkit.node import Values


class GraphBuilder:
    """Adds one tensor and one operator after the other; `model` gives the whole."""

    def __init__(self) -> None:
        self.tensors, self.ops = list[Tensor](), list[Op]()

    def tensor(self, name: str, dtype: str, *shape: int) -> int:
        """Adds a tensor without quantization; gives its index."""
        return self.add(Tensor(name, shape, dtype))

    def add(self, tensor: Tensor) -> int:
        """Adds a tensor; gives its index."""
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def constant(self, name: str, values: Values) -> int:
        """Adds a constant; gives its index."""
        return self.add(Tensor(name, values.shape, values.dtype.name, buffer=values.tobytes()))

    def op(
        self, kind: str, given: tuple[int, ...], made: int, table: str, **options: AttributeValue
    ) -> int:
        """Adds an operator of TFLite with the options of that table of the schema; gives its output."""
        attributes = tuple(sorted(options.items()))
        self.ops.append(Op(kind, given, (made,), attributes, options_type=table))
        return made

    def custom(
        self, code: str, given: tuple[int, ...], made: tuple[int, ...], **options: int
    ) -> int:
        """Adds a custom operator by its name in files; gives its first output."""
        self.ops.append(custom_op(code, given, made, **options))
        return made[0]

    def model(self, inputs: tuple[int, ...], output: int) -> Model:
        """The model of all that was added."""
        return Model((Graph(tuple(self.tensors), tuple(self.ops), inputs, (output,)),))

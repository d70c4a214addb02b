"""A tensor as another arrangement of the axes of a tensor: what TRANSPOSE, and RESHAPE that adds or
removes axes of size 1, make of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Shape = tuple[int, ...]
NEW = -1  # an axis of size 1, which belongs to no axis of the base


@dataclass(frozen=True)
class AxesView:
    """base: the tensor whose elements are seen. base_shape: its shape. order: for each axis of the
    view the base's axis, or `NEW`; an axis of size 1 is always `NEW`.
    """

    base: int
    base_shape: Shape
    order: tuple[int, ...]

    @property
    def shape(self) -> Shape:
        return tuple(1 if axis == NEW else self.base_shape[axis] for axis in self.order)

    @property
    def axes(self) -> tuple[int, ...]:
        """The base's axes of more than one element, in the order of the view."""
        return tuple(axis for axis in self.order if axis != NEW)

    @property
    def moves(self) -> bool:
        """Whether elements lie in another order than in the base."""
        return list(self.axes) != sorted(self.axes)

    @property
    def same(self) -> bool:
        """Whether the view is the base itself."""
        return not self.moves and self.shape == self.base_shape

    def transposed(self, permutation: Sequence[int]) -> AxesView:
        """The view behind a TRANSPOSE."""
        return AxesView(self.base, self.base_shape, tuple(self.order[p] for p in permutation))

    def reshaped(self, shape: Shape) -> AxesView | None:
        """The view behind a RESHAPE; None where it does more than add and remove axes of size 1."""
        if tuple(n for n in self.shape if n != 1) != tuple(n for n in shape if n != 1):
            return None
        axes = iter(self.axes)
        return AxesView(
            self.base, self.base_shape, tuple(NEW if n == 1 else next(axes) for n in shape)
        )

    def on_base(self, other: AxesView) -> AxesView:
        """Another view of equal rank, its axes arranged as this view's base has them.

        >>> channels_first = view(0, (1, 4, 5, 3)).transposed((0, 3, 1, 2))
        >>> channels_first.on_base(view(1, (1, 3, 1, 1))).shape
        (1, 1, 1, 3)
        """
        place = {axis: position for position, axis in enumerate(self.order) if axis != NEW}
        arranged = (
            other.order[place[axis]] if axis in place else NEW
            for axis in range(len(self.base_shape))
        )
        return AxesView(other.base, other.base_shape, tuple(arranged))

    def permutation(self) -> tuple[int, ...]:
        """The TRANSPOSE of the base that puts its elements in the view's order, with axes of size 1
        where the view has them as far as there are some.

        >>> view(0, (1, 4, 5, 3)).transposed((0, 3, 1, 2)).permutation()
        (0, 3, 1, 2)
        """
        spare = [axis for axis in range(len(self.base_shape)) if axis not in self.axes]
        found = list[int]()
        for axis in self.order:
            if axis != NEW:
                found.append(axis)
            elif spare:
                found.append(spare.pop(0))
        return (*found, *spare)


def view(base: int, shape: Shape) -> AxesView:
    """A tensor as itself."""
    return AxesView(base, shape, tuple(NEW if n == 1 else axis for axis, n in enumerate(shape)))

"""Options of custom operators, which no schema keeps within any type or range."""

from __future__ import annotations

from edgeq.opkit.node import Node, unsupported

MOST = (1 << 31) - 1


def whole(node: Node, name: str, least: int = 0, most: int = MOST) -> int:
    """An option as a whole number from `least` to `most`; False and True count as 0 and 1.

    Raises UnsupportedError for any other value.
    """
    value = getattr(node.attributes, name)
    if not isinstance(value, int) or not least <= value <= most:
        raise unsupported(
            node, f"its {name} is {value!r}, not a whole number from {least} to {most}"
        )
    return int(value)

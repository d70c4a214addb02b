"""What a legal graph is."""

from __future__ import annotations

from edgeq.graph.model import Model


def check_model(model: Model) -> None:
    """Raise ModelError where the model is not a legal one."""

"""What quantization did to each layer, what it costs, and what helps: all of it measured on the user's data."""

from edgeq.explain.explain import ExplainResult, explain
from edgeq.room import make_callable

__all__ = ["ExplainResult", "explain"]

make_callable(__name__, "explain")

"""Per-layer analysis of quantization error, its remedies and the resulting costs, measured on the
user's data.
"""

from edgeq.callable_package import make_callable
from edgeq.explain.explain import ExplainResult, explain

__all__ = ["ExplainResult", "explain"]

make_callable(__name__, "explain")

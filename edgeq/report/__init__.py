"""A page of all that is known of a model, and drawings of results."""

from edgeq.callable_package import make_callable

make_callable(__name__, "report")

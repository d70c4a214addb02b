"""What each byte must be: batch inference over a graph, and comparison with others' inference."""

from edgeq.room import make_callable

make_callable(__name__, "simulate")

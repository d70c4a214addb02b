"""Pruning: channels of a float model that matter least are left out, before it is trained further."""

from edgeq.prune.pruned_model import PrunedModel, check_fraction, prune

__all__ = ["PrunedModel", "check_fraction", "prune"]

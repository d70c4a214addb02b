"""Clean-up of a graph as files have it, before it is simulated, planned or quantized.

Open batch sizes become 1, and what is constant then is computed: shape arithmetic, constants,
operators that nothing reads. Pairs of operators that undo each other go. No rule changes a byte of
a tensor that stays.
"""

from edgeq.cleanup.clean import RULES, clean_up, cleaned, with_known_values
from edgeq.cleanup.clean_model import NEW, CleanModel, as_given

__all__ = ["NEW", "RULES", "CleanModel", "as_given", "clean_up", "cleaned", "with_known_values"]

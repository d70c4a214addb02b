"""How large an arena TFLM needs for a model on a 32-bit core, by replaying what its allocator does."""

from edgeq.plan.tflm.arena import ArenaPrediction, predict_arena

__all__ = ["ArenaPrediction", "predict_arena"]

"""Differential testing: random small models in every computer of edgeq's arithmetic."""

"""Quantization-aware training: a float model to train with its quantization in place, and its integer model."""

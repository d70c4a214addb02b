"""Keras models with fake-quantized weights and activations, built from float models and converted
back. TensorFlow is imported here.
"""

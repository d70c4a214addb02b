"""A float model as a Keras model with fake-quantized weights and activations, and back. TensorFlow is imported here."""

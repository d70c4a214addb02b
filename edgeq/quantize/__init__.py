"""Float .tflite -> integer .tflite: calibration, rounding, weight schemes, mixed precision."""

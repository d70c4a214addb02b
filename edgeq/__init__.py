"""edgeq: Keras models become microcontroller firmware whose every output byte is known in advance."""

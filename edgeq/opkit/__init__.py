"""What operator modules are built from; it knows no operator by name."""

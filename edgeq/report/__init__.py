"""What was found, drawn for people."""

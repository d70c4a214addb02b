"""Mixed precision: a width for each layer, from measured sensitivity, under a budget."""

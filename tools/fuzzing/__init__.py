"""Fuzzing of what edgeq reads: models and data files, changed at random or led by coverage."""

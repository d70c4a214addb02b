"""Mutation testing: which faults are planted, which tests serve a line, and what they say of a
fault.
"""

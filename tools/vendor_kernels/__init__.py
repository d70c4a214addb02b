"""Layers and C for tools/compare_vendor_kernels.py."""
